/** Entries are found by key and met in the order in which they came, whatever else came and went. */
import { describe, expect, it } from 'vitest'
import { hashOf, hashOfBytes, KeyIndex } from './key-index.ts'
import { createRandom } from './memory/random.ts'

/** Keys at their places, as a shelf has them. */
const opened = () => {
  const keys: string[] = []
  const index = new KeyIndex({
    is: (place, key) => keys[place] === key,
    isIn: (place, bytes, from, to) => keys[place] === Buffer.from(bytes.subarray(from, to)).toString(),
  })
  return { keys, index }
}

const allOf = (index: KeyIndex, keys: readonly string[]): string[] => {
  const all: string[] = []
  for (let ordinal = index.from(0); ordinal >= 0; ordinal = index.from(ordinal + 1))
    all.push(keys[index.placeOf(ordinal)]!)
  return all
}

describe('an index of keys', () => {
  it('is a map from keys to places, in the order of insertion', () => {
    const random = createRandom(5)
    const { keys, index } = opened()
    const plain = new Map<string, number>()
    for (let step = 0; step < 30_000; step++) {
      const key = `${step % 2 === 0 ? 'κ' : 'k'}${Math.floor(random() * 300)}`
      const ordinal = index.find(hashOf(key), key)
      expect(ordinal >= 0).toBe(plain.has(key))
      if (ordinal < 0) {
        keys.push(key)
        plain.set(key, keys.length - 1)
        index.add(hashOf(key), keys.length - 1)
      } else if (random() < 0.6) {
        plain.delete(key)
        index.remove(ordinal)
      } else {
        keys.push(key)
        plain.set(key, keys.length - 1)
        index.move(ordinal, keys.length - 1)
      }
      if (index.isSparse) index.compact((place, now) => expect(index.placeOf(now)).toBe(place))
      if (step % 1_000 === 0) expect(allOf(index, keys)).toEqual([...plain.keys()])
    }
    expect(index.size).toBe(plain.size)
    expect(allOf(index, keys)).toEqual([...plain.keys()])
    for (const [key, place] of plain) {
      const bytes = Buffer.from(`<${key}>`)
      const hash = hashOfBytes(bytes, 1, bytes.length - 1)
      expect(hash).toBe(hashOf(key))
      expect(index.placeOf(index.findIn(hash, bytes, 1, bytes.length - 1))).toBe(place)
    }
  })

  it('finds each of many that have the same hash', () => {
    const { keys, index } = opened()
    for (let n = 0; n < 100; n++) {
      keys.push(`k${n}`)
      index.add(7, n)
    }
    expect(keys.map((key) => index.find(7, key))).toEqual(keys.map((_, n) => n))
    expect(index.find(7, 'another')).toBe(-1)
  })

  it('meets what comes while it is gone through', () => {
    const { keys, index } = opened()
    const add = (key: string): void => void index.add(hashOf(key), keys.push(key) - 1)
    add('a')
    const met: string[] = []
    for (let ordinal = index.from(0); ordinal >= 0; ordinal = index.from(ordinal + 1)) {
      met.push(keys[index.placeOf(ordinal)]!)
      if (met.length < 50) add(`b${met.length}`)
      index.remove(ordinal)
    }
    expect(met).toHaveLength(50)
    expect(index.size).toBe(0)
  })
})
