/** The `Store` port: journals, snapshots and archive, by _id equality and $in alone. */
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import type { ArchivedItem, JournalEntry, SnapshotHeader, Store } from '@triflow/desk'
import { openedBody, packedBody, type BodyFields } from './body.ts'
import { bytesOf, stored, type Bytes } from './bytes.ts'
import type { Mongo } from './connection.ts'
import { durable, replaceEach, takenAmong, type Versioned } from './durable.ts'

const SEQUENCE_DIGITS = 12
/** Far below the 16 MB that a document may have. */
const CHUNK_BYTES = 4 * 1024 * 1024
const LINEARIZABLE_MS = 10_000
const ATTEMPTS = 10

interface EntryDocument extends BodyFields {
  readonly _id: string
  readonly desk: string
  readonly sequence: number
  /** A date, for people who look; the entry's own bytes say the same. */
  readonly at: Date
  readonly publishedThrough: number
  readonly previousHash: Bytes
  readonly hash: Bytes
}

export const entryId = (desk: string, sequence: number): string =>
  `${desk}@${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`

const documentOf = (entry: JournalEntry): EntryDocument => ({
  _id: entryId(entry.desk, entry.sequence),
  desk: entry.desk,
  sequence: entry.sequence,
  at: new Date(entry.at),
  publishedThrough: entry.publishedThrough,
  previousHash: stored(entry.previousHash),
  hash: stored(entry.hash),
  ...packedBody(entry.body),
})

const entryOf = (document: EntryDocument): JournalEntry => ({
  desk: document.desk,
  sequence: document.sequence,
  at: document.at.getTime(),
  publishedThrough: document.publishedThrough,
  previousHash: bytesOf(document.previousHash),
  hash: bytesOf(document.hash),
  body: openedBody(document),
})

/** Beside the desk's work, on threads of the pool. */
const compressed = promisify<Uint8Array, Buffer>(zstdCompress)
const decompress = promisify<Buffer, { chunkSize: number }, Buffer>(zstdDecompress)
/** A piece in one go, or two: by default each 16 kB go to a thread and back. */
const decompressed = (bytes: Buffer): Promise<Buffer> => decompress(bytes, { chunkSize: 1024 * 1024 })

/** A piece of a snapshot, compressed; a very large one goes on in the chunk after. */
interface ChunkDocument {
  readonly _id: string
  readonly bytes: Bytes
  readonly goesOn: boolean
}

/** `v` counts headers; the snapshot itself is dated by `sequence`. */
interface HeaderDocument extends Versioned {
  readonly sequence: number
  readonly entryHash: Bytes
  /** Absent in what was written before snapshots were kept in pieces. */
  readonly codeVersion?: string
  readonly wholeBytes: number
  readonly changedBytes: number
  readonly chunks: readonly string[]
}

/** `v` is the sequence of the entry that retired the item. */
interface ItemDocument extends Versioned {
  readonly bytes: Bytes
}

