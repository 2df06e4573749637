// Proves the one promise the store makes beyond MongoDB's dialect: what it acknowledged survives kill -9.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { afterAll, describe, expect, it } from 'vitest'
import { enginesPrepared, startMongo, stopSupervised } from './index.js'

interface Doc {
  _id: string
  payload?: string
  n?: number
}

const ROUNDS = 3
const WRITERS = 6
const home = join(dirname(fileURLToPath(import.meta.url)), '../../../.triflow/engines')
const scratch = mkdtempSync(join(tmpdir(), 'triflow-store-'))
const pidFile = join(scratch, 'mongo.pid')
const start = () =>
  startMongo({
    home,
    dataDir: join(scratch, 'data'),
    port: 0,
    ownerPid: process.pid,
    logFile: join(scratch, 'mongo.log'),
    pidFile,
  })
const isLog = (file: string): boolean => /^changes\.[0-9]+$/.test(file)
const payload = 'x'.repeat(250)

// With engines given by address or by Docker there is no local store to prove anything about.
describe.skipIf(!enginesPrepared(home))('the local store', () => {
  afterAll(async () => {
    await stopSupervised(pidFile)
    rmSync(scratch, { recursive: true, force: true })
  })

  it('keeps every acknowledged write through kill -9 under load', async () => {
    const acknowledged: string[] = []
    const counters = new Map<string, number>()
    for (let round = 0; round < ROUNDS; round++) {
      const { port } = await start()
      const client = new MongoClient(`mongodb://127.0.0.1:${port}`, { serverSelectionTimeoutMS: 2_000 })
      const documents = client.db('proof').collection<Doc>('documents')
      const counting = client.db('proof').collection<Doc>('counters')
      let cut = false
      const write = async (writer: number) => {
        for (let i = 0; !cut; i++) {
          const batch = Array.from({ length: 1 + (i % 40) }, (_, j) => ({
            _id: `${round}-${writer}-${i}-${j}`,
            payload,
          }))
          const counter = `counter-${writer}`
          const n = (counters.get(counter) ?? 0) + 1
          try {
            await documents.insertMany(batch)
            acknowledged.push(...batch.map(({ _id }) => _id))
            await counting.updateOne({ _id: counter }, { $set: { n } }, { upsert: true })
            counters.set(counter, n)
          } catch (error) {
            if (!cut) throw error
          }
        }
      }
      const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer))
      await sleep(400 + 300 * round)
      cut = true
      await stopSupervised(pidFile, { signal: 'SIGKILL' })
      await Promise.all(writers)
      await client.close(true)
    }

    const { port } = await start()
    const client = new MongoClient(`mongodb://127.0.0.1:${port}`)
    const kept = new Set((await client.db('proof').collection<Doc>('documents').find().toArray()).map(({ _id }) => _id))
    const counts = await client.db('proof').collection<Doc>('counters').find().toArray()
    await client.close()
    expect(acknowledged.length).toBeGreaterThan(ROUNDS * 100)
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
    // The write under way at the cut may have arrived unacknowledged, so a counter may be ahead, never behind.
    for (const { _id, n } of counts) expect(n).toBeGreaterThanOrEqual(counters.get(_id) ?? 0)
    expect(counts).toHaveLength(WRITERS)
  })

  it('comes back from kill -9 with documents, indexes and collections as they were', async () => {
    const expected = new Map<string, number>()
    for (let round = 0; round < ROUNDS; round++) {
      const { port } = await start()
      const client = new MongoClient(`mongodb://127.0.0.1:${port}`)
      const numbers = client.db('proof').collection<Doc>('numbers')
      await numbers.createIndex({ n: 1, _id: 1 })
      await client.db('proof').collection<Doc>(`gone-${round}`).insertOne({ _id: 'x' })
      await client.db('proof').dropCollection(`gone-${round}`)
      for (let i = 0; i < 300; i++) {
        const _id = String((i * 7 + round) % 50)
        const n = (i + round) % 5
        const known = expected.has(_id)
        if (!known) await numbers.insertOne({ _id, n })
        else if (i % 3 === 0) await numbers.deleteOne({ _id })
        else if (i % 3 === 1) await numbers.replaceOne({ _id }, { n })
        else await numbers.updateOne({ _id }, { $set: { n } })
        if (known && i % 3 === 0) expected.delete(_id)
        else expected.set(_id, n)
      }
      // In some rounds the trees have been committed meanwhile, in others the log alone knows.
      if (round % 2 === 0) await sleep(1_200)
      await numbers.updateMany({ n: 4 }, { $set: { n: 3 } })
      for (const [_id, n] of expected) if (n === 4) expected.set(_id, 3)
      await stopSupervised(pidFile, { signal: 'SIGKILL' })
      await client.close(true)

      const again = new MongoClient(`mongodb://127.0.0.1:${(await start()).port}`)
      const kept = again.db('proof').collection<Doc>('numbers')
      for (let n = 0; n < 5; n++) {
        const found = await kept.find({ n }).sort({ _id: 1 }).toArray()
        const wanted = [...expected].filter(([, one]) => one === n).map(([_id]) => ({ _id, n }))
        expect(found).toEqual(wanted.sort((a, b) => (a._id < b._id ? -1 : 1)))
      }
      expect(await kept.countDocuments({})).toBe(expected.size)
      expect((await again.db('proof').listCollections().toArray()).some(({ name }) => name.startsWith('gone'))).toBe(
        false,
      )
      await again.close(true)
    }
  })

  it('loses nothing, and no index entry, when it is killed while its trees are being committed', async () => {
    const large = 'y'.repeat(100_000)
    const acknowledged = new Map<string, number>()
    let killedBetween = 0
    const logs = (): number => readdirSync(join(scratch, 'data')).filter(isLog).length
    for (let round = 0; round < ROUNDS; round++) {
      const client = new MongoClient(`mongodb://127.0.0.1:${(await start()).port}`, { serverSelectionTimeoutMS: 2_000 })
      const moving = client.db('proof').collection<Doc & { at?: number }>('moving')
      await moving.createIndex({ at: 1, _id: 1 })
      let cut = false
      const write = async (writer: number) => {
        for (let i = 0; !cut; i++) {
          const _id = `${writer}-${i % 100}`
          const n = (acknowledged.get(_id) ?? 0) + 1
          try {
            await moving.replaceOne({ _id }, { n, at: n % 5, payload: large }, { upsert: n === 1 })
            acknowledged.set(_id, n)
          } catch (error) {
            if (!cut) throw error
          }
        }
      }
      const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer))
      await sleep(500)
      // The log before the newest is there until what it tells is in the trees.
      for (let waited = 0; logs() < 2 && waited < 5_000; waited++) await sleep(1)
      await sleep(20 * round)
      cut = true
      await stopSupervised(pidFile, { signal: 'SIGKILL' })
      if (logs() === 2) killedBetween += 1
      await Promise.all(writers)
      await client.close(true)

      const again = new MongoClient(`mongodb://127.0.0.1:${(await start()).port}`)
      const kept = again.db('proof').collection<Doc & { at: number }>('moving')
      const stored = await kept.find({}, { projection: { payload: 0 } }).toArray()
      const byId = new Map(stored.map(({ _id, n }) => [_id, n!]))
      expect([...acknowledged].filter(([_id, n]) => (byId.get(_id) ?? 0) < n)).toEqual([])
      for (let at = 0; at < 5; at++) {
        const found = await kept
          .find({ at }, { projection: { payload: 0 } })
          .sort({ _id: 1 })
          .toArray()
        expect(found).toEqual(stored.filter((document) => document.at === at))
      }
      for (const [_id, n] of byId) acknowledged.set(_id, n)
      await again.close(true)
      await stopSupervised(pidFile)
    }
    expect(killedBetween).toBeGreaterThan(0)
  }, 60_000)

  it('drops what a crash cut short in its log, and does not start on other damage', async () => {
    const logOf = (): string => join(scratch, 'data', readdirSync(join(scratch, 'data')).find(isLog)!)
    const written = async (_id: string): Promise<void> => {
      const client = new MongoClient(`mongodb://127.0.0.1:${(await start()).port}`)
      await client.db('proof').collection<Doc>('torn').insertOne({ _id, payload })
      await stopSupervised(pidFile, { signal: 'SIGKILL' })
      await client.close(true)
    }
    await written('whole')
    appendFileSync(logOf(), Buffer.from([0, 0, 1, 0, 7, 7, 7, 7, 1]))
    await written('after a torn end')
    const client = new MongoClient(`mongodb://127.0.0.1:${(await start()).port}`)
    const kept = await client.db('proof').collection<Doc>('torn').find().sort({ _id: 1 }).toArray()
    expect(kept.map(({ _id }) => _id)).toEqual(['after a torn end', 'whole'])
    await stopSupervised(pidFile, { signal: 'SIGKILL' })
    await client.close(true)

    await written('damaged')
    const bytes = readFileSync(logOf())
    bytes[bytes.length - 20]! ^= 1
    writeFileSync(logOf(), bytes)
    await expect(start()).rejects.toThrow('ended while it was starting')
    expect(readFileSync(join(scratch, 'mongo.log'), 'utf8')).toMatch(/is damaged at byte \d+/)

    // Only the newest file may end in the middle: the one before it was whole before the next was there.
    bytes[bytes.length - 20]! ^= 1
    const ended = logOf()
    const next = join(scratch, 'data', `changes.${Number(/[0-9]+$/.exec(ended)![0]) + 1}`)
    for (const [torn, said] of [
      [[0, 0, 1, 0, 7, 7, 7, 7, 1], 'is damaged at byte'],
      [[0, 0, 1], 'ends within a frame'],
    ] as const) {
      writeFileSync(ended, Buffer.concat([bytes, Buffer.from(torn)]))
      writeFileSync(next, '')
      await expect(start()).rejects.toThrow('ended while it was starting')
      expect(readFileSync(join(scratch, 'mongo.log'), 'utf8').split(ended).at(-1)).toContain(said)
    }
  })
})
