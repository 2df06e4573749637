/** Least time from one beginning to the next, so that what comes meanwhile goes together; the first after a quiet time waits for nothing. */
export interface Gathering {
  /** Milliseconds until the next may begin; 0 when it may. */
  leftMs(now: number): number
  begin(now: number): void
}

/** By a clock that people may set back: what it began before that counts for nothing. */
export const createGathering = (gatherMs: number): Gathering => {
  let begunAt = Number.NEGATIVE_INFINITY
  return {
    leftMs: (now) => (now >= begunAt ? Math.max(0, begunAt + gatherMs - now) : 0),
    begin: (now) => {
      begunAt = now
    },
  }
}
