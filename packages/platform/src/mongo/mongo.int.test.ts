import { anchorsContract } from '@triflow/audit/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contractViews, keysContract, storeContract, viewsContract } from '@triflow/desk/testing'
import { systemClock } from '../clock.ts'
import { databaseUrl, unheard, withoutMongo } from '../testing.ts'
import { openAnchors } from './anchors.ts'
import { connectMongo, type Mongo } from './connection.ts'
import { replaceEach, type Versioned } from './durable.ts'
import { openKeys } from './keys.ts'
import { checkDeskCount } from '../service-world.ts'
import { forgetDerived, openStore } from './store.ts'
import { forgetViews, openViews } from './views.ts'

const connect = async (name: string, clock = systemClock): Promise<Mongo> =>
  connectMongo({ url: databaseUrl(name), clock, witness: unheard })

const fields = { owner: String, status: String, amountMinor: BigInt, lines: [{ line: Number, quantityMilli: BigInt }] }

describe.skipIf(withoutMongo)(withoutMongo || 'MongoDB', () => {
  const closing = async (mongo: Mongo): Promise<void> => {
    await mongo.connection.dropDatabase()
    await mongo.close()
  }
  storeContract('MongoDB', async () => {
    const mongo = await connect('store')
    return { port: await openStore(mongo), close: () => closing(mongo) }
  })
  viewsContract('MongoDB', async () => {
    const mongo = await connect('views')
    return {
      port: await openViews(
        mongo,
        'contract',
        contractViews.map((view) => ({ ...view, fields })),
      ),
      close: () => closing(mongo),
    }
  })
  keysContract('MongoDB', async () => {
    const mongo = await connect('keys')
    return { port: openKeys(mongo), close: () => closing(mongo) }
  })
  anchorsContract('MongoDB', async () => {
    const mongo = await connect('anchors')
    return { port: openAnchors(mongo), close: () => closing(mongo) }
  })

  describe('the document database', () => {
    let mongo: Mongo
    beforeAll(async () => {
      mongo = await connect('database')
    })
    afterAll(() => closing(mongo))

    it('is ready when its clock and ours agree', () => {
      expect(mongo.ready()).toBe(true)
      expect(Math.abs(mongo.skewMs()!)).toBeLessThan(2_000)
    })

    it('is not ready for a host whose clock is more than 5 s off', async () => {
      const ahead = await connect('skewed', { ...systemClock, now: () => Date.now() + 6_000 })
      expect(ahead.ready()).toBe(false)
      expect(ahead.skewMs()).toBeGreaterThan(5_000)
      await ahead.close()
    })

    it('says which of a bulk of compare-and-sets lost, though the engine only counts them', async () => {
      const collection = mongo.connection.db!.collection<Versioned>('cas')
      await replaceEach(
        collection,
        ['a', 'b', 'c'].map((_id) => ({ from: undefined, document: { _id, v: 1 } })),
      )
      const lost = await replaceEach(collection, [
        { from: 1, document: { _id: 'a', v: 2 } },
        { from: 7, document: { _id: 'b', v: 8 } },
        { from: undefined, document: { _id: 'c', v: 1 } },
        { from: 1, document: { _id: 'absent', v: 2 } },
        { from: undefined, document: { _id: 'd', v: 1 } },
      ])
      expect([...lost].sort()).toEqual(['absent', 'b', 'c'])
    })

    it('refuses another number of desks than the cluster was created with', async () => {
      await checkDeskCount(mongo, 3)
      await checkDeskCount(mongo, 3)
      await expect(checkDeskCount(mongo, 4)).rejects.toThrow(/created with 3 desks/)
    })

    it('forgets the views of one service and where their reader was, and nothing else', async () => {
      const one = [{ name: 'claims', listedBy: [], fields }]
      const [mine, other] = [await openViews(mongo, 'mine', one), await openViews(mongo, 'other', one)]
      for (const views of [mine, other]) await views.save('claims', [{ id: 'a', version: 1, marks: {}, body: {} }])
      for (const lane of ['views.mine/00', 'views.other/00'])
        await mine.savePosition(lane, { version: 1, next: { x: 1 }, marks: {} })
      await forgetViews(mongo, 'mine', ['claims'], ['views.mine/00'])
      expect((await mine.load('claims', ['a'])).size).toBe(0)
      expect((await other.load('claims', ['a'])).size).toBe(1)
      expect(await mine.position('views.mine/00')).toBeUndefined()
      expect(await mine.position('views.other/00')).toBeDefined()
    })

    it('forgets snapshots and archive, and keeps every journal', async () => {
      const store = await openStore(mongo)
      const hash = new Uint8Array(32)
      const entry = {
        desk: 'order.order-00',
        sequence: 1,
        at: 1,
        publishedThrough: 0,
        previousHash: hash,
        hash,
        body: hash,
      }
      await store.insert([entry])
      await store.saveSnapshot(
        { desk: entry.desk, sequence: 1, entryHash: hash, codeVersion: '1', wholeBytes: 1, changedBytes: 0 },
        [hash],
      )
      await store.archive('order.order', [{ key: 'item:a', sequence: 1, bytes: hash }])
      await forgetDerived(mongo)
      expect(await store.snapshot(entry.desk)).toBeUndefined()
      expect((await store.archived('order.order', ['item:a'])).size).toBe(0)
      expect(await store.entry(entry.desk, 1)).toBeDefined()
    })

    it('refuses a fold that says more than its schema', async () => {
      const views = await openViews(mongo, 'strict', [{ name: 'claims', listedBy: ['owner'], fields }])
      await expect(
        views.save('claims', [{ id: 'a', version: 1, marks: {}, body: { owner: 'acme', colour: 'red' } }]),
      ).rejects.toThrow(/colour/)
    })

    it('takes a listed value as a value, never as an operator', async () => {
      const views = await openViews(mongo, 'strict', [{ name: 'claims', listedBy: ['owner'], fields }])
      await expect(
        views.list('claims', { field: 'owner', value: { $ne: '' } as never, after: '', limit: 5 }),
      ).rejects.toThrow()
      await expect(views.list('claims', { field: 'amountMinor', value: '1', after: '', limit: 5 })).rejects.toThrow(
        /cannot be listed/,
      )
    })
  })
})
