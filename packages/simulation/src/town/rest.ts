/** When a town has come to rest: nothing is written anywhere for longer than anybody waits before trying again. */
import type { Town } from './town.ts'

/** Longer than a session, than every backoff, and than the last pause before a silent bank is chased. */
export const REST_MS = 70_000

export type Ended = 'rested' | 'spent'

/** Runs the town until it rests; 'spent' when so many steps did not bring it there. */
export const toRest = async (town: Town, steps: number, restMs = REST_MS): Promise<Ended> => {
  const { world, engines } = town
  let size = -1
  let since = world.now()
  const isResting = (): boolean => {
    const now = engines.broker.topics.appended() + engines.database.journal.size
    if (now !== size) {
      size = now
      since = world.now()
    }
    return world.now() - since > restMs
  }
  return (await world.run(isResting, steps)) === 'done' ? 'rested' : 'spent'
}
