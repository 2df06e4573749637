/** Bytes on a shelf stay what they were, and room is given back. */
import { describe, expect, it } from 'vitest'
import { createRandom } from './memory/random.ts'
import { createShelf } from './shelf.ts'

describe('a shelf', () => {
  it('gives back what was put, whatever was put and dropped around it', () => {
    const random = createRandom(7)
    const shelf = createShelf(1_000)
    const kept = new Map<number, Uint8Array>()
    for (let step = 0; step < 20_000; step++) {
      if (kept.size > 0 && random() < 0.48) {
        const slot = [...kept.keys()][Math.floor(random() * Math.min(kept.size, 20))]!
        shelf.drop(slot)
        kept.delete(slot)
      } else {
        const bytes = new Uint8Array(Math.floor(random() ** 3 * 2_500)).fill(step % 251)
        const slot = shelf.put(bytes)
        expect(kept.has(slot)).toBe(false)
        kept.set(slot, bytes)
      }
    }
    for (const [slot, bytes] of kept) expect(Buffer.compare(shelf.take(slot), bytes)).toBe(0)
  })

  it('holds at most about twice what lives on it', () => {
    const shelf = createShelf(10_000)
    const slots = Array.from({ length: 10_000 }, () => shelf.put(new Uint8Array(92)))
    expect(shelf.heldBytes).toBeLessThan(1_100_000)
    slots.forEach((slot, index) => {
      if (index % 10 > 0) shelf.drop(slot)
    })
    expect(shelf.heldBytes).toBeLessThan(2 * 100_000 + 20_000)
  })

  it('never changes bytes that somebody still holds', () => {
    const shelf = createShelf(100)
    const slot = shelf.put(Buffer.from('as it was'))
    const held = shelf.take(slot)
    shelf.drop(slot)
    for (let i = 0; i < 100; i++) shelf.drop(shelf.put(Buffer.from(`something else ${i}`)))
    expect(Buffer.from(held).toString()).toBe('as it was')
  })
})
