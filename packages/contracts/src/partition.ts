/** Which partition a key lands on: murmur2, as Kafka's default partitioner does it, so that every client agrees. */

/** Kafka's murmur2 over bytes, as a signed 32-bit integer. */
export const murmur2 = (bytes: Uint8Array): number => {
  const m = 0x5bd1e995
  let h = 0x9747b28c ^ bytes.length
  let i = 0
  for (; i + 4 <= bytes.length; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m) ^ k
  }
  const rest = bytes.length - i
  if (rest > 0) {
    if (rest === 3) h ^= bytes[i + 2]! << 16
    if (rest >= 2) h ^= bytes[i + 1]! << 8
    h ^= bytes[i]!
    h = Math.imul(h, m)
  }
  h ^= h >>> 13
  h = Math.imul(h, m)
  h ^= h >>> 15
  return h
}

export const partitionOfKey = (key: Uint8Array, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions
