/** How long to wait before trying again, so that many that failed together do not come back together. */

/** Full jitter over an exponential ceiling: between a quarter of it and all of it, at most five seconds. */
export const backoffMs = (attempt: number, random: () => number = Math.random): number => {
  const ceiling = Math.min(5_000, 25 * 2 ** Math.min(attempt, 10))
  return Math.round(ceiling * (0.25 + 0.75 * random()))
}
