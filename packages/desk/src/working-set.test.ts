/** Whatever is at hand and whatever at rest: the same values, in the same order, also after a restart from what was captured. */
import { LargeMap, type Keeping } from '@triflow/kernel'
import { describe, expect, it } from 'vitest'
import { HEADER, keyEnd, Mark } from './lines.ts'
import { createRandom } from './memory/random.ts'
import { piecesOf } from './snapshot-pieces.ts'
import { freeze } from './state.ts'
import { openWorkingSet, type Captured, type WorkingSet } from './working-set.ts'

interface Item {
  count: number
  money?: bigint
  readonly tags: string[]
  readonly byName: Map<string, { at: number } | undefined>
}

const newItem = (count: number): Item => ({ count, tags: [], byName: new Map() })

const plainly = (kept: Keeping<unknown>): [string, unknown][] =>
  [...kept.keys()].map((key) => [key, structuredClone(kept.peek(key))])

const noBooks = new Uint8Array(0)

const restored = (captures: readonly Captured[], from: WorkingSet, mostAtHand: number): WorkingSet => {
  const set = openWorkingSet(mostAtHand)
  for (const { maps } of captures)
    for (const piece of [...piecesOf(maps, noBooks)].slice(0, -1)) set.restore(Buffer.from(piece))
  set.learn(from.shapes())
  return set
}

const linesOf = ({ maps }: Captured): { key: string; isGone: boolean }[] =>
  maps.flatMap(({ bytes, from }) =>
    bytes.map((line, index) => {
      const at = from[index]!
      const key = line.toString('utf8', at + HEADER, keyEnd(line, at))
      return { key, isGone: line.readInt32BE(at) === Mark.gone }
    }),
  )

describe('a working set', () => {
  it.each([0, 3, 1_000])('with %i at hand is the map that it would be without', (mostAtHand) => {
    const random = createRandom(11 + mostAtHand)
    const plain = new Map<string, Item>()
    const set = openWorkingSet(mostAtHand)
    const items = set.map<Item>('items')
    let captures: Captured[] = [set.capture(true)]
    const pick = (): string => `${random() < 0.3 ? 'Stück' : 'item'} ${Math.floor(random() * 60)}`
    const change = (item: Item, step: number): void => {
      item.count += 1
      item.money = BigInt(step) * 10n ** BigInt(step % 30)
      item.tags.push(`ä${step}`)
      item.byName.set(`n${step % 4}`, step % 3 === 0 ? undefined : { at: step * 4_000_000_000 })
    }
    for (let step = 0; step < 3_000; step++) {
      const key = pick()
      if (random() < 0.2) {
        plain.delete(key)
        items.delete(key)
      } else if (plain.has(key) && random() < 0.7) {
        change(plain.get(key)!, step)
        change(items.get(key)!, step)
      } else {
        plain.set(key, newItem(step))
        items.set(key, newItem(step))
      }
      set.rest()
      expect(set.atHand).toBeLessThanOrEqual(mostAtHand)
      if (step % 200 === 199) {
        captures = random() < 0.3 ? [set.capture(true)] : [...captures, set.capture(false)]
        const anew = restored(captures, set, mostAtHand)
        expect(plainly(anew.map('items'))).toEqual([...plain])
      }
    }
    expect(items.size).toBe(plain.size)
    expect(plainly(items)).toEqual([...plain])
  })

  it('keeps large maps within items, entry by entry, and writes down only what changed in them', () => {
    const set = openWorkingSet(1)
    const books = set.map<{ name: string; readonly claims: LargeMap<{ paid: number }> }>('items')
    const claims = new LargeMap<{ paid: number }>()
    for (let n = 0; n < 500; n++) claims.set(`claim ${n}`, { paid: 0 })
    books.set('acme', { name: 'Acme', claims })
    set.rest()
    const whole = set.capture(true)
    expect(linesOf(whole)).toHaveLength(501)
    set.rest()
    expect(set.atHand).toBeLessThanOrEqual(1)
    const book = books.get('acme')!
    book.claims.get('claim 7')!.paid = 70
    book.claims.delete('claim 8')
    set.rest()
    const changed = set.capture(false)
    expect(linesOf(changed)).toEqual([
      { key: 'acme', isGone: false },
      { key: 'claim 7', isGone: false },
      { key: 'claim 8', isGone: true },
    ])
    const anew = restored([whole, changed], set, 1).map<{ claims: LargeMap<{ paid: number }> }>('items')
    const again = anew.get('acme')!
    expect(again.claims.size).toBe(499)
    expect(again.claims.get('claim 7')).toEqual({ paid: 70 })
    expect([...again.claims.values()].filter(({ paid }) => paid > 0)).toHaveLength(1)
    again.claims.set('claim new', { paid: 1 })
    expect(books.get('acme')!.claims.has('claim new')).toBe(false)
  })

  it('gives names to large maps that others have not, also after a restart', () => {
    const set = openWorkingSet(0)
    const items = set.map<LargeMap<number>>('items')
    const add = (into: Keeping<LargeMap<number>>, key: string, value: number): void => {
      const map = new LargeMap<number>()
      map.set('one', value)
      into.set(key, map)
    }
    add(items, 'a', 1)
    set.rest()
    const anew = restored([set.capture(true)], set, 0)
    const again = anew.map<LargeMap<number>>('items')
    add(again, 'b', 2)
    anew.rest()
    expect([again.get('a')!.get('one'), again.get('b')!.get('one')]).toEqual([1, 2])
  })

  it('hands out captures that later changes do not touch', () => {
    const set = openWorkingSet(10)
    const items = set.map<{ n: number }>('items')
    for (let n = 0; n < 100; n++) items.set(`k${n}`, { n })
    set.rest()
    const captured = set.capture(true)
    for (let n = 0; n < 100; n++) items.get(`k${n}`)!.n = -1
    set.rest()
    for (let n = 0; n < 100; n++) items.delete(`k${n}`)
    const anew = restored([captured], set, 10).map<{ n: number }>('items')
    expect(plainly(anew)).toEqual(Array.from({ length: 100 }, (_, n) => [`k${n}`, { n }]))
  })

  it('reads a snapshot of many pieces, keeps the order, and refuses bytes that are none', () => {
    const set = openWorkingSet(5)
    const items = set.map<{ text: string }>('items')
    const texts = Array.from({ length: 300 }, (_, n) => `${n}`.repeat(n === 7 ? 1_200_000 : 6_000))
    texts.forEach((text, n) => {
      items.set(`k${n}`, { text })
      set.rest()
    })
    const captured = set.capture(true)
    const pieces = [...piecesOf(captured.maps, noBooks)]
    expect(pieces.length).toBeGreaterThan(4)
    expect(pieces.filter((piece) => piece.length > 1024 * 1024)).toHaveLength(1)
    const anew = restored([captured], set, 5).map<{ text: string }>('items')
    expect(plainly(anew)).toEqual(texts.map((text, n) => [`k${n}`, { text }]))
    const cut = Buffer.from(pieces[0]!.subarray(0, pieces[0]!.length - 1))
    expect(() => openWorkingSet(5).restore(cut)).toThrow('not a piece of a snapshot')
    expect(() => openWorkingSet(5).restore(Buffer.from(pieces[0]!.subarray(HEADER + 5)))).toThrow()
  })

  it('lets no item with a large map into the archive, which would lose what the map holds', () => {
    expect(() => freeze({ claims: new LargeMap() })).toThrow(/could not be cloned/)
  })
})
