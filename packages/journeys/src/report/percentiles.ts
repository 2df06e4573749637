/** Percentiles by the nearest-rank method: a value that was really measured, never one between two. */

export const percentile = (values: readonly number[], share: number): number | undefined => {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]
}
