/**
 * Record batches as we write and read them, held to three others: an independent writer as plain as the protocol's own
 * text, and the writer and the reader of the client, which stand behind ours.
 */
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRecordBatches, type FetchedRecord, type UnpackerOf } from './record-batch-reader.ts'
import { writeRecordBatch, type BatchToWrite, type WrittenMessage } from './record-batch-writer.ts'

interface Message extends WrittenMessage {
  readonly headers: Record<string, Buffer>
  readonly timestamp: number
}

interface TheirRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Record<string, Buffer | null | (Buffer | null)[]>
  readonly timestamp: string
  readonly offset: string
  readonly isControlRecord: boolean
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
}

const require = createRequire(import.meta.url)
const produce = require('kafkajs/src/protocol/requests/produce/v3/request.js') as (request: object) => {
  encode(): Promise<{ buffer: Buffer }>
}
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object
const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (
  decoder: object,
) => Promise<TheirRecord[]>
const codec = require('kafkajs/src/protocol/recordBatch/codec.js') as {
  read: typeof readRecordBatches | undefined
  write: typeof writeRecordBatch | undefined
}
const { lookupCodecByAttributes } = require('kafkajs/src/protocol/message/compression/index.js') as {
  lookupCodecByAttributes: UnpackerOf
}

const varint = (value: number): Buffer => {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value) >= 0n ? BigInt(value) << 1n : (-BigInt(value) << 1n) - 1n)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}
const sized = (bytes: Uint8Array | null): Buffer => (bytes ? Buffer.concat([varint(bytes.length), bytes]) : varint(-1))
const int = (value: number, bytes: 1 | 2 | 4): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeIntBE(value, 0, bytes)
  return buffer
}
const int64 = (value: number): Buffer => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64BE(BigInt(value))
  return buffer
}
const crc32c = (bytes: Buffer): Buffer => {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE((crc ^ 0xffffffff) >>> 0)
  return buffer
}

interface Batch extends Omit<BatchToWrite, 'producerId' | 'messages'> {
  readonly messages: readonly Message[]
  readonly producerId: number
  readonly firstOffset: number
  readonly gzip: boolean
  readonly appendTime: boolean
  readonly control: boolean
}

/** A record batch of magic 2, as the protocol describes it. */
const plainBatch = (batch: Batch): Buffer => {
  const { messages } = batch
  const timestamps = messages.map(({ timestamp }) => timestamp)
  const first = messages.length > 0 ? Math.min(...timestamps) : 0
  const records = Buffer.concat(
    messages.map(({ key, value, headers, timestamp }, index) => {
      const pairs = Object.entries(headers)
      const body = Buffer.concat([
        int(0, 1),
        varint(timestamp - first),
        varint(index),
        sized(key),
        sized(value),
        varint(pairs.length),
        ...pairs.flatMap(([name, one]) => [sized(Buffer.from(name)), sized(one)]),
      ])
      return Buffer.concat([varint(body.length), body])
    }),
  )
  const checked = Buffer.concat([
    int(
      (batch.gzip ? 1 : 0) | (batch.appendTime ? 8 : 0) | (batch.transactional ? 16 : 0) | (batch.control ? 32 : 0),
      2,
    ),
    int(messages.length - 1, 4),
    int64(first),
    int64(Math.max(first, ...timestamps)),
    int64(batch.producerId),
    int(batch.producerEpoch, 2),
    int(batch.firstSequence, 4),
    int(messages.length, 4),
    batch.gzip ? gzipSync(records) : records,
  ])
  const rest = Buffer.concat([int(0, 4), int(2, 1), crc32c(checked), checked])
  return Buffer.concat([int64(batch.firstOffset), int(rest.length, 4), rest])
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const ourNames = ['ce_id', 'ce_source', 'ce_type', 'triflow-position', 'triflow-checksum']
const headers = fc
  .uniqueArray(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(...ourNames),
        // The client mistakes a name that all objects have for one that came before.
        fc.string({ unit: 'grapheme', minLength: 0, maxLength: 20 }).filter((name) => !(name in {})),
      ),
      fc.oneof(bytes, fc.constantFrom(Buffer.from('the same again'), Buffer.from('/triflow/financing/trade'))),
    ),
    { maxLength: 9, selector: ([name]) => name },
  )
  .map((pairs) => {
    const object = Object.create(null) as Record<string, Buffer>
    for (const [name, value] of pairs) object[name] = value
    return object
  })
