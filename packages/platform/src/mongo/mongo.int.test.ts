import { anchorsContract } from '@triflow/audit/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contractViews, keysContract, storeContract, viewsContract } from '@triflow/desk/testing'
import { systemClock } from '../clock.ts'
import { databaseUrl, unheard, withoutMongo } from '../testing.ts'
import { openAnchors } from './anchors.ts'
import { connectMongo, type Mongo } from './connection.ts'
import { replaceEach, type Versioned } from './durable.ts'
import { openKeys } from './keys.ts'
import { openStore } from './store.ts'
import { openViews } from './views.ts'

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
