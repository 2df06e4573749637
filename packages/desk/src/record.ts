/** How a fact or a command looks on the log: headers, position, checksum, fingerprint. */
import { hash as hashOnce } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { deskWire } from '@triflow/contracts'
import { contentType, deskEntry, header, partitionsOf } from '@triflow/contracts'
import type { Headers, LogRecord, OutgoingRecord } from './ports.ts'

const text = new TextDecoder()
const bytesOf = (value: string): Uint8Array => Buffer.from(value, 'utf8')

/** Position of a fact: who said it, in which entry, as which of its facts, and what that desk said there before. */
export interface Position {
  /** service.desk-NN. */
  readonly desk: string
  readonly entry: number
  readonly index: number
  /** Counts all records of the desk. */
  readonly number: number
  /** Number of the record this desk last wrote to the same topic-partition; 0 for the first. */
  readonly previous: number
}

export const formatPosition = (p: Position): string => `${p.desk}@${p.entry}/${p.index}#${p.number}<${p.previous}`

const positionPattern = /^([a-z.-]+-[0-9]{2,})@([0-9]+)\/([0-9]+)#([0-9]+)<([0-9]+)$/

export const parsePosition = (written: string): Position | undefined => {
  const match = positionPattern.exec(written)
  if (!match) return undefined
  return {
    desk: match[1]!,
    entry: Number(match[2]),
    index: Number(match[3]),
    number: Number(match[4]),
    previous: Number(match[5]),
  }
}

/** "financing.trade-03" for desk 3 of financing.trade. */
export const deskId = (name: string, partition: number): string => `${name}-${String(partition).padStart(2, '0')}`

/** "financing.trade" for desk "financing.trade-03". */
export const deskNameOf = (id: string): string => id.slice(0, id.lastIndexOf('-'))

/** All desks of a kind, given how many the cluster was created with. */
export const deskIds = (name: string, desks: number): string[] =>
  Array.from({ length: partitionsOf(deskEntry(name), desks) }, (_, partition) => deskId(name, partition))

/** Headers that a reader believes; the checksum covers them in this order. */
const covered = [
  header.id,
  header.source,
  header.type,
  header.time,
  header.traceparent,
  header.position,
  header.actor,
  header.reply,
]

/** Stands between two parts, and for one that is missing where none may be. */
const separator = 0
const missing = new Uint8Array([separator])

/** What is hashed lies here in one piece: a call for each part costs more than copying it. The next one overwrites it. */
let gathered = Buffer.allocUnsafe(4_096)

/** Puts a part behind `at` and a separator behind it, and says where the next one goes. */
const gather = (at: number, part: Uint8Array | null | undefined): number => {
  const end = at + (part?.length ?? 0)
  if (end >= gathered.length) {
    const larger = Buffer.allocUnsafe(2 * (end + 1))
    larger.set(gathered.subarray(0, at))
    gathered = larger
  }
  if (part) copyShort(part, at)
  gathered[end] = separator
  return end + 1
}

/** Most parts are headers, which a loop copies faster than the engine's own copying. */
const copyShort = (part: Uint8Array, at: number): void => {
  if (part.length > 32) gathered.set(part, at)
  else for (let i = 0; i < part.length; i++) gathered[at + i] = part[i]!
}

const checksumOf = (key: Uint8Array | null, value: Uint8Array | null, headers: Headers): string => {
  let at = gather(gather(0, key), value)
  for (const name of covered) at = gather(at, headers[name])
  // No separator follows the last part, and a missing key is told from an empty one by what it starts from.
  return crc32(gathered.subarray(0, at - 1), key ? 0 : 1)
    .toString(16)
    .padStart(8, '0')
}

/** The client's own checks do not see a flipped byte; this one does. Records without our checksum are not ours. */
export const isIntact = (record: LogRecord): boolean => {
  const written = record.headers[header.checksum]
  return written !== undefined && text.decode(written) === checksumOf(record.key, record.value, record.headers)
}

