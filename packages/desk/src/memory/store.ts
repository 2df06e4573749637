/** The `Store` port over the in-memory database, for one process. */
import type { ArchivedItem, JournalEntry, Store } from '../ports.ts'
import { copyBytes } from './copy.ts'
import type { Database, SnapshotHeader } from './database.ts'
import type { Process } from './world.ts'

const chunkBytes = 64 * 1024

const copyEntry = (entry: JournalEntry): JournalEntry => ({
  desk: entry.desk,
  sequence: entry.sequence,
  at: entry.at,
  publishedThrough: entry.publishedThrough,
  previousHash: copyBytes(entry.previousHash),
  hash: copyBytes(entry.hash),
  body: copyBytes(entry.body),
})

const idOf = (desk: string, sequence: number): string => `${desk}@${sequence}`

const archiveId = (kind: string, key: string): string => `${kind}\u0000${key}`

/** As many of the newest entries as a read that lags may not show yet. */
const mostUnseen = 3

export const createMemoryStore = (database: Database, process: Process): Store => {
  const { world, journal, newest, snapshotHeaders, snapshotChunks, archive } = database

  const insertOne = (entry: JournalEntry): 'inserted' | 'duplicate' => {
    const id = idOf(entry.desk, entry.sequence)
    if (journal.has(id)) return 'duplicate'
    journal.set(id, copyEntry(entry))
    newest.push(id)
    if (newest.length > mostUnseen) newest.shift()
    return 'inserted'
  }

  const archiveOne = (kind: string, item: ArchivedItem): void => {
    const id = archiveId(kind, item.key)
    const there = archive.get(id)
    if (there && there.now.sequence >= item.sequence) return
    archive.set(id, { now: { ...item, bytes: copyBytes(item.bytes) }, before: there?.now })
  }

  /** The bytes behind a header. Throws when a chunk is missing: whoever wrote the header first has lost the state. */
  const assemble = ({ desk, writing, chunks }: SnapshotHeader): Uint8Array => {
    const parts: Uint8Array[] = []
    for (let index = 0; index < chunks; index++) {
      const part = snapshotChunks.get(`${writing}/${index}`)
      if (!part) throw new Error(`the snapshot of ${desk} lacks chunks that its header names`)
      parts.push(part)
    }
    return new Uint8Array(Buffer.concat(parts))
  }

  const dropChunks = ({ writing, chunks }: SnapshotHeader): void => {
    for (let index = 0; index < chunks; index++) snapshotChunks.delete(`${writing}/${index}`)
  }

  /** The newer of two stands, and the chunks of the other go. */
  const putHeader = (header: SnapshotHeader): void => {
    const there = snapshotHeaders.get(header.desk)
    const isNewer = !there || there.sequence < header.sequence
    if (isNewer) snapshotHeaders.set(header.desk, header)
    const obsolete = isNewer ? there : header
    if (obsolete) dropChunks(obsolete)
  }

  return {
    insert: (entries) => {
      const copies = entries.map(copyEntry)
      return process.call(
        `store.insert ${entries.map((entry) => idOf(entry.desk, entry.sequence)).join(' ')}`,
        () => copies.map(insertOne),
        () => copies.filter(() => world.random() < 0.7).forEach(insertOne),
      )
    },
    entry: (desk, sequence) =>
      process.call(`store.entry ${idOf(desk, sequence)}`, () => {
        const found = journal.get(idOf(desk, sequence))
        return found && copyEntry(found)
      }),
    entries: (desk, from, count) =>
      process.call(`store.entries ${desk} ${from}+${count}`, () => {
        const unseen = world.happens('store.staleEntries') ? 1 + Math.floor(world.random() * mostUnseen) : 0
        const hidden = newest.slice(newest.length - unseen)
        const found: JournalEntry[] = []
        for (let sequence = from; sequence < from + count; sequence++) {
          const entry = journal.get(idOf(desk, sequence))
          if (entry && !hidden.includes(idOf(desk, sequence))) found.push(copyEntry(entry))
        }
        return found
      }),
    saveSnapshot: async (snapshot) => {
      const bytes = copyBytes(snapshot.bytes)
      const entryHash = copyBytes(snapshot.entryHash)
      const { desk, sequence } = snapshot
      const chunks = Math.ceil(bytes.length / chunkBytes)
      // Two savers may hold different bytes of one state; each has chunks of its own.
      const writing = `${idOf(desk, sequence)}/${database.snapshotWritings++}`
      for (let index = 0; index < chunks; index++) {
        const part = bytes.slice(index * chunkBytes, (index + 1) * chunkBytes)
        await process.call(`store.snapshotChunk ${idOf(desk, sequence)}/${index}`, () => {
          snapshotChunks.set(`${writing}/${index}`, part)
        })
      }
      const header = { desk, sequence, entryHash, chunks, writing }
      await process.call(`store.snapshotHeader ${idOf(desk, sequence)}`, () => putHeader(header))
    },
    snapshot: (desk) =>
      process.call(`store.snapshot ${desk}`, () => {
        const header = snapshotHeaders.get(desk)
        if (!header) return undefined
        const { sequence, entryHash } = header
        return { desk, sequence, entryHash: copyBytes(entryHash), bytes: assemble(header) }
      }),
    archive: (kind, items) => {
      const copies = items.map((item) => ({ ...item, bytes: copyBytes(item.bytes) }))
      return process.call(
        `store.archive ${kind} x${items.length}`,
        () => copies.forEach((item) => archiveOne(kind, item)),
        () => copies.filter(() => world.random() < 0.5).forEach((item) => archiveOne(kind, item)),
      )
    },
    archived: (kind, keys) =>
      process.call(`store.archived ${kind} x${keys.length}`, () => {
        const found = new Map<string, Uint8Array>()
        for (const key of keys) {
          const item = archive.get(archiveId(kind, key))
          const shown = item && world.happens('store.staleArchive') ? item.before : item?.now
          if (shown) found.set(key, copyBytes(shown.bytes))
        }
        return found
      }),
  }
}
