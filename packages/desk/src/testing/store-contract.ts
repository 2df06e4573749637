/** What every `Store` must do, in memory or in a real database. */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JournalEntry, Snapshot, SnapshotHeader, Store } from '../ports.ts'
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

const header = (desk: string, sequence: number): SnapshotHeader => ({
  desk,
  sequence,
  entryHash: bytes(`hash ${sequence}`),
  codeVersion: '1',
  wholeBytes: 100,
  changedBytes: sequence,
})

const piecesOf = (snapshot: Snapshot): Promise<string[]> =>
  Array.fromAsync(snapshot.pieces(), (piece) => (piece ? text(piece) : 'gone'))

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
        await store.saveSnapshot(header(desk, sequence), [bytes(`state ${sequence}`)])
      const newest = (await store.snapshot(desk))!
      const { pieces: _, ...rest } = newest
      expect({ ...rest, entryHash: text(rest.entryHash) }).toEqual({ ...header(desk, 900), entryHash: 'hash 900' })
      expect(await piecesOf(newest)).toEqual(['state 900'])
    })

    it('takes the same snapshot twice', async () => {
      const desk = deskName()
      expect(await store.saveSnapshot(header(desk, 4), [bytes('state')])).toBe(true)
      expect(await store.saveSnapshot(header(desk, 4), [bytes('state')])).toBe(true)
      expect(await piecesOf((await store.snapshot(desk))!)).toEqual(['state'])
    })

    it('adds changes to the snapshot that they were made of, in order, and a whole state replaces them all', async () => {
      const desk = deskName()
      await store.saveSnapshot(header(desk, 10), [bytes('one'), bytes('two')])
      expect(await store.saveSnapshot(header(desk, 20), [bytes('three')], 10)).toBe(true)
      expect(await store.saveSnapshot(header(desk, 30), [bytes('four')], 20)).toBe(true)
      expect(await store.saveSnapshot(header(desk, 30), [bytes('four')], 20)).toBe(true)
      const grown = (await store.snapshot(desk))!
      expect([grown.sequence, await piecesOf(grown)]).toEqual([30, ['one', 'two', 'three', 'four']])
      await store.saveSnapshot(header(desk, 40), [bytes('whole')])
      expect(await piecesOf((await store.snapshot(desk))!)).toEqual(['whole'])
      expect(await piecesOf(grown)).toEqual(['gone'])
    })

    it('refuses changes of another snapshot than the one that is stored', async () => {
      const desk = deskName()
      expect(await store.saveSnapshot(header(desk, 5), [bytes('on nothing')], 4)).toBe(false)
      expect(await store.snapshot(desk)).toBeUndefined()
      await store.saveSnapshot(header(desk, 10), [bytes('mine')])
      await store.saveSnapshot(header(desk, 15), [bytes('theirs')])
      expect(await store.saveSnapshot(header(desk, 20), [bytes('on mine')], 10)).toBe(false)
      expect(await store.saveSnapshot(header(desk, 12), [bytes('late')], 10)).toBe(false)
      const stands = (await store.snapshot(desk))!
      expect([stands.sequence, await piecesOf(stands)]).toEqual([15, ['theirs']])
    })

    it('never mixes two savings of the same snapshot: equal states need not be equal bytes', async () => {
      const desk = deskName()
      const size = 3 * 1024 * 1024
      for (let sequence = 1; sequence <= 5; sequence++) {
        const savers = [1, 2, 3].map((saver) => [1, 2].map(() => new Uint8Array(size + saver).fill(saver)))
        await Promise.all(savers.map((pieces) => store.saveSnapshot(header(desk, sequence), pieces)))
        const read = (await store.snapshot(desk))!
        expect(read.sequence).toBe(sequence)
        const found = Buffer.concat(await Array.fromAsync(read.pieces(), (piece) => piece!))
        expect(savers.some((pieces) => Buffer.compare(Buffer.concat(pieces), found) === 0)).toBe(true)
      }
    })

    it('keeps a snapshot of nothing, and a piece that is larger than any document may be', async () => {
      const desk = deskName()
      await store.saveSnapshot(header(desk, 1), [])
      expect(await piecesOf((await store.snapshot(desk))!)).toEqual([])
      // Bytes that do not compress.
      const large = randomBytes(20 * 1024 * 1024)
      await store.saveSnapshot(header(desk, 2), [bytes('small'), large, new Uint8Array(0)])
      const pieces = await Array.fromAsync((await store.snapshot(desk))!.pieces())
      expect(pieces.map((piece) => piece!.length)).toEqual([5, large.length, 0])
      expect(Buffer.compare(pieces[1]!, large)).toBe(0)
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