/** SHA-256, hex, over what makes a record that record: key, type, position and value. */
export const fingerprint = (record: Pick<LogRecord, 'key' | 'value' | 'headers'>): string => {
  const { key, value, headers } = record
  const parts = [key, headers[header.type], headers[header.position] ?? headers[header.id], value]
  let at = 0
  for (const part of parts) at = gather(at, part ?? missing)
  return hashOnce('sha256', gathered.subarray(0, at - 1), 'hex')
}

export const headerText = (record: Pick<LogRecord, 'headers'>, name: string): string => {
  const bytes = record.headers[name]
  return bytes ? text.decode(bytes) : ''
}

/** Adds the checksum that makes a record one of ours. */
export const sealRecord = (record: OutgoingRecord): OutgoingRecord => ({
  ...record,
  headers: { ...record.headers, [header.checksum]: bytesOf(checksumOf(record.key, record.value, record.headers)) },
})

const specVersion = bytesOf('1.0')
const protobuf = bytesOf(contentType)

/** Names of messages as headers have them; of facts there are only so many. */
const typeBytes = new Map<string, Uint8Array>()
const bytesOfType = (type: string): Uint8Array => {
  let bytes = typeBytes.get(type)
  if (!bytes) typeBytes.set(type, (bytes = bytesOf(type)))
  return bytes
}

const sourceOf = (desk: string): string => `/triflow/${deskNameOf(desk).replace('.', '/')}`

const originOf = (desk: string, at: number) => ({
  desk,
  at,
  source: bytesOf(sourceOf(desk)),
  time: bytesOf(new Date(at).toISOString()),
})

/** Of the fact before: all facts of an entry have it alike. */
let origin = originOf('-', 0)

/** The record of a stored fact: the same bytes whenever it is published again. */
export const factRecord = (
  desk: string,
  entry: number,
  index: number,
  at: number,
  fact: deskWire.PublishedRecord,
): OutgoingRecord => {
  const number = Number(fact.number)
  if (origin.desk !== desk || origin.at !== at) origin = originOf(desk, at)
  const headers: Record<string, Uint8Array> = {
    [header.specVersion]: specVersion,
    [header.id]: bytesOf(`${desk}#${number}`),
    [header.source]: origin.source,
    [header.type]: bytesOfType(fact.type),
    [header.time]: origin.time,
    [header.contentType]: protobuf,
    [header.position]: bytesOf(formatPosition({ desk, entry, index, number, previous: Number(fact.previous) })),
  }
  if (fact.traceparent) headers[header.traceparent] = bytesOf(fact.traceparent)
  headers[header.checksum] = bytesOf(checksumOf(fact.key, fact.value, headers))
  return { topic: fact.topic, partition: fact.partition, key: fact.key, value: fact.value, headers }
}

export interface CommandToLog {
  readonly commandId: string
  /** Full name of the command message. */
  readonly type: string
  readonly key: string
  readonly bytes: Uint8Array
  readonly actor: string
  /** Where the waiting door listens; empty when nobody waits. */
  readonly reply: string
  readonly traceparent: string
}

/** The record of a command. */
export const commandRecord = (topic: string, partition: number, command: CommandToLog): OutgoingRecord => {
  const key = bytesOf(command.key)
  const headers: Record<string, Uint8Array> = {
    [header.specVersion]: specVersion,
    [header.id]: bytesOf(command.commandId),
    [header.source]: bytesOf('/triflow/door'),
    [header.type]: bytesOf(command.type),
    [header.contentType]: protobuf,
    [header.actor]: bytesOf(command.actor),
  }
  if (command.reply) headers[header.reply] = bytesOf(command.reply)
  if (command.traceparent) headers[header.traceparent] = bytesOf(command.traceparent)
  headers[header.checksum] = bytesOf(checksumOf(key, command.bytes, headers))
  return { topic, partition, key, value: command.bytes, headers }
}
