import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leafHash, pathOf, rootFrom, rootOf, type Hash } from './merkle.ts'

const hex = (hash: Hash | undefined): string => (hash ? Buffer.from(hash).toString('hex') : 'none')

/** Leaves, roots and paths that every Certificate Transparency implementation is tested with. */
const known = {
  leaves: ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'],
  roots: [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
  pathOfFirst: [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ],
  pathOfSixth: [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ],
}
const knownLeaves = known.leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')))

const contents = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 40 })
const hashes = (of: readonly Uint8Array[]): Hash[] => of.map((content) => leafHash(content))

describe('a Merkle tree', () => {
  it('has the roots that are known of Certificate Transparency, from no leaf to eight', () => {
    expect(known.roots.map((_, size) => hex(rootOf(knownLeaves.slice(0, size))))).toEqual(known.roots)
  })

  it('has the inclusion proofs that are known', () => {
    expect(pathOf(knownLeaves, 0).map(hex)).toEqual(known.pathOfFirst)
    expect(pathOf(knownLeaves, 5).map(hex)).toEqual(known.pathOfSixth)
  })

  it('is reached from every leaf by its path, whatever its size', () => {
    fc.assert(
      fc.property(contents, (given) => {
        const leaves = hashes(given)
        const root = hex(rootOf(leaves))
        leaves.forEach((leaf, index) =>
          expect(hex(rootFrom(leaf, index, leaves.length, pathOf(leaves, index)))).toBe(root),
        )
      }),
    )
  })

  it('has another root when one bit of one leaf is another', () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat(), (given, which, bit) => {
        const at = which % given.length
        if (given[at]!.length === 0) return
        const changed = given.map((content) => Uint8Array.from(content))
        changed[at]![bit % changed[at]!.length]! ^= 1 << (bit % 8)
        expect(hex(rootOf(hashes(changed)))).not.toBe(hex(rootOf(hashes(given))))
      }),
    )
  })

  it('has another root when a leaf is deleted, repeated, or two different ones are swapped', () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat(), (given, one, other) => {
        const leaves = hashes(given)
        const root = hex(rootOf(leaves))
        const [a, b] = [one % leaves.length, other % leaves.length]
        expect(hex(rootOf(leaves.toSpliced(a, 1)))).not.toBe(root)
        expect(hex(rootOf(leaves.toSpliced(a, 0, leaves[b]!)))).not.toBe(root)
        if (hex(leaves[a]) !== hex(leaves[b]))
          expect(hex(rootOf(leaves.with(a, leaves[b]!).with(b, leaves[a]!)))).not.toBe(root)
      }),
    )
  })

  it('is not reached by a path that was cut, lengthened, or belongs to another leaf', () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat(), (given, one, other) => {
        const leaves = hashes(given.map((content, index) => Uint8Array.of(index, ...content)))
        const root = hex(rootOf(leaves))
        const [a, b] = [one % leaves.length, other % leaves.length]
        const path = pathOf(leaves, a)
        const from = (index: number, steps: readonly Hash[]) => hex(rootFrom(leaves[a]!, index, leaves.length, steps))
        if (path.length > 0) expect(from(a, path.slice(1))).not.toBe(root)
        expect(from(a, [...path, path[0] ?? leaves[a]!])).not.toBe(root)
        if (a !== b) expect(from(a, pathOf(leaves, b))).not.toBe(root)
        if (a !== b) expect(from(b, path)).not.toBe(root)
        expect(from(leaves.length, path)).toBe('none')
      }),
    )
  })
})
