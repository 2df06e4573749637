/**
 * Reads what a fetch has brought of one partition: batches of Kafka's format v2, one after the other, the last perhaps cut
 * off. Keys, values and headers are views into the fetched bytes; what one record repeats of the one before (header names,
 * and values such as its type) is not made again.
 */
import type { Buffer } from 'node:buffer'
import { crc32c } from '@node-rs/crc32'
import type { Headers } from '@triflow/desk'
import { BATCH_HEADER, BATCH_LENGTH_FROM, CRC_AT, CRC_FROM, MAGIC } from './record-batch-writer.ts'

/** What all records of a batch share; the client asks for it by these names. */
interface BatchContext {
  readonly producerId: string
  readonly inTransaction: boolean
  /** The batch's CRC does not fit its bytes: it is worth being fetched again. */
  readonly damaged: boolean
}

export interface FetchedRecord {
  readonly offset: number
  /** Milliseconds of the epoch: the writer's, or of the append where the topic is set up so. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** Of a header that came twice the first counts; one without a value is left out. Ours never are either. */
  readonly headers: Headers
  /** A transaction's mark, which is for the client alone. */
  readonly isControlRecord: boolean
  readonly batchContext: BatchContext
}

/** How the records of a batch are packed; undefined when they are not. Throws on a way that nobody can unpack here. */
export type UnpackerOf = (
  attributes: number,
) => { readonly decompress: (bytes: Buffer) => Promise<Buffer> } | null | undefined

const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

/** A batch whose lengths and numbers contradict one another: nobody can say which records it holds. */
const malformed = (what: string, offset: number, cause?: unknown): Error =>
  new Error(`the record batch at offset ${offset} is malformed: ${what}`, { cause })

/** All records of the whole batches in `fetched`; what follows them is a batch that was cut off, or for another reader. */
export const readRecordBatches = async (fetched: Buffer, unpackerOf: UnpackerOf): Promise<FetchedRecord[]> => {
  const records: FetchedRecord[] = []
  for (let start = 0; start + BATCH_HEADER <= fetched.length;) {
    const length = fetched.readInt32BE(start + 8)
    const end = start + BATCH_LENGTH_FROM + length
    if (end > fetched.length || fetched[start + 16] !== MAGIC) break
    if (end < start + BATCH_HEADER) throw malformed(`a length of ${length}`, Number(fetched.readBigInt64BE(start)))
    const batch = fetched.subarray(start, end)
    const damaged = crc32c(batch.subarray(CRC_FROM)) !== batch.readUInt32BE(CRC_AT)
    try {
      const count = batch.readInt32BE(57)
      const packed = batch.subarray(BATCH_HEADER)
      const unpacker = unpackerOf(batch.readInt16BE(21))
      const bytes = unpacker && count > 0 ? await unpacker.decompress(packed) : packed
      readBatch(batch, count, bytes, damaged, records)
    } catch (error) {
      // Whatever else a damaged batch seems to be, asking for it again is the remedy.
      throw damaged ? malformed('its CRC does not fit', Number(batch.readBigInt64BE(0)), error) : error
    }
    start = end
  }
  return records
}

const readBatch = (batch: Buffer, count: number, bytes: Buffer, damaged: boolean, records: FetchedRecord[]): void => {
  const attributes = batch.readInt16BE(21)
  const firstOffset = Number(batch.readBigInt64BE(0))
  const firstTimestamp = Number(batch.readBigInt64BE(27))
  const appendedAt = (attributes & LOG_APPEND_TIME) > 0 ? Number(batch.readBigInt64BE(35)) : undefined
  // The client passes over control records in silence: no flipped bit may make one of ours such a record.
  const isControlRecord = (attributes & CONTROL) > 0 && !damaged
  const batchContext: BatchContext = {
    producerId: batch.readBigInt64BE(43).toString(),
    inTransaction: (attributes & TRANSACTIONAL) > 0,
    damaged,
  }
  const cursor: Cursor = { bytes, at: 0, firstOffset }
  const known: KnownHeader[] = []
  for (let i = 0; i < count; i++) {
    const end = endOf(cursor, readVarint(cursor))
    cursor.at += 1 // attributes: none are defined
    const timestampDelta = readVarlong(cursor)
    const offset = firstOffset + readVarint(cursor)
    const key = readBytes(cursor)
    const value = readBytes(cursor)
    const headers = readHeaders(cursor, known)
    if (cursor.at !== end) throw malformed(`record ${i} does not end where it says`, firstOffset)
    records.push({
      offset,
      timestamp: appendedAt ?? firstTimestamp + timestampDelta,
      key,
      value,
      headers,
      isControlRecord,
      batchContext,
    })
  }
  if (cursor.at !== bytes.length) throw malformed(`${count} records do not fill it`, firstOffset)
}

