/**
 * What the patch of the client may not change: the bytes of a record batch. An independent writer, as plain as the
 * protocol's own text, must come to the same bytes, and the client must read back what it wrote.
 */
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

interface Message {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Record<string, Buffer | Buffer[]>
  readonly timestamp: number
}

const require = createRequire(import.meta.url)
const produce = require('kafkajs/src/protocol/requests/produce/v3/request.js') as (request: object) => {
  encode(): Promise<{ buffer: Buffer }>
}
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object
const readBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder.js') as (decoder: object) => Promise<{
  records: { key: Buffer | null; value: Buffer | null; headers: object; timestamp: string; offset: string }[]
}>

const topic = 'a-topic'

const varint = (value: number): Buffer => {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value) >= 0n ? BigInt(value) << 1n : (-BigInt(value) << 1n) - 1n)
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}
const sized = (bytes: Buffer | null): Buffer => (bytes ? Buffer.concat([varint(bytes.length), bytes]) : varint(-1))
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

/** A record batch of magic 2, as the protocol describes it. */
const plainBatch = (messages: readonly Message[]): Buffer => {
  const timestamps = messages.map(({ timestamp }) => timestamp)
  const first = Math.min(...timestamps)
  const records = messages.map(({ key, value, headers, timestamp }, index) => {
    const pairs = Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((one) => [name, one] as const),
    )
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
  })
  const checked = Buffer.concat([
    int(0, 2),
    int(messages.length - 1, 4),
    int64(first),
    int64(Math.max(...timestamps)),
    int64(-1),
    int(0, 2),
    int(0, 4),
    int(messages.length, 4),
    ...records,
  ])
  const rest = Buffer.concat([int(0, 4), int(2, 1), crc32c(checked), checked])
  return Buffer.concat([int64(0), int(rest.length, 4), rest])
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const message: fc.Arbitrary<Message> = fc.record({
  key: fc.option(bytes),
  value: fc.option(
    fc.oneof(
      bytes,
      fc.constantFrom(1_000, 70_000).map((size) => Buffer.alloc(size, 7)),
    ),
  ),
  headers: fc.dictionary(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((name) => name !== '__proto__'),
    fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 })),
    { maxKeys: 9 },
  ),
  // Deltas of one byte and of more than 32 bits. All of 13 digits: the client sorts timestamps as text.
  timestamp: fc.oneof(
    fc.integer({ min: 1_790_000_000_000, max: 1_790_000_000_100 }),
    fc.integer({ min: 1_000_000_000_000, max: 1_800_000_000_000 }),
  ),
})

describe('a record batch of the client', () => {
  it('is byte for byte what the protocol describes, and is read back as it was given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 12 }), async (messages) => {
        const request = produce({
          acks: -1,
          timeout: 1_000,
          topicData: [{ topic, partitions: [{ partition: 3, messages }] }],
        })
        const { buffer } = await request.encode()
        const batch = plainBatch(messages)
        expect(buffer.subarray(buffer.length - batch.length).equals(batch)).toBe(true)
        expect(buffer.readInt32BE(buffer.length - batch.length - 4)).toBe(batch.length)
        const { records } = await readBatch(new Decoder(buffer.subarray(buffer.length - batch.length)))
        expect(records.map(({ key, value, timestamp, offset }) => ({ key, value, timestamp, offset }))).toEqual(
          messages.map(({ key, value, timestamp }, index) => ({
            key,
            value,
            timestamp: String(timestamp),
            offset: String(index),
          })),
        )
        expect(records.map(({ headers }) => ({ ...headers }))).toEqual(messages.map(({ headers }) => ({ ...headers })))
      }),
      { numRuns: 150 },
    )
  })
})
