/** Who gets which partitions: the same partition of every topic goes to one member, and members keep what they have. */

/**
 * Sticky and even: each member keeps its partitions up to its share, the rest go to those with fewest.
 * `held` has one entry per member in the order of their joining; the answer is in the same order.
 */
export const assignPartitions = (partitions: number, held: readonly (readonly number[])[]): number[][] => {
  if (held.length === 0) return []
  const least = Math.floor(partitions / held.length)
  let bigger = partitions % held.length
  const taken = new Set<number>()
  const shares = held.map((kept) => {
    const wanted = kept.filter((partition) => partition < partitions && !taken.has(partition))
    const room = wanted.length > least && bigger > 0 ? least + 1 : least
    if (room > least) bigger--
    const share = wanted.slice(0, room)
    for (const partition of share) taken.add(partition)
    return share
  })
  for (let partition = 0; partition < partitions; partition++) {
    if (taken.has(partition)) continue
    shares.reduce((fewest, share) => (share.length < fewest.length ? share : fewest)).push(partition)
  }
  return shares.map((share) => share.sort((a, b) => a - b))
}
