/** Merkle trees as RFC 9162 section 2.1 defines them: SHA-256, leaves marked 0x00, nodes 0x01, any number of leaves. */
import { hash as hashOnce } from 'node:crypto'

export type Hash = Uint8Array

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

const sha256 = (...parts: readonly Uint8Array[]): Hash => hashOnce('sha256', Buffer.concat(parts), 'buffer')

/** What a leaf's content counts as in the tree; several parts are one content. */
export const leafHash = (...content: readonly Uint8Array[]): Hash => sha256(LEAF, ...content)

const nodeHash = (left: Hash, right: Hash): Hash => sha256(NODE, left, right)

/** The largest power of two that is smaller than `size`: where the RFC splits a tree of more than one leaf. */
const splitOf = (size: number): number => 2 ** Math.floor(Math.log2(size - 1))

/** The root over hashed leaves `from` to `to`; that of no leaves is the hash of nothing. */
export const rootOf = (leaves: readonly Hash[], from = 0, to = leaves.length): Hash => {
  if (to === from) return sha256()
  if (to - from === 1) return leaves[from]!
  const middle = from + splitOf(to - from)
  return nodeHash(rootOf(leaves, from, middle), rootOf(leaves, middle, to))
}

/** The inclusion proof of leaf `index`: what its branch is hashed with on the way up, lowest first. */
export const pathOf = (leaves: readonly Hash[], index: number): Hash[] => {
  if (index < 0 || index >= leaves.length) throw new RangeError(`no leaf ${index} in a tree of ${leaves.length}`)
  const within = (from: number, to: number): Hash[] => {
    if (to - from === 1) return []
    const middle = from + splitOf(to - from)
    return index < middle
      ? [...within(from, middle), rootOf(leaves, middle, to)]
      : [...within(middle, to), rootOf(leaves, from, middle)]
  }
  return within(0, leaves.length)
}

/** The root that a leaf and its path lead to (RFC 9162 section 2.1.3.2); undefined when such a path cannot be. */
export const rootFrom = (leaf: Hash, index: number, size: number, path: readonly Hash[]): Hash | undefined => {
  if (index < 0 || index >= size) return undefined
  let [at, last, hash] = [index, size - 1, leaf]
  for (const step of path) {
    if (last === 0) return undefined
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(step, hash)
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else hash = nodeHash(hash, step)
    ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
  }
  return last === 0 ? hash : undefined
}
