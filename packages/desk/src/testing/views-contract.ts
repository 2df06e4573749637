/** What every `Views` must do, in memory or in a real database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ViewDocument, Views } from '../ports.ts'
import { contractTimeoutMs, unique, type MakeSubject, type Subject } from './subject.ts'

/**
 * The views this suite writes, for adapters that must know fields beforehand.
 * Bodies: owner and status are strings, amountMinor a bigint, lines a list of { line: number, quantityMilli: bigint }.
 */
export const contractViews = [
  { name: 'contract-claims', listedBy: ['owner', 'status'] },
  { name: 'contract-orders', listedBy: ['owner', 'status'] },
] as const

const claims = contractViews[0].name
const orders = contractViews[1].name

const document = (id: string, version = 1, body: Record<string, unknown> = { owner: 'acme' }): ViewDocument => ({
  id,
  version,
  marks: { 'order.order-00>triflow.order.order': version },
  body,
})

export const viewsContract = (name: string, make: MakeSubject<Views>): void => {
  describe(`${name} as views`, { timeout: contractTimeoutMs }, () => {
    let subject: Subject<Views>
    let views: Views
    beforeAll(async () => {
      subject = await make()
      views = subject.port
    }, contractTimeoutMs)
    afterAll(() => subject.close(), contractTimeoutMs)

    it('gives back a document as it was saved, amounts to the last unit', async () => {
      const id = unique('claim')
      const saved: ViewDocument = {
        id,
        version: 1,
        marks: { 'financing.obligor-03>triflow.financing.obligor': 817, 'order.order-00>triflow.order.order': 2 },
        body: {
          owner: 'acme',
          status: 'Financed',
          amountMinor: 9_007_199_254_740_993n,
          lines: [
            { line: 1, quantityMilli: 12_000n },
            { line: 2, quantityMilli: -1n },
          ],
        },
      }
      expect(await views.save(claims, [saved])).toEqual([])
      expect((await views.load(claims, [id])).get(id)).toEqual(saved)
    })

    it('finds the documents that exist and leaves the others out', async () => {
      const [a, b] = [unique('a'), unique('b')]
      await views.save(claims, [document(a)])
      const found = await views.load(claims, [b, a])
      expect([...found.keys()]).toEqual([a])
      expect((await views.load(claims, [])).size).toBe(0)
      expect((await views.load(orders, [a])).size).toBe(0)
    })

    it('replaces a document by its next version only', async () => {
      const id = unique('claim')
      expect(await views.save(claims, [document(id, 1, { owner: 'acme', status: 'Matched' })])).toEqual([])
      expect(await views.save(claims, [document(id, 2, { owner: 'acme' })])).toEqual([])
      expect((await views.load(claims, [id])).get(id)).toEqual(document(id, 2, { owner: 'acme' }))
      expect(await views.save(claims, [document(id, 2, { owner: 'late' })])).toEqual([id])
      expect(await views.save(claims, [document(id, 4, { owner: 'early' })])).toEqual([id])
      expect(await views.save(claims, [document(id, 1, { owner: 'again' })])).toEqual([id])
      expect((await views.load(claims, [id])).get(id)!.body).toEqual({ owner: 'acme' })
    })

    it('does not make a document whose first version it never saw', async () => {
      const id = unique('claim')
      expect(await views.save(claims, [document(id, 2)])).toEqual([id])
      expect((await views.load(claims, [id])).size).toBe(0)
    })

    it('names the losers of a mixed save and saves the rest', async () => {
      const [a, b, c] = [unique('a'), unique('b'), unique('c')]
      await views.save(claims, [document(a), document(b)])
      expect(await views.save(claims, [document(a, 2), document(b, 1), document(c, 1)])).toEqual([b])
      const found = await views.load(claims, [a, b, c])
      expect([found.get(a)!.version, found.get(b)!.version, found.get(c)!.version]).toEqual([2, 1, 1])
    })

    it('lets one of many concurrent savers win each version', async () => {
      const id = unique('claim')
      for (let version = 1; version <= 5; version++) {
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, saver) =>
            views.save(claims, [document(id, version, { owner: `saver-${saver}` })]),
          ),
        )
        const winners = results.flatMap((lost, saver) => (lost.length === 0 ? [saver] : []))
        expect(winners).toHaveLength(1)
        expect((await views.load(claims, [id])).get(id)!.body).toEqual({ owner: `saver-${winners[0]}` })
      }
    })

    it('lists by one equality, ascending by id, page by page', async () => {
      const owner = unique('owner')
      const ids = ['e', 'b', 'a', 'd', 'c'].map((letter) => `${owner}/${letter}`)
      await views.save(
        claims,
        ids.map((id) => document(id, 1, { owner, status: id.endsWith('c') ? 'Paid' : 'Open' })),
      )
      await views.save(claims, [document(`${owner}/z-of-another`, 1, { owner: `${owner}-2`, status: 'Open' })])
      const first = await views.list(claims, { field: 'owner', value: owner, after: '', limit: 2 })
      expect(first.map((one) => one.id)).toEqual([`${owner}/a`, `${owner}/b`])
      const second = await views.list(claims, { field: 'owner', value: owner, after: first.at(-1)!.id, limit: 10 })
      expect(second.map((one) => one.id)).toEqual([`${owner}/c`, `${owner}/d`, `${owner}/e`])
      expect(second[0]!.body).toEqual({ owner, status: 'Paid' })
      expect(await views.list(claims, { field: 'owner', value: owner, after: `${owner}/e`, limit: 10 })).toEqual([])
      expect(await views.list(claims, { field: 'owner', value: unique('nobody'), after: '', limit: 10 })).toEqual([])
    })

    it('lists everything after an id when no field is named', async () => {
      const prefix = unique('~page')
      const ids = [1, 2, 3].map((number) => `${prefix}/${number}`)
      await views.save(
        orders,
        ids.map((id) => document(id)),
      )
      const listed = await views.list(orders, { after: `${prefix}/`, limit: 2 })
      expect(listed.map((one) => one.id)).toEqual(ids.slice(0, 2))
    })

    it('remembers how far each reader has come', async () => {
      const [reader, other] = [unique('reader'), unique('reader')]
      expect(await views.position(reader)).toBeUndefined()
      const topic = 'triflow.financing.obligor.by-order'
      const position = {
        version: 1,
        next: { [`${topic}/3`]: 42, 'triflow.order.order/0': 0 },
        marks: { [`financing.obligor-03>${topic}`]: { number: 817, hash: 'ab12' } },
      }
      expect(await views.savePosition(reader, position)).toBe(true)
      expect(await views.savePosition(other, { version: 1, next: {}, marks: {} })).toBe(true)
      expect(await views.position(reader)).toEqual(position)
      const later = {
        version: 2,
        next: { [`${topic}/3`]: 43 },
        marks: { [`financing.obligor-03>${topic}`]: { number: 818, hash: 'cd34' } },
      }
      expect(await views.savePosition(reader, later)).toBe(true)
      expect(await views.position(reader)).toEqual(later)
      expect(await views.position(other)).toEqual({ version: 1, next: {}, marks: {} })
    })

    it('refuses a position that was decided before another one was saved', async () => {
      const reader = unique('reader')
      const saved = (version: number, offset: number) => ({
        version,
        next: { 'triflow.order.order/0': offset },
        marks: {},
      })
      expect(await views.savePosition(reader, saved(1, 10))).toBe(true)
      expect(await views.savePosition(reader, saved(2, 20))).toBe(true)
      for (const version of [1, 2, 4]) expect(await views.savePosition(reader, saved(version, 15))).toBe(false)
      expect(await views.position(reader)).toEqual(saved(2, 20))
    })
  })
}
