/** Writes records as one batch of Kafka's format v2: sizes first, then every byte once, into one buffer made to measure. */
import { Buffer } from 'node:buffer'
import { crc32c } from '@node-rs/crc32'

/** A message as the client hands it over; all bytes, for text is ours to encode. */
export interface WrittenMessage {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: Readonly<Record<string, Uint8Array>>
  /** Milliseconds of the epoch; without one, the moment of writing. */
  readonly timestamp?: string | number
}

export interface BatchToWrite {
  readonly messages: readonly WrittenMessage[]
  /** As the client holds it: a number, a text or its own Long; -1 for a producer that is not idempotent. */
  readonly producerId: { toString(): string }
  readonly producerEpoch: number
  readonly firstSequence: number
  readonly transactional: boolean
}

/** Bytes from a batch's start to its first record. */
export const BATCH_HEADER = 61
/** Of these, offset and length are not counted in the length. */
export const BATCH_LENGTH_FROM = 12
export const CRC_AT = 17
/** The CRC covers all from here on. */
export const CRC_FROM = 21
export const MAGIC = 2
const TRANSACTIONAL = 0x10

/** Below this, a loop copies faster than the engine's own copying. */
const SHORT = 32

export const writeRecordBatch = (batch: BatchToWrite): Buffer => {
  const { messages } = batch
  const now = Date.now()
  const timestamps = messages.map(({ timestamp }) => (timestamp === undefined ? now : Number(timestamp)))
  const first = timestamps.reduce((a, b) => Math.min(a, b))
  const last = timestamps.reduce((a, b) => Math.max(a, b))

  const sizes = messages.map((message, index) => sizeOfRecord(message, index, timestamps[index]! - first))
  const target = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + sizeOfVarint(size) + size, BATCH_HEADER))
  writeHeader(target, batch, first, last)
  let at = BATCH_HEADER
  for (let index = 0; index < messages.length; index++) {
    at = putVarint(target, at, sizes[index]!)
    at = putRecord(target, at, messages[index]!, index, timestamps[index]! - first)
  }
  target.writeUInt32BE(crc32c(target.subarray(CRC_FROM)), CRC_AT)
  return target
}

const writeHeader = (target: Buffer, batch: BatchToWrite, first: number, last: number): void => {
  target.writeBigInt64BE(0n, 0) // first offset: the broker's to give
  target.writeInt32BE(target.length - BATCH_LENGTH_FROM, 8)
  target.writeInt32BE(0, 12) // leader epoch: the broker's to give
  target[16] = MAGIC
  target.writeInt16BE(batch.transactional ? TRANSACTIONAL : 0, 21)
  target.writeInt32BE(batch.messages.length - 1, 23)
  target.writeBigInt64BE(BigInt(first), 27)
  target.writeBigInt64BE(BigInt(last), 35)
  target.writeBigInt64BE(BigInt(batch.producerId.toString()), 43)
  target.writeInt16BE(batch.producerEpoch, 51)
  target.writeInt32BE(batch.firstSequence, 53)
  target.writeInt32BE(batch.messages.length, 57)
}

const sizeOfRecord = ({ key, value, headers }: WrittenMessage, index: number, delta: number): number => {
  let size = 1 + sizeOfVarint(delta) + sizeOfVarint(index) + sizeOfBytes(key) + sizeOfBytes(value)
  let count = 0
  for (const name in headers) {
    size += namePrefix(name).length + sizeOfBytes(headers[name]!)
    count += 1
  }
  return size + sizeOfVarint(count)
}

const putRecord = (
  target: Buffer,
  start: number,
  { key, value, headers }: WrittenMessage,
  index: number,
  delta: number,
): number => {
  target[start] = 0 // attributes: none are defined
  let at = putVarint(target, start + 1, delta)
  at = putVarint(target, at, index)
  at = putBytes(target, at, key)
  at = putBytes(target, at, value)
  let count = 0
  for (const _ in headers) count += 1
  at = putVarint(target, at, count)
  for (const name in headers) {
    at = put(target, at, namePrefix(name))
    at = putBytes(target, at, headers[name]!)
  }
  return at
}

/** Names that headers had, each as it is written: its length and its text. They are few; a stranger's may be many. */
const prefixes = new Map<string, Uint8Array>()
const PREFIXES_MOST = 1_000

const namePrefix = (name: string): Uint8Array => {
  const known = prefixes.get(name)
  if (known) return known
  const text = Buffer.from(name)
  const prefix = new Uint8Array(sizeOfVarint(text.length) + text.length)
  putBytes(prefix, 0, text)
  if (prefixes.size >= PREFIXES_MOST) prefixes.clear()
  prefixes.set(name, prefix)
  return prefix
}

const sizeOfBytes = (bytes: Uint8Array | null): number =>
  bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length

const putBytes = (target: Uint8Array, at: number, bytes: Uint8Array | null): number =>
  bytes === null ? putVarint(target, at, -1) : put(target, putVarint(target, at, bytes.length), bytes)

const put = (target: Uint8Array, at: number, bytes: Uint8Array): number => {
  const { length } = bytes
  if (length < SHORT) for (let i = 0; i < length; i++) target[at + i] = bytes[i]!
  else target.set(bytes, at)
  return at + length
}

/** What zigzag makes of a number still fits in 31 bits. */
const isShort = (value: number): boolean => value >= -0x40000000 && value < 0x40000000

/** Bytes of a signed number, zigzag and seven bits to a byte; up to 53 bits, for timestamps may lie far apart. */
const sizeOfVarint = (value: number): number => {
  if (!isShort(value)) return sizeOfLongVarint(value)
  const zigzag = (value << 1) ^ (value >> 31)
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x200000 ? 3 : zigzag < 0x10000000 ? 4 : 5
}

const putVarint = (target: Uint8Array, start: number, value: number): number => {
  if (!isShort(value)) return putLongVarint(target, start, value)
  let at = start
  let rest = (value << 1) ^ (value >> 31)
  for (; rest > 0x7f; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80
  target[at++] = rest
  return at
}

const zigzagOf = (value: number): bigint => (BigInt(value) << 1n) ^ (BigInt(value) >> 63n)

const sizeOfLongVarint = (value: number): number => Math.ceil(zigzagOf(value).toString(2).length / 7)

const putLongVarint = (target: Uint8Array, start: number, value: number): number => {
  let at = start
  let rest = zigzagOf(value)
  for (; rest > 0x7fn; rest >>= 7n) target[at++] = Number(rest & 0x7fn) | 0x80
  target[at++] = Number(rest)
  return at
}