/** The port. All it asks for is found by _id alone. */
export const openStore = async ({
  connection,
  isReplicaSet,
}: Pick<Mongo, 'connection' | 'isReplicaSet'>): Promise<Store> => {
  const db = connection.db!
  const raw = { promoteBuffers: true } as const
  const journal = db.collection<EntryDocument>('journal', raw)
  const chunks = db.collection<ChunkDocument>('snapshotChunks', raw)
  const headers = db.collection<Versioned>('snapshots', raw)
  const items = db.collection<Versioned>('archive', raw)

  const header = async (desk: string): Promise<HeaderDocument | undefined> =>
    ((await headers.findOne({ _id: desk })) as HeaderDocument | null) ?? undefined

  const storedVersions = async (ids: string[]): Promise<Map<string, number>> => {
    const versions = new Map<string, number>()
    for await (const { _id, v } of items.find({ _id: { $in: ids } }, { projection: { v: 1 } })) versions.set(_id, v)
    return versions
  }

  return {
    insert: async (entries) => {
      if (entries.length === 0) return []
      const taken = await takenAmong(() => journal.insertMany(entries.map(documentOf), { ordered: false, ...durable }))
      return entries.map((_, index) => (taken.has(index) ? 'duplicate' : 'inserted'))
    },

    entry: async (desk, sequence) => {
      const options = isReplicaSet
        ? { readConcern: { level: 'linearizable' as const }, maxTimeMS: LINEARIZABLE_MS }
        : {}
      const document = await journal.findOne({ _id: entryId(desk, sequence) }, options)
      return document ? entryOf(document) : undefined
    },

    entries: async (desk, from, count) => {
      const ids = Array.from({ length: count }, (_, index) => entryId(desk, from + index))
      const documents = await journal.find({ _id: { $in: ids } }).toArray()
      return documents.map(entryOf).sort((a, b) => a.sequence - b.sequence)
    },

    saveSnapshot: async (snapshot, pieces, onTopOf) => {
      const { desk, sequence } = snapshot
      let own: string[] | undefined
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = await header(desk)
        const isBehind = before && before.sequence >= sequence
        if (isBehind || (onTopOf !== undefined && before?.sequence !== onTopOf)) {
          await drop(own ?? [])
          return before?.sequence === sequence
        }
        own ??= await saveChunks(snapshot, pieces)
        const named = onTopOf === undefined ? own : [...before!.chunks, ...own]
        const next: HeaderDocument = {
          _id: desk,
          v: (before?.v ?? 0) + 1,
          sequence,
          entryHash: stored(snapshot.entryHash),
          codeVersion: snapshot.codeVersion,
          wholeBytes: snapshot.wholeBytes,
          changedBytes: snapshot.changedBytes,
          chunks: named,
        }
        const lost = await replaceEach(headers, [{ from: before?.v, document: next }])
        if (lost.size > 0) continue
        // What no header names is never read again, but by a reader who holds the header before.
        if (onTopOf === undefined) await drop(before?.chunks ?? [])
        return true
      }
      await drop(own ?? [])
      throw new Error(`the snapshot of ${desk} at ${sequence} lost to others ${ATTEMPTS} times`)
    },

    snapshot: async (desk) => {
      const found = await header(desk)
      if (found?.codeVersion === undefined) return undefined
      const { sequence, entryHash, codeVersion, wholeBytes, changedBytes } = found
      return {
        desk,
        sequence,
        entryHash: bytesOf(entryHash),
        codeVersion,
        wholeBytes,
        changedBytes,
        pieces: () => piecesOf(found.chunks),
      }
    },

    archive: async (kind, archived) => {
      let newer = newestOf(archived)
      // Most items come here once, so at first none is taken to be here.
      let versions = new Map<string, number>()
      for (let attempt = 0; newer.length > 0; attempt++) {
        if (attempt === ATTEMPTS) throw new Error(`archiving ${kind} lost to others ${ATTEMPTS} times`)
        const lost = await replaceEach(
          items,
          newer.map(({ key, sequence, bytes }) => {
            const document: ItemDocument = { _id: itemId(kind, key), v: sequence, bytes: stored(bytes) }
            return { from: versions.get(document._id), document }
          }),
        )
        if (lost.size === 0) return
        versions = await storedVersions([...lost])
        newer = newer.filter(({ key, sequence }) => {
          const id = itemId(kind, key)
          return lost.has(id) && (versions.get(id) ?? -1) < sequence
        })
      }
    },

    archived: async (kind, keys) => {
      const found = new Map<string, Uint8Array>()
      if (keys.length === 0) return found
      const byId = new Map(keys.map((key) => [itemId(kind, key), key]))
      for await (const document of items.find({ _id: { $in: [...byId.keys()] } })) {
        found.set(byId.get(document._id)!, bytesOf((document as ItemDocument).bytes))
      }
      return found
    },
  }

  async function drop(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await chunks.deleteMany({ _id: { $in: [...ids] } }, durable)
  }

  async function saveChunks({ desk, sequence }: SnapshotHeader, pieces: Iterable<Uint8Array>): Promise<string[]> {
    const ids: string[] = []
    const name = `${desk}@${sequence}#${crypto.randomUUID()}`
    for (const piece of pieces) {
      const bytes = await compressed(piece)
      for (let from = 0; from === 0 || from < bytes.length; from += CHUNK_BYTES) {
        const _id = `${name}/${ids.length}`
        const goesOn = from + CHUNK_BYTES < bytes.length
        await chunks.insertOne({ _id, bytes: bytes.subarray(from, from + CHUNK_BYTES), goesOn }, durable)
        ids.push(_id)
      }
    }
    return ids
  }

  /** The next chunk is on its way while a piece is taken in. */
  async function* piecesOf(ids: readonly string[]): AsyncGenerator<Uint8Array | undefined> {
    const load = (index: number) => {
      const found = index < ids.length ? chunks.findOne({ _id: ids[index]! }) : undefined
      // Its failure is told where it is awaited; a reader may have gone by then.
      found?.catch(() => {})
      return found
    }
    let parts: Uint8Array[] = []
    let next = load(0)
    for (let index = 0; index < ids.length; index++) {
      const chunk = await next
      if (!chunk) return yield undefined
      next = load(index + 1)
      parts.push(bytesOf(chunk.bytes))
      if (chunk.goesOn) continue
      // Bytes that rotted are as good as gone.
      yield await decompressed(Buffer.concat(parts)).catch(() => undefined)
      parts = []
    }
  }
}

/** Forgets snapshots and archive, which the journals make anew: for a backup in which they are not of the journals' moment. */
export const forgetDerived = async ({ connection }: Pick<Mongo, 'connection'>): Promise<void> => {
  for (const collection of ['snapshots', 'snapshotChunks', 'archive'])
    await connection.db!.collection(collection).deleteMany({}, durable)
}

const itemId = (kind: string, key: string): string => `${kind}|${key}`

/** One item per key, the one of the highest entry. */
const newestOf = (archived: readonly ArchivedItem[]): ArchivedItem[] => {
  const newest = new Map<string, ArchivedItem>()
  for (const item of archived) {
    const known = newest.get(item.key)
    if (!known || known.sequence <= item.sequence) newest.set(item.key, item)
  }
  return [...newest.values()]
}
