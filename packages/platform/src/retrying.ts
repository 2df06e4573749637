/** Trying again until it works: bounded pauses with jitter, said once per kind of failure. */
import type { Clock, Witness } from '@triflow/desk'

const LEAST_MS = 100
const MOST_MS = 3_000

/** Thrown where trying again cannot help. */
export class CannotGoOn extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'CannotGoOn'
  }
}

/** Resolves with what `attempt` gives; undefined when `stopped` came first. `isHopeless` errors are thrown at once. */
export const untilItWorks = async <T>(
  what: string,
  attempt: () => Promise<T>,
  options: {
    readonly clock: Clock
    readonly witness: Witness
    readonly stopped: () => boolean
    readonly isHopeless: (error: unknown) => boolean
  },
): Promise<T | undefined> => {
  const { clock, witness, stopped, isHopeless } = options
  let said = ''
  for (let failures = 0; !stopped(); failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (isHopeless(error)) throw error
      const message = (error as Error).message
      if (message !== said) witness.say('warn', `${what}: trying again`, { error: message })
      said = message
    }
    const most = Math.min(MOST_MS, LEAST_MS * 2 ** failures)
    await clock.sleep(most / 2 + (Math.random() * most) / 2)
  }
  return undefined
}