const message: fc.Arbitrary<Message> = fc.record({
  key: fc.option(bytes),
  value: fc.option(
    fc.oneof(
      { weight: 30, arbitrary: bytes },
      { weight: 1, arbitrary: fc.constantFrom(1_000, 70_000).map((size) => Buffer.alloc(size, 7)) },
    ),
  ),
  headers,
  // Deltas of one byte and of more than 32 bits. All of 13 digits: the client sorts timestamps as text.
  timestamp: fc.oneof(
    fc.integer({ min: 1_790_000_000_000, max: 1_790_000_000_100 }),
    fc.integer({ min: 1_000_000_000_000, max: 1_800_000_000_000 }),
  ),
})
const messages = fc.oneof(
  { weight: 20, arbitrary: fc.array(message, { minLength: 1, maxLength: 12 }) },
  // More records than one byte counts.
  { weight: 1, arbitrary: message.map((one) => Array.from({ length: 150 }, () => one)) },
)
const batch: fc.Arbitrary<Batch> = fc.record({
  messages,
  producerId: fc.constantFrom(-1, 4_711),
  producerEpoch: fc.constantFrom(0, 12),
  firstSequence: fc.constantFrom(0, 70_000),
  transactional: fc.boolean(),
  firstOffset: fc.nat({ max: 5_000_000_000 }),
  gzip: fc.boolean(),
  appendTime: fc.boolean(),
  control: fc.boolean(),
})

const ofMessages: Omit<Batch, 'messages'> = {
  producerId: -1,
  producerEpoch: 0,
  firstSequence: 0,
  transactional: false,
  firstOffset: 7,
  gzip: false,
  appendTime: false,
  control: false,
}

/** Of one character for each byte, which compares faster than bytes do. */
const textOf = (bytes: Uint8Array | null | undefined) => (bytes ? Buffer.from(bytes).toString('latin1') : null)

const plainHeaders = (record: TheirRecord | FetchedRecord) =>
  Object.entries(record.headers)
    .map(([name, values]) => [name, textOf([values].flat()[0])])
    .filter(([, first]) => first !== null)

/** What both readers can be asked about a record. */
const told = (record: TheirRecord | FetchedRecord) => ({
  offset: Number(record.offset),
  key: textOf(record.key),
  value: textOf(record.value),
  headers: plainHeaders(record),
  isControlRecord: record.isControlRecord,
  producerId: record.batchContext.producerId,
  inTransaction: record.batchContext.inTransaction,
})
const timed = (record: TheirRecord | FetchedRecord) => ({ ...told(record), timestamp: Number(record.timestamp) })

/** The client's own reader, of the same record set. */
const readByClient = (recordSet: Buffer): Promise<TheirRecord[]> =>
  decodeMessages(new Decoder(Buffer.concat([int(recordSet.length, 4), recordSet])))
const readByUs = (recordSet: Buffer): Promise<FetchedRecord[]> => readRecordBatches(recordSet, lookupCodecByAttributes)

/** What the client sends for batches of two topics. */
const requestOf = async (batches: readonly Batch[], more: object = {}): Promise<Buffer> => {
  const partitions = batches.map(({ messages, firstSequence }, partition) => ({ partition, messages, firstSequence }))
  const topicData = [
    { topic: 'a-topic', partitions },
    { topic: 'another-topic', partitions: partitions.slice(1) },
  ]
  return (await produce({ acks: -1, timeout: 1_000, topicData, ...more }).encode()).buffer
}

/** Runs with our codec behind the client, as a process of ours does. */
const hooked = async <T>(work: () => Promise<T>): Promise<T> => {
  codec.read = readRecordBatches
  codec.write = writeRecordBatch
  try {
    return await work()
  } finally {
    codec.read = undefined
    codec.write = undefined
  }
}

