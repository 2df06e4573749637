/** Real time, for the runtime and everything that waits. */
import { setTimeout as sleepFor } from 'node:timers/promises'
import type { Clock } from '@triflow/desk'

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms) => {
    await sleepFor(ms)
  },
  soon: (task) => {
    setImmediate(task)
  },
}
