/** Seeded randomness: the same seed gives the same story on every machine. Integers only, so no rounding differs. */

export interface Random {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number
  /** From `low` to `high`, both included. */
  between(low: number, high: number): number
  /** True for so many of ten thousand. */
  chance(perTenThousand: number): boolean
  pick<T>(items: readonly T[]): T
  /** `count` different items, in the order of the list. */
  some<T>(items: readonly T[], count: number): T[]
  /** All of them in any order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[]
  /** An independent stream for a part of the story: what one part draws does not move the others. */
  fork(name: string): Random
}

/** FNV-1a, to make a number of a name. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough for stories. */
export const seeded = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const below = (bound: number): number => {
    if (!Number.isInteger(bound) || bound < 1) throw new RangeError(`nothing is below ${bound}`)
    return Math.floor((next() / 0x1_0000_0000) * bound)
  }
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (perTenThousand) => below(10_000) < perTenThousand,
    pick: (items) => items[below(items.length)]!,
    some: (items, count) => {
      const left = items.map((item, index) => ({ item, index }))
      const chosen: typeof left = []
      while (chosen.length < count && left.length > 0) chosen.push(...left.splice(below(left.length), 1))
      return chosen.sort((a, b) => a.index - b.index).map(({ item }) => item)
    },
    shuffled: (items) => {
      const order = [...items]
      for (let i = order.length - 1; i > 0; i--) {
        const j = below(i + 1)
        ;[order[i], order[j]] = [order[j]!, order[i]!]
      }
      return order
    },
    fork: (name) => seeded((hashOf(name) ^ Math.imul(seed, 0x9e3779b1)) >>> 0),
  }
}
