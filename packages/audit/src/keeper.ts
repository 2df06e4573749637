/** Seals each day by itself once it is over; runs in every instance of a service. */
import type { Witness } from '@triflow/desk'
import { Disagreement } from './anchors.ts'
import { nextSealing } from './days.ts'
import { seal, type Sealer } from './sealing.ts'

/** How often the time is looked at; a stopped service waits no longer than this for its last look. */
const LOOK_MS = 3_000
const AGAIN_MS = 60_000
/** A service that has just started has more urgent work, and its engines may be starting too. */
const FIRST_MS = 15_000

export interface Keeper {
  stop(): void
}

export const keepSealed = (sealer: Sealer, witness: Witness): Keeper => {
  let stopped = false
  const { clock } = sealer
  const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))

  const waitUntil = async (due: number): Promise<void> => {
    while (!stopped && clock.now() < due) await clock.sleep(Math.min(LOOK_MS, Math.max(1, due - clock.now())))
  }

  const sealDue = async (): Promise<number> => {
    try {
      for (const { number, day, size, root } of await seal(sealer))
        witness.say('info', 'day sealed', { number, day, entries: size, root })
      return nextSealing(clock.now())
    } catch (error) {
      if (error instanceof Disagreement) throw error
      if (!stopped) witness.say('warn', 'days cannot be sealed yet', { error: sentence(error) })
      return clock.now() + AGAIN_MS
    }
  }

  const run = async (): Promise<void> => {
    await waitUntil(clock.now() + FIRST_MS)
    while (!stopped) await waitUntil(await sealDue())
  }
  run().catch((error: unknown) => {
    if (!stopped)
      witness.say('error', 'sealing has stopped: journals and anchors must be looked at', { error: sentence(error) })
  })
  return {
    stop: () => {
      stopped = true
    },
  }
}
