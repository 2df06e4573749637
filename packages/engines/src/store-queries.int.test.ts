// The local store answers from its trees what reading everything would answer: ids, ranges, lists by a field, all orders.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { Binary, Decimal128, Long, MongoClient, ObjectId, Timestamp, type Collection } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enginesPrepared, startMongo, stopSupervised } from './index.js'

interface Doc {
  _id: string
  v: number
  body: { owner: string | null; n: number }
}

const home = join(dirname(fileURLToPath(import.meta.url)), '../../../.triflow/engines')
const scratch = mkdtempSync(join(tmpdir(), 'triflow-queries-'))
const pidFile = join(scratch, 'mongo.pid')

const id = fc.integer({ min: 0, max: 30 }).map((n) => `id-${String(n).padStart(2, '0')}`)
const owner = fc.constantFrom('acme', 'Acme', 'bolt', '', null)
const documents = fc.uniqueArray(fc.record({ _id: id, v: fc.nat(3), body: fc.record({ owner, n: fc.nat(5) }) }), {
  selector: ({ _id }) => _id,
  maxLength: 25,
})

/** A condition as the driver sends it, and as anyone would check it by hand. */
interface Condition {
  readonly query: object
  readonly holds: (document: Doc) => boolean
}
const conditions: fc.Arbitrary<Condition> = fc.oneof(
  fc.constant({ query: {}, holds: () => true }),
  id.map((one) => ({ query: { _id: one }, holds: ({ _id }: Doc) => _id === one })),
  fc.tuple(id, fc.nat(3)).map(([one, v]) => ({
    query: { _id: one, v },
    holds: (document: Doc) => document._id === one && document.v === v,
  })),
  fc.array(id, { maxLength: 6 }).map((some) => ({
    query: { _id: { $in: some } },
    holds: ({ _id }: Doc) => some.includes(_id),
  })),
  fc.tuple(id, id).map(([from, to]) => ({
    query: { _id: { $gt: from, $lte: to } },
    holds: ({ _id }: Doc) => _id > from && _id <= to,
  })),
  fc.tuple(id, id).map(([from, to]) => ({
    query: { $and: [{ _id: { $gte: from } }, { _id: { $lt: to } }] },
    holds: ({ _id }: Doc) => _id >= from && _id < to,
  })),
  fc.tuple(fc.constantFrom('acme', 'Acme', 'bolt', ''), fc.option(id, { nil: undefined })).map(([by, after]) => ({
    query: { 'body.owner': { $eq: by }, ...(after === undefined ? {} : { _id: { $gt: after } }) },
    holds: ({ _id, body }: Doc) => body.owner === by && (after === undefined || _id > after),
  })),
  fc.nat(5).map((n) => ({ query: { 'body.n': { $gt: n } }, holds: ({ body }: Doc) => body.n > n })),
  fc.tuple(id, fc.nat(5)).map(([from, n]) => ({
    query: { _id: { $gte: from }, 'body.n': n },
    holds: ({ _id, body }: Doc) => _id >= from && body.n === n,
  })),
)
const orders = fc.constantFrom<1 | -1>(1, -1)

