/** What every `Store` must do, in memory or in a real database. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JournalEntry, Store } from '../ports.ts'
import { bytes, contractTimeoutMs, text, unique, type MakeSubject, type Subject } from './subject.ts'

const entry = (desk: string, sequence: number, body = `entry ${sequence}`): JournalEntry => ({
  desk,
  sequence,
  at: 1_790_000_000_000 + sequence,
  publishedThrough: Math.max(0, sequence - 1),
  previousHash: createHash('sha256')
    .update(`${desk}@${sequence - 1}`)
    .digest(),
  hash: createHash('sha256').update(`${desk}@${sequence}`).update(body).digest(),
  body: bytes(body),
})

/** The same content, whatever kind of byte array the adapter hands out. */
const plain = (given: JournalEntry | undefined): unknown =>
  given && { ...given, previousHash: [...given.previousHash], hash: [...given.hash], body: [...given.body] }

export const storeContract = (name: string, make: MakeSubject<Store>): void => {
  describe(`${name} as a store`, { timeout: contractTimeoutMs }, () => {
    let subject: Subject<Store>
    let store: Store
    beforeAll(async () => {
      subject = await make()
      store = subject.port
    }, contractTimeoutMs)
    afterAll(() => subject.close(), contractTimeoutMs)

    const deskName = (): string => `${unique('contract.desk')}-00`

    it('gives back an entry byte for byte', async () => {
      const desk = deskName()
      const written = { ...entry(desk, 7), body: Uint8Array.from([0, 255, 1, 128, 0]) }
      expect(await store.insert([written])).toEqual(['inserted'])
      expect(plain(await store.entry(desk, 7))).toEqual(plain(written))
    })

    it('has no entry that was not written', async () => {
      const desk = deskName()
      await store.insert([entry(desk, 1)])
      expect(await store.entry(desk, 2)).toBeUndefined()
      expect(await store.entry(deskName(), 1)).toBeUndefined()
    })

    it('lets only the first writer have a number, and keeps what it wrote', async () => {
      const desk = deskName()
      expect(await store.insert([entry(desk, 1, 'owner')])).toEqual(['inserted'])
      expect(await store.insert([entry(desk, 1, 'zombie')])).toEqual(['duplicate'])
      expect(text((await store.entry(desk, 1))!.body)).toBe('owner')
    })

    it('judges each entry of a mixed batch by its own place', async () => {
      const [a, b, c, d] = [deskName(), deskName(), deskName(), deskName()]
      await store.insert([entry(b, 5, 'taken'), entry(d, 9, 'taken')])
      expect(await store.insert([entry(a, 1), entry(b, 5), entry(c, 1), entry(d, 9)])).toEqual([
        'inserted',
        'duplicate',
        'inserted',
        'duplicate',
      ])
      expect(text((await store.entry(b, 5))!.body)).toBe('taken')
      expect(text((await store.entry(c, 1))!.body)).toBe('entry 1')
    })

    it('gives each number to exactly one of many concurrent writers', async () => {
      const desk = deskName()
      for (let sequence = 1; sequence <= 5; sequence++) {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, writer) => store.insert([entry(desk, sequence, `writer ${writer}`)])),
        )
        expect(results.flat().filter((result) => result === 'inserted')).toHaveLength(1)
        const winner = results.findIndex(([result]) => result === 'inserted')
        expect(text((await store.entry(desk, sequence))!.body)).toBe(`writer ${winner}`)
      }
    })

    it('takes no entries without complaint', async () => {
      expect(await store.insert([])).toEqual([])
    })

    it('reads entries upward from a number, those that exist, ascending', async () => {
      const desk = deskName()
      for (const sequence of [3, 1, 2, 12, 10]) await store.insert([entry(desk, sequence)])
      await store.insert([entry(deskName(), 2)])
      expect((await store.entries(desk, 2, 10)).map((one) => one.sequence)).toEqual([2, 3, 10])
      expect((await store.entries(desk, 11, 100)).map((one) => one.sequence)).toEqual([12])
      expect(await store.entries(desk, 13, 100)).toEqual([])
      expect(plain((await store.entries(desk, 1, 1))[0])).toEqual(plain(entry(desk, 1)))
    })

    it('keeps an entry of 6 MB', async () => {
      const desk = deskName()
      const body = new Uint8Array(6 * 1024 * 1024).fill(171)
      await store.insert([{ ...entry(desk, 1), body }])
      const read = (await store.entry(desk, 1))!
      expect(Buffer.compare(read.body, body)).toBe(0)
    })

    it('has no snapshot before one is saved', async () => {
      expect(await store.snapshot(deskName())).toBeUndefined()
    })

    it('gives back the newest snapshot, whatever order they came in', async () => {
      const desk = deskName()
      for (const sequence of [100, 900, 200])
        await store.saveSnapshot({
          desk,
          sequence,
          entryHash: bytes(`hash ${sequence}`),
          bytes: bytes(`state ${sequence}`),
        })
      const newest = (await store.snapshot(desk))!
      expect({
        desk: newest.desk,
        sequence: newest.sequence,
        hash: text(newest.entryHash),
        state: text(newest.bytes),
      }).toEqual({
        desk,
        sequence: 900,
        hash: 'hash 900',
        state: 'state 900',
      })
    })

    it('takes the same snapshot twice', async () => {
      const desk = deskName()
      const snapshot = { desk, sequence: 4, entryHash: bytes('hash'), bytes: bytes('state') }
      await store.saveSnapshot(snapshot)
      await store.saveSnapshot(snapshot)
      expect(text((await store.snapshot(desk))!.bytes)).toBe('state')
    })

    it('never mixes two savings of the same snapshot: equal states need not be equal bytes', async () => {
      const desk = deskName()
      const size = 3 * 1024 * 1024
      for (let sequence = 1; sequence <= 5; sequence++) {
        const savers = [1, 2, 3].map((saver) => ({
          desk,
          sequence,
          entryHash: bytes('hash'),
          bytes: new Uint8Array(size + saver).fill(saver),
        }))
        await Promise.all(savers.map((snapshot) => store.saveSnapshot(snapshot)))
        const read = (await store.snapshot(desk))!
        expect(read.sequence).toBe(sequence)
        expect(savers.some((saver) => Buffer.compare(saver.bytes, read.bytes) === 0)).toBe(true)
      }
    })

    it('keeps an empty snapshot, and one that is larger than any document may be', async () => {
      const desk = deskName()
      await store.saveSnapshot({ desk, sequence: 1, entryHash: bytes('hash'), bytes: new Uint8Array(0) })
      expect((await store.snapshot(desk))!.bytes.length).toBe(0)
      const large = new Uint8Array(20 * 1024 * 1024)
      for (let at = 0; at < large.length; at += 997) large[at] = at % 251
      await store.saveSnapshot({ desk, sequence: 2, entryHash: bytes('hash'), bytes: large })
      const read = (await store.snapshot(desk))!
      expect(read.sequence).toBe(2)
      expect(Buffer.compare(read.bytes, large)).toBe(0)
    })

    it('finds archived items by key, and leaves absent ones out', async () => {
      const kind = unique('kind')
      await store.archive(kind, [
        { key: 'acme/PO-1', sequence: 3, bytes: bytes('one') },
        { key: 'acme/PO-2', sequence: 3, bytes: bytes('two') },
      ])
      const found = await store.archived(kind, ['acme/PO-2', 'acme/PO-9', 'acme/PO-1'])
      expect([...found].map(([key, value]) => [key, text(value)]).sort()).toEqual([
        ['acme/PO-1', 'one'],
        ['acme/PO-2', 'two'],
      ])
      expect((await store.archived(unique('kind'), ['acme/PO-1'])).size).toBe(0)
      expect((await store.archived(kind, [])).size).toBe(0)
    })

    it('never lets an older entry replace what a newer one archived', async () => {
      const kind = unique('kind')
      await store.archive(kind, [{ key: 'a', sequence: 10, bytes: bytes('ten') }])
      await store.archive(kind, [
        { key: 'a', sequence: 9, bytes: bytes('nine') },
        { key: 'b', sequence: 9, bytes: bytes('nine') },
      ])
      let found = await store.archived(kind, ['a', 'b'])
      expect([text(found.get('a')), text(found.get('b'))]).toEqual(['ten', 'nine'])
      await store.archive(kind, [{ key: 'a', sequence: 11, bytes: bytes('eleven') }])
      found = await store.archived(kind, ['a'])
      expect(text(found.get('a'))).toBe('eleven')
    })

    it('takes the same archive write again', async () => {
      const kind = unique('kind')
      const items = [{ key: 'a', sequence: 2, bytes: bytes('two') }]
      await store.archive(kind, items)
      await store.archive(kind, items)
      await store.archive(kind, [])
      expect(text((await store.archived(kind, ['a'])).get('a'))).toBe('two')
    })
  })
}