describe('a record batch as we write it', () => {
  it('is byte for byte what the protocol describes', () => {
    fc.assert(
      fc.property(batch, (given) => {
        const expected = plainBatch({ ...given, firstOffset: 0, gzip: false, appendTime: false, control: false })
        expect(writeRecordBatch(given).equals(expected)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  it('makes the very request that the client makes by itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), async (batches) => {
        const { transactional, producerId, producerEpoch } = batches[0]!
        const more = transactional ? { transactionalId: 'a-transaction', producerId, producerEpoch } : {}
        const byClient = await requestOf(batches, more)
        const byUs = await hooked(() => requestOf(batches, more))
        expect(byUs.equals(byClient)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it('is stamped with one moment when its records bring none', () => {
    const before = Date.now()
    const messages = [1, 2].map(() => ({ key: null, value: Buffer.of(1) }))
    const written = writeRecordBatch({ ...ofMessages, messages })
    expect(Number(written.readBigInt64BE(27))).toBeGreaterThanOrEqual(before)
    expect(written.readBigInt64BE(35)).toBe(written.readBigInt64BE(27))
  })
})

describe('record batches as we read them', () => {
  it('hold what the client reads in them, packed or not, control records and append times included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 4 }), async (batches) => {
        const recordSet = Buffer.concat(batches.map(plainBatch))
        const ours = await readByUs(recordSet)
        expect(ours.map(timed)).toEqual((await readByClient(recordSet)).map(timed))
        expect(ours.every(({ batchContext }) => !batchContext.damaged)).toBe(true)
        expect((await hooked(() => readByClient(recordSet))).map(timed)).toEqual(ours.map(timed))
      }),
      { numRuns: 150 },
    )
  })

  it('end with the last whole batch, wherever the fetch was cut off', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), fc.nat(), async (batches, place) => {
        const whole = batches.map(plainBatch)
        const recordSet = Buffer.concat(whole)
        // Below this the client does not even find out which format it is.
        const cut = 17 + (place % (recordSet.length - 17))
        let length = 0
        const complete = batches.filter((_, index) => (length += whole[index]!.length) <= cut)
        const ours = await readByUs(recordSet.subarray(0, cut))
        expect(ours.map(told)).toEqual((await readByClient(recordSet.subarray(0, cut))).map(told))
        expect(ours).toHaveLength(complete.reduce((sum, { messages }) => sum + messages.length, 0))
      }),
      { numRuns: 150 },
    )
  })

  it('are called damaged or refused when any bit of them has flipped, and never read as other than the client would', async () => {
    const outcomes = { refused: 0, damaged: 0 }
    await fc.assert(
      fc.asyncProperty(
        batch,
        fc.oneof(fc.nat({ max: 100 }), fc.nat()),
        fc.nat({ max: 7 }),
        async (given, place, bit) => {
          const sound = plainBatch({ ...given, gzip: false })
          const damaged = Buffer.from(sound)
          // The CRC answers for all that follows it; before it stand the offset and the length, which the broker writes.
          const at = 17 + (place % (damaged.length - 17))
          damaged[at] = damaged[at]! ^ (1 << bit)
          const ours = await readByUs(damaged).catch(() => undefined)
          outcomes[ours ? 'damaged' : 'refused'] += 1
          if (!ours) return
          expect(ours.every(({ batchContext }) => batchContext.damaged)).toBe(true)
          // The client believes that it is a control record, and would pass over it.
          expect(ours.some(({ isControlRecord }) => isControlRecord)).toBe(false)
          const believed = (record: TheirRecord | FetchedRecord) => ({ ...told(record), isControlRecord: false })
          expect(ours.map(believed)).toEqual((await readByClient(damaged)).map(believed))
        },
      ),
      { numRuns: 500 },
    )
    expect(outcomes.refused).toBeGreaterThan(10)
    expect(outcomes.damaged).toBeGreaterThan(10)
  })

  it('never make more of nonsense than an error', async () => {
    await fc.assert(
      fc.asyncProperty(batch, fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), async (given, noise, place) => {
        const nonsense = plainBatch(given)
        nonsense.set(
          noise.subarray(0, nonsense.length - 17),
          17 + (place % Math.max(1, nonsense.length - 17 - noise.length)),
        )
        const ours = await readByUs(nonsense).catch((error: unknown) => error)
        expect(ours instanceof Error || Array.isArray(ours)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('have headers of any name, be it one that all objects have', async () => {
    const message = (name: string): Message => ({
      key: null,
      value: null,
      headers: Object.defineProperty({}, name, { value: Buffer.from(name), enumerable: true }) as Message['headers'],
      timestamp: 1_790_000_000_000,
    })
    const names = ['__proto__', 'constructor', 'toString', '', ...Array.from({ length: 100 }, (_, i) => `x-${i % 50}`)]
    const records = await readByUs(plainBatch({ ...ofMessages, messages: names.map(message) }))
    expect(records.map(({ headers }) => Object.entries(headers).map(([name, value]) => [name, String(value)]))).toEqual(
      names.map((name) => [[name, name]]),
    )
  })

  it('leave a header without a value out, and take the first of two', async () => {
    const record = Buffer.concat([
      Buffer.of(0, 0, 0, 1, 1), // attributes, deltas, no key, no value
      varint(3),
      sized(Buffer.from('a')),
      varint(-1),
      sized(Buffer.from('b')),
      sized(Buffer.from('first')),
      sized(Buffer.from('b')),
      sized(Buffer.from('second')),
    ])
    const empty = plainBatch({ ...ofMessages, messages: [] })
    const recordSet = Buffer.concat([empty, varint(record.length), record])
    recordSet.writeInt32BE(recordSet.length - 12, 8)
    recordSet.writeInt32BE(1, 57)
    const [read] = await readByUs(recordSet)
    expect({ ...read!.headers }).toEqual({ b: Buffer.from('first') })
    expect(read!.batchContext.damaged).toBe(true)
  })

  it('share the bytes that were fetched, and what one record repeats of the one before', async () => {
    const repeated = (id: string) => ({
      ce_id: Buffer.from(id),
      ce_type: Buffer.from('triflow.order.v1.OrderAccepted'),
    })
    const messages = ['a#1', 'a#2'].map((id) => ({
      key: Buffer.from('acme/PO-1'),
      value: Buffer.from(id),
      headers: repeated(id),
      timestamp: 1_790_000_000_000,
    }))
    const recordSet = plainBatch({ ...ofMessages, messages })
    const [first, second] = await readByUs(recordSet)
    expect(first!.value!.buffer).toBe(recordSet.buffer)
    expect(second!.headers['ce_type']).toBe(first!.headers['ce_type'])
    expect(String(second!.headers['ce_id'])).toBe('a#2')
    expect(String(first!.headers['ce_id'])).toBe('a#1')
  })
})