interface Cursor {
  readonly bytes: Buffer
  at: number
  /** Of the batch, for saying where something is wrong. */
  readonly firstOffset: number
}

/** A header that was read before: its name and the value that it had last. */
interface KnownHeader {
  readonly name: string
  readonly nameBytes: Buffer
  value: Buffer | undefined
}

/** An object without a prototype, as names come from strangers; unlike one of `Object.create(null)` it is no hash table. */
const NoHeaders = function () {} as unknown as new () => Record<string, Buffer>
NoHeaders.prototype = Object.create(null)

const readHeaders = (cursor: Cursor, known: KnownHeader[]): Headers => {
  const headers = new NoHeaders()
  const count = readVarint(cursor)
  // Headers of one writer come in one order: each is looked for where it was found in the record before.
  let expected = 0
  for (let i = 0; i < count; i++) {
    const length = readVarint(cursor)
    const from = cursor.at
    cursor.at = endOf(cursor, length)
    const place = placeOf(known, expected, cursor.bytes, from, length)
    expected = place + 1
    const valueLength = readVarint(cursor)
    if (valueLength === -1) continue
    const valueFrom = cursor.at
    cursor.at = endOf(cursor, valueLength)
    const header = known[place] ?? newHeader(cursor.bytes.subarray(from, from + length), known)
    if (header.name in headers) continue
    if (!header.value || !isSame(header.value, cursor.bytes, valueFrom, valueLength))
      header.value = cursor.bytes.subarray(valueFrom, cursor.at)
    headers[header.name] = header.value
  }
  return headers
}

/** A stranger's records may have any number of names; looking through so many costs more than making them anew. */
const KNOWN_MOST = 32

const newHeader = (nameBytes: Buffer, known: KnownHeader[]): KnownHeader => {
  const header: KnownHeader = { name: nameBytes.toString(), nameBytes, value: undefined }
  if (known.length < KNOWN_MOST) known.push(header)
  return header
}

/** Where a name is known, looked for from `expected` on and round; -1 when it is new. */
const placeOf = (
  known: readonly KnownHeader[],
  expected: number,
  bytes: Buffer,
  from: number,
  length: number,
): number => {
  for (let i = 0, place = expected; i < known.length; i++, place++) {
    if (place >= known.length) place = 0
    if (isSame(known[place]!.nameBytes, bytes, from, length)) return place
  }
  return -1
}

/** From the end, where what differs from record to record differs. */
const isSame = (those: Buffer, bytes: Buffer, from: number, length: number): boolean => {
  if (those.length !== length) return false
  for (let i = length - 1; i >= 0; i--) if (those[i] !== bytes[from + i]) return false
  return true
}

const endOf = (cursor: Cursor, length: number): number => {
  const end = cursor.at + length
  if (length < 0 || end > cursor.bytes.length) throw malformed(`a length of ${length}`, cursor.firstOffset)
  return end
}

const readBytes = (cursor: Cursor): Buffer | null => {
  const length = readVarint(cursor)
  if (length === -1) return null
  const from = cursor.at
  cursor.at = endOf(cursor, length)
  return cursor.bytes.subarray(from, cursor.at)
}

/** A signed number of 32 bits: zigzag, seven bits to a byte. */
const readVarint = (cursor: Cursor): number => {
  const { bytes } = cursor
  let zigzag = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) throw malformed('it ends within a number', cursor.firstOffset)
    zigzag |= (byte & 0x7f) << shift
    if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1)
  }
  throw malformed('a number that is too long', cursor.firstOffset)
}

/** A signed number of 64 bits, of which our timestamps need no more than a number holds. */
const readVarlong = (cursor: Cursor): number => {
  const start = cursor.at
  const { bytes } = cursor
  for (let shift = 0, zigzag = 0; shift < 28; shift += 7) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) throw malformed('it ends within a number', cursor.firstOffset)
    zigzag |= (byte & 0x7f) << shift
    if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1)
  }
  cursor.at = start
  let zigzag = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[cursor.at++]
    if (byte === undefined) throw malformed('it ends within a number', cursor.firstOffset)
    zigzag |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return Number((zigzag >> 1n) ^ -(zigzag & 1n))
  }
  throw malformed('a number that is too long', cursor.firstOffset)
}
