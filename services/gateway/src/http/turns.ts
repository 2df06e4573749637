/** Turns for work that comes in long rows, such as the lines of uploads: so much at once, and one tenant's row does not hold up another's. */
import { setTimeout as sleep } from 'node:timers/promises'

interface Waiting {
  readonly tenant: string
  readonly size: number
  readonly begin: () => void
}

export interface Turns {
  /** Runs the work when its turn comes. Who waits is bounded by whoever calls: an upload waits for one turn at a time. */
  take<T>(tenant: string, size: number, work: () => Promise<T>): Promise<T>
  /** Size of all that runs or rests. */
  running(): number
}

/**
 * `most` says how much may run at this moment; a turn that is larger runs alone, so that nothing waits for ever. `restMs`
 * says for how long the room of a turn stays empty after it, given how long it took; its result does not wait for that.
 */
export const turns = (most: () => number, restMs: (tookMs: number) => number = () => 0): Turns => {
  const waiting: Waiting[] = []
  const present = new Map<string, { turns: number; last: number }>()
  let running = 0
  let given = 0

  const next = (): void => {
    while (waiting.length > 0) {
      // The tenant whose last turn is longest ago; among equals, who has waited longest.
      const lastOf = ({ tenant }: Waiting): number => present.get(tenant)!.last
      const chosen = waiting.reduce((a, b) => (lastOf(b) < lastOf(a) ? b : a))
      if (running > 0 && running + chosen.size > most()) return
      waiting.splice(waiting.indexOf(chosen), 1)
      present.get(chosen.tenant)!.last = given++
      running += chosen.size
      chosen.begin()
    }
  }

  const end = async (tenant: string, size: number, tookMs: number): Promise<void> => {
    const pause = restMs(tookMs)
    if (pause > 0) await sleep(pause)
    running -= size
    const here = present.get(tenant)!
    if (--here.turns === 0) present.delete(tenant)
    next()
  }

  return {
    take: async (tenant, size, work) => {
      const here = present.get(tenant) ?? { turns: 0, last: -1 }
      present.set(tenant, here)
      here.turns++
      await new Promise<void>((begin) => {
        waiting.push({ tenant, size, begin })
        next()
      })
      const began = performance.now()
      try {
        return await work()
      } finally {
        void end(tenant, size, performance.now() - began)
      }
    },
    running: () => running,
  }
}
