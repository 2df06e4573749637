/** Turns for work that comes in long rows, such as the chunks of uploads: few at once, and one tenant's row does not hold up another's. */

interface Waiting {
  readonly tenant: string
  readonly begin: () => void
}

export interface Turns {
  /** Runs the work when its turn comes. Who waits is bounded by whoever calls: an upload waits for one turn at a time. */
  take<T>(tenant: string, work: () => Promise<T>): Promise<T>
  running(): number
}

/** `most` says how many may run at this moment; never fewer than one, so that nothing waits for ever. */
export const turns = (most: () => number): Turns => {
  const waiting: Waiting[] = []
  /** When each tenant that has something here last had a turn. */
  const lastTurn = new Map<string, number>()
  const present = new Map<string, number>()
  let running = 0
  let given = 0

  const next = (): void => {
    while (waiting.length > 0 && running < Math.max(1, most())) {
      const turnOf = ({ tenant }: Waiting): number => lastTurn.get(tenant) ?? -1
      // The first of equals, that is the one who has waited longest.
      const chosen = waiting.reduce((a, b) => (turnOf(b) < turnOf(a) ? b : a))
      waiting.splice(waiting.indexOf(chosen), 1)
      lastTurn.set(chosen.tenant, given++)
      running++
      chosen.begin()
    }
  }

  return {
    take: async (tenant, work) => {
      present.set(tenant, (present.get(tenant) ?? 0) + 1)
      try {
        await new Promise<void>((begin) => {
          waiting.push({ tenant, begin })
          next()
        })
        try {
          return await work()
        } finally {
          running--
          next()
        }
      } finally {
        const left = present.get(tenant)! - 1
        if (left > 0) present.set(tenant, left)
        else {
          present.delete(tenant)
          lastTurn.delete(tenant)
        }
      }
    },
    running: () => running,
  }
}