describe.skipIf(!enginesPrepared(home))('the local store', () => {
  let client: MongoClient
  let collection: Collection<Doc>

  beforeAll(async () => {
    const options = { home, dataDir: join(scratch, 'data'), port: 0, logFile: join(scratch, 'mongo.log'), pidFile }
    const { port } = await startMongo({ ...options, ownerPid: process.pid })
    client = new MongoClient(`mongodb://127.0.0.1:${port}`)
    collection = client.db('queries').collection<Doc>('documents')
    await collection.createIndex({ 'body.owner': 1, _id: 1 })
    await collection.createIndex({ 'body.n': 1, _id: 1 })
  }, 60_000)

  afterAll(async () => {
    await client?.close(true)
    await stopSupervised(pidFile)
    rmSync(scratch, { recursive: true, force: true })
  })

  it('finds what matches, in the order asked for, and no more than asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.array(fc.tuple(conditions, orders, fc.nat(4)), { minLength: 5, maxLength: 15 }),
        async (stored, questions) => {
          await collection.deleteMany({})
          if (stored.length > 0) await collection.insertMany(stored)
          for (const [{ query, holds }, order, limit] of questions) {
            const found = await collection.find(query).sort({ _id: order }).limit(limit).toArray()
            const sorted = stored.filter(holds).sort((a, b) => (a._id < b._id ? -order : order))
            expect(found, JSON.stringify(query)).toEqual(limit === 0 ? sorted : sorted.slice(0, limit))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('keeps its indexes with what is replaced, changed and deleted', async () => {
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.array(fc.tuple(id, owner, fc.constantFrom('replace', 'replace 9', 'set', 'delete')), { maxLength: 12 }),
        async (stored, changes) => {
          await collection.deleteMany({})
          if (stored.length > 0) await collection.insertMany(stored)
          const expected = new Map(stored.map((document) => [document._id, document]))
          for (const [_id, by, kind] of changes) {
            const known = expected.get(_id)
            const body = { owner: by, n: known?.body.n ?? 0 }
            const replaces = kind === 'replace' || (kind === 'replace 9' && known?.v === 9)
            if (kind === 'replace') await collection.replaceOne({ _id }, { v: 9, body })
            if (kind === 'replace 9') {
              const { matchedCount } = await collection.replaceOne({ _id, v: 9 }, { v: 9, body })
              expect(matchedCount).toBe(replaces ? 1 : 0)
            }
            if (kind === 'set') await collection.updateOne({ _id }, { $set: { 'body.owner': by } })
            if (kind === 'delete') await collection.deleteOne({ _id })
            if (kind === 'delete') expected.delete(_id)
            else if (known && replaces) expected.set(_id, { _id, v: 9, body })
            else if (known && kind === 'set') expected.set(_id, { ...known, body })
          }
          for (const by of ['acme', 'bolt']) {
            const found = await collection.find({ 'body.owner': by }).sort({ _id: 1 }).toArray()
            const wanted = [...expected.values()].filter(({ body }) => body.owner === by)
            expect(found).toEqual(wanted.sort((a, b) => (a._id < b._id ? -1 : 1)))
          }
          expect(await collection.countDocuments({})).toBe(expected.size)
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each([
    ['a double', 0.5],
    ['a string', 'v'],
    ['a document', { v: 7, body: { owner: 'acme' } }],
    ['an array', [1, 'v', { v: 7 }]],
    ['bytes', new Binary(Buffer.from([0, 1, 2, 0]))],
    ['an object id', new ObjectId()],
    ['a boolean', true],
    ['a date', new Date(86_400_000)],
    ['nothing', null],
    ['an expression', /v.*/i],
    ['an int', 70],
    ['a timestamp', new Timestamp({ t: 1, i: 2 })],
    ['a long', Long.fromBigInt(1n << 40n)],
    ['a decimal', Decimal128.fromString('1.50')],
  ])('finds what it must know of a document that is replaced behind %s', async (kind, other) => {
    await collection.deleteMany({})
    const behind = { _id: 'a', other, v: 1, body: { owner: 'acme', n: 1 } }
    await collection.insertOne(behind)
    expect(
      (await collection.replaceOne({ _id: 'a', v: 2 }, { v: 3, body: { owner: 'bolt', n: 2 } })).matchedCount,
    ).toBe(0)
    expect(
      (await collection.replaceOne({ _id: 'a', v: 1 }, { v: 2, body: { owner: 'bolt', n: 2 } })).matchedCount,
    ).toBe(1)
    expect(await collection.countDocuments({ 'body.owner': 'bolt' }), kind).toBe(1)
    await collection.insertOne({ _id: 'b', v: 1, body: { owner: 'acme', n: 1 } })
    const found = await collection
      .find({ 'body.owner': { $eq: 'acme' } })
      .sort({ _id: 1 })
      .toArray()
    expect(found.map(({ _id }) => _id)).toEqual(['b'])
  })

  it('walks through a collection both ways, counts and tells values apart', async () => {
    await collection.deleteMany({})
    const stored = ['a', 'b', 'c'].map((_id, n) => ({ _id, v: n, body: { owner: n < 2 ? 'acme' : 'bolt', n } }))
    await collection.insertMany(stored)
    expect(await collection.find({}).sort({ $natural: 1 }).toArray()).toEqual(stored)
    expect(await collection.find({}).sort({ $natural: -1 }).toArray()).toEqual(stored.toReversed())
    expect(await collection.distinct('body.owner')).toEqual(['acme', 'bolt'])
    const sums = await collection.aggregate([{ $group: { _id: '$body.owner', n: { $sum: '$body.n' } } }]).toArray()
    expect(sums.sort((a, b) => (a._id < b._id ? -1 : 1))).toEqual([
      { _id: 'acme', n: 1 },
      { _id: 'bolt', n: 2 },
    ])
    expect((await client.db('queries').listCollections().toArray()).map(({ name }) => name)).toContain('documents')
  })

  it('gives a document as it was before a change and as it is after it, and refuses to have one twice', async () => {
    await collection.deleteMany({})
    const change = { $inc: { 'body.n': 1 } } as const
    await collection.insertOne({ _id: 'a', v: 1, body: { owner: 'acme', n: 1 } })
    const before = await collection.findOneAndUpdate({ _id: 'a' }, change, { returnDocument: 'before' })
    const after = await collection.findOneAndUpdate({ _id: 'a' }, change, { returnDocument: 'after' })
    expect([before?.body.n, after?.body.n]).toEqual([1, 3])
    const added = await collection.updateOne({ _id: 'b' }, { $set: { v: 2 } }, { upsert: true })
    expect(added.upsertedId).toBe('b')
    await expect(collection.insertOne({ _id: 'a', v: 9, body: { owner: 'bolt', n: 9 } })).rejects.toThrow('E11000')
    expect(await collection.findOne({ _id: 'a' })).toEqual({ _id: 'a', v: 1, body: { owner: 'acme', n: 3 } })
  })
})
