/** Fingerprints of everything that is stored for good: when one changes, the corpus wants a new entry. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import {
  canonical,
  commandRecord,
  createCore,
  factRecord,
  journalFormat,
  sealEntry,
  thaw,
  type JournalEntry,
  type KeyRecord,
} from '@triflow/desk'
import { openKeys, openStore } from '@triflow/platform'
import { journalsOf } from '../journals.ts'
import type { Stored } from './stored.ts'

const root = join(import.meta.dirname, '../../../..')

const fingerprintOf = (value: unknown): string =>
  createHash('sha256').update(canonical(value)).digest('hex').slice(0, 16)

interface ProtoFile {
  readonly name: string
  readonly package: string
  readonly messageType?: readonly unknown[]
}

/** Between a door and its service, and between a connector and a bank: said and forgotten. */
const passing = new Set(['triflow.door.v1', 'triflow.bank.v1'])

/** Descriptors of all messages that journals hold, by proto file; comments do not count. */
const messageFormats = (): Record<string, string> => {
  const buf = join(root, 'node_modules/.bin/buf')
  const args = ['build', '--exclude-source-info', '-o', '-#format=json']
  const { file } = JSON.parse(execFileSync(buf, args, { cwd: root, encoding: 'utf8', maxBuffer: 64e6 })) as {
    file: ProtoFile[]
  }
  return Object.fromEntries(
    file
      .filter((one) => !passing.has(one.package))
      .map(({ name, messageType }) => [name.replace('triflow/', ''), fingerprintOf(messageType)]),
  )
}

const bytes = Buffer.from('bytes')

const sampleEntry = (): JournalEntry =>
  sealEntry(
    {
      desk: 'order.order-00',
      sequence: 2n,
      atMs: 3n,
      owner: 'owner',
      codeVersion: 'code',
      publishedThrough: 1n,
      inputs: [],
      records: [],
      loaded: [],
      facts: [],
      format: journalFormat,
    },
    new Uint8Array(32).fill(7),
  )

/** How entries are chained, and how a fact and a command look as records: headers, order, checksum. */
const recordFormats = (): Record<string, string> => ({
  'journal entry': fingerprintOf(sampleEntry()),
  'fact record': fingerprintOf(
    factRecord('order.order-00', 1, 2, 3, {
      topic: 'triflow.order.order',
      partition: 0,
      key: bytes,
      number: 4n,
      previous: 3n,
      type: 'triflow.order.v1.OrderAccepted',
      value: bytes,
      traceparent: 'trace',
      copy: false,
    }),
  ),
  'command record': fingerprintOf(
    commandRecord('triflow.order.order.commands', 0, {
      commandId: 'id',
      type: 'triflow.order.v1.AcceptOrder',
      key: 'key',
      bytes,
      actor: 'actor',
      reply: 'reply',
      traceparent: 'trace',
    }),
  ),
})

/** Shape of a value: names of fields and kinds of what is in them, whatever is said. */
const shapeOf = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object') return typeof value
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return [union(value.map(shapeOf))]
  if (value instanceof Map) return { map: union([...value.values()].map(shapeOf)) }
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOf(field)]))
}

const union = (shapes: readonly unknown[]): string[] => [...new Set(shapes.map(canonical))].sort()

/**
 * Shapes of what left open state in this story, by desk: archives keep them, and entries that asked for them. Later code
 * reads them as they were left.
 */
const archiveFormats = (stored: Stored, desks: number): Record<string, string> => {
  const shapes = new Map<string, unknown[]>()
  for (const { desk, partition, entries } of journalsOf(stored.entries, desks)) {
    const core = createCore(desk, partition, desks)
    for (const entry of entries) core.fold(entry)
    const left = core.unarchived().map(({ key, bytes: item }) => [key.slice(0, key.indexOf(':')), shapeOf(thaw(item))])
    shapes.set(desk.name, [...(shapes.get(desk.name) ?? []), ...left])
  }
  return Object.fromEntries(
    [...shapes]
      .filter(([, left]) => left.length > 0)
      .map(([name, left]) => [`archive of ${name}`, fingerprintOf(union(left))]),
  )
}

/** What an adapter hands to the driver, caught on its way. */
const caught = async (work: (connection: never) => Promise<unknown>): Promise<unknown> => {
  const said: unknown[] = []
  const collection = (name: string) => ({
    insertMany: (documents: readonly object[]) => {
      // When it was written is no format.
      said.push(
        name,
        documents.map((document) =>
          Object.entries(document).map(([field, value]) => [field, field === 'at' ? 'date' : value]),
        ),
      )
      return Promise.resolve({})
    },
  })
  await work({ connection: { db: { collection } }, isReplicaSet: false } as never)
  return said
}

const sampleKey: KeyRecord = {
  id: 'id',
  bodyHash: bytes,
  desk: 'order.order',
  key: 'key',
  type: 'triflow.order.v1.AcceptOrder',
  command: bytes,
  actor: 'actor',
}

/** Documents of the collections that can be made again from nothing: journals and the keys of doors. */
const documentFormats = async (): Promise<Record<string, string>> => ({
  'journal document': fingerprintOf(await caught(async (mongo) => (await openStore(mongo)).insert([sampleEntry()]))),
  'key document': fingerprintOf(await caught(async (mongo) => openKeys(mongo).claim([sampleKey]))),
})

/** Fingerprints of all stored formats as the running code has them; archives as it leaves them in a story. */
export const formatsNow = async (stored: Stored, desks: number): Promise<Record<string, string>> => ({
  ...messageFormats(),
  ...recordFormats(),
  ...(await documentFormats()),
  ...archiveFormats(stored, desks),
})
