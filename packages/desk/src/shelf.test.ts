/** Bytes on a shelf stay what they were, and room is given back. */
import { describe, expect, it } from 'vitest'
import { createRandom } from './memory/random.ts'
import { HEADER, lineOf, Mark } from './lines.ts'
import { createShelf, type Shelf } from './shelf.ts'

const valueAt = (shelf: Shelf, slot: number): Uint8Array => {
  const { bytes, from, to } = shelf.value(slot)
  return bytes.subarray(from, to)
}

describe('a shelf', () => {
  it('gives back what was put, whatever was put and dropped around it', () => {
    const random = createRandom(7)
    const shelf = createShelf(1_000)
    const kept = new Map<number, { key: string; value: Uint8Array }>()
    for (let step = 0; step < 20_000; step++) {
      if (kept.size > 0 && random() < 0.48) {
        const slot = [...kept.keys()][Math.floor(random() * Math.min(kept.size, 20))]!
        shelf.drop(slot)
        kept.delete(slot)
      } else {
        const value = new Uint8Array(Math.floor(random() ** 3 * 2_500)).fill(step % 251)
        const key = `${step % 3 === 0 ? 'ü' : 'u'}${step}`
        const slot = shelf.put(key, value)
        expect(kept.has(slot)).toBe(false)
        kept.set(slot, { key, value })
      }
    }
    for (const [slot, { key, value }] of kept) {
      expect(Buffer.compare(valueAt(shelf, slot), value)).toBe(0)
      expect([shelf.key(slot), shelf.isKey(slot, key), shelf.isKey(slot, `${key}0`)]).toEqual([key, true, false])
      const bytes = Buffer.from(`(${key})`)
      expect(shelf.isKeyIn(slot, bytes, 1, bytes.length - 1)).toBe(true)
      expect(shelf.isKeyIn(slot, bytes, 0, bytes.length - 2)).toBe(false)
    }
  })

  it('holds at most about twice what lives on it', () => {
    const shelf = createShelf(10_000)
    const slots = Array.from({ length: 10_000 }, () => shelf.put('key', new Uint8Array(85)))
    expect(shelf.heldBytes).toBeLessThan(1_100_000)
    slots.forEach((slot, index) => {
      if (index % 10 > 0) shelf.drop(slot)
    })
    expect(shelf.heldBytes).toBeLessThan(2 * 100_000 + 20_000)
  })

  it('never changes bytes that somebody still holds', () => {
    const shelf = createShelf(100)
    const slot = shelf.put('key', Buffer.from('as it was'))
    const held = valueAt(shelf, slot)
    shelf.drop(slot)
    for (let i = 0; i < 100; i++) shelf.drop(shelf.put('key', Buffer.from(`something else ${i}`)))
    expect(Buffer.from(held).toString()).toBe('as it was')
  })

  it('takes bytes over as they are, and lets them go when most of what was in them has gone', () => {
    const shelf = createShelf(1_000)
    const lines = Array.from({ length: 100 }, (_, n) => lineOf(0, `k${n}`, Buffer.from(`value ${n}`)))
    const given = Buffer.concat([lineOf(Mark.map, 'items', new Uint8Array(0)), ...lines])
    const slots: number[] = []
    shelf.adopt(given, (bytes, at, number) => {
      if (number < 0) expect(bytes.toString('utf8', at + HEADER, at + HEADER + 5)).toBe('items')
      else slots.push(number)
    })
    expect(new Set(slots).size).toBe(100)
    expect(shelf.heldBytes).toBe(given.length)
    slots.forEach((slot, n) => {
      if (n % 10 > 0) shelf.drop(slot)
    })
    expect(shelf.heldBytes).toBe(1_000)
    slots.forEach((slot, n) => {
      if (n % 10 === 0) expect(Buffer.from(valueAt(shelf, slot)).toString()).toBe(`value ${n}`)
    })
  })
})
