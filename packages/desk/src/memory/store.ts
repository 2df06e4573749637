/** The `Store` port over the in-memory database, for one process. */
import type { ArchivedItem, JournalEntry, SnapshotHeader, Store } from '../ports.ts'
import { copyBytes } from './copy.ts'
import type { Database } from './database.ts'
import type { Process } from './world.ts'

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

  const dropChunks = (chunks: readonly string[]): void => chunks.forEach((chunk) => void snapshotChunks.delete(chunk))

  /** Whether the header is the one that stands now; the chunks that nobody names any more go. */
  const putHeader = (header: SnapshotHeader, own: readonly string[], onTopOf: number | undefined): boolean => {
    const there = snapshotHeaders.get(header.desk)
    if (there && there.sequence >= header.sequence) {
      dropChunks(own)
      return there.sequence === header.sequence
    }
    if (onTopOf !== undefined && there?.sequence !== onTopOf) {
      dropChunks(own)
      return false
    }
    const chunks = onTopOf === undefined ? own : [...there!.chunks, ...own]
    snapshotHeaders.set(header.desk, { ...header, entryHash: copyBytes(header.entryHash), chunks })
    dropChunks((there?.chunks ?? []).filter((chunk) => !chunks.includes(chunk)))
    return true
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
    saveSnapshot: async (header, pieces, onTopOf) => {
      const id = idOf(header.desk, header.sequence)
      // Two savers may hold different bytes of one state; each has chunks of its own.
      const writing = `${id}/${database.snapshotWritings++}`
      const own: string[] = []
      for (const piece of pieces) {
        const bytes = copyBytes(piece)
        const chunk = `${writing}/${own.length}`
        await process.call(`store.snapshotChunk ${id}/${own.length}`, () => {
          snapshotChunks.set(chunk, bytes)
        })
        own.push(chunk)
      }
      return process.call(`store.snapshotHeader ${id}`, () => putHeader(header, own, onTopOf))
    },
    snapshot: (desk) =>
      process.call(`store.snapshot ${desk}`, () => {
        const kept = snapshotHeaders.get(desk)
        if (!kept) return undefined
        const { chunks, ...header } = kept
        return {
          ...header,
          entryHash: copyBytes(header.entryHash),
          async *pieces() {
            // One step for all of them: a process that seldom lives for a hundred steps could never read them one by one.
            const pieces = await process.call(`store.snapshotPieces ${desk}`, () =>
              chunks.map((chunk) => snapshotChunks.get(chunk)).map((bytes) => bytes && copyBytes(bytes)),
            )
            for (const piece of pieces) {
              yield piece
              if (!piece) return
            }
          },
        }
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
