/** The only set of invoices that a sum can mean, found within a bound, or no answer. */

export interface SubsetSearch {
  /** Positions in the amounts given, ascending; undefined when there is none, more than one, or no end of searching. */
  readonly found?: readonly number[]
  /** Branches looked at, so that a caller can bound the work of many searches. */
  readonly nodes: number
}

/**
 * Looks for the subset of at most `most` amounts (all positive) that sums to the target, and answers only when it is
 * the only one. The search is the same for the same amounts in the same order; past `nodesMax` branches it gives up.
 */
export const onlySubset = (
  amounts: readonly bigint[],
  target: bigint,
  most: number,
  nodesMax: number,
): SubsetSearch => {
  const sorted = amounts
    .map((amount, position) => ({ amount, position }))
    .filter(({ amount }) => amount > 0n && amount <= target)
    .sort((a, b) => (a.amount > b.amount ? -1 : a.amount < b.amount ? 1 : a.position - b.position))
  // sums[i] is the sum of the first i: the most that any run of them can reach.
  const sums = [0n]
  for (const { amount } of sorted) sums.push(sums.at(-1)! + amount)
  const chosen: number[] = []
  let found: number[] | undefined
  let answers = 0
  let nodes = 0
  const search = (from: number, left: bigint): void => {
    if (left === 0n) {
      answers += 1
      found = chosen.map((index) => sorted[index]!.position).sort((a, b) => a - b)
      return
    }
    for (let index = from; index < sorted.length && answers < 2 && nodes < nodesMax; index++) {
      nodes += 1
      const reach = Math.min(sorted.length, index + most - chosen.length)
      if (sums[reach]! - sums[index]! < left) return
      const { amount } = sorted[index]!
      if (amount > left) continue
      chosen.push(index)
      search(index + 1, left - amount)
      chosen.pop()
    }
  }
  search(0, target)
  return { found: answers === 1 && nodes < nodesMax ? found : undefined, nodes }
}
