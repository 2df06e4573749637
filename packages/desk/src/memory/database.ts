/** What the in-memory document database keeps; each collection refuses a second document with the same id. */
import type { ArchivedItem, JournalEntry, KeyRecord, ReaderPosition, SnapshotHeader, ViewDocument } from '../ports.ts'
import type { World } from './world.ts'

/** A header as it is kept, with the names of its pieces. */
export interface KeptSnapshot extends SnapshotHeader {
  readonly chunks: readonly string[]
}

export interface Database {
  readonly world: World
  /** By desk@sequence, in the order of insertion. */
  readonly journal: Map<string, JournalEntry>
  /** Ids of the last few that were inserted: what a read that lags may not show yet. */
  readonly newest: string[]
  /** By desk: the newest stands. */
  readonly snapshotHeaders: Map<string, KeptSnapshot>
  /** By desk@sequence/writing/piece. */
  readonly snapshotChunks: Map<string, Uint8Array>
  snapshotWritings: number
  /** By kind and key, with what it was before. */
  readonly archive: Map<string, { readonly now: ArchivedItem; readonly before: ArchivedItem | undefined }>
  readonly views: Map<string, Map<string, ViewDocument>>
  readonly positions: Map<string, ReaderPosition>
  readonly keys: Map<string, KeyRecord>
}

export const createDatabase = (world: World): Database => ({
  world,
  journal: new Map(),
  newest: [],
  snapshotHeaders: new Map(),
  snapshotChunks: new Map(),
  snapshotWritings: 0,
  archive: new Map(),
  views: new Map(),
  positions: new Map(),
  keys: new Map(),
})

/** A desk's stored entries, ascending, for assertions. */
export const journalOf = (database: Database, desk: string): JournalEntry[] =>
  [...database.journal.values()].filter((entry) => entry.desk === desk).sort((a, b) => a.sequence - b.sequence)

/** What a backup holds; the rest of a database is counters. */
const collections = ['journal', 'snapshotHeaders', 'snapshotChunks', 'archive', 'views', 'positions', 'keys'] as const

export type Collection = (typeof collections)[number]

/** A backup of this moment; of `only` some collections, for one that is not of one moment. Restoring forgets all since. */
export const backUp = (database: Database, only: readonly Collection[] = collections): (() => void) => {
  const kept = only.map(
    (name) => [database[name] as Map<string, unknown>, structuredClone([...database[name]])] as const,
  )
  return () => {
    for (const [collection, documents] of kept) {
      collection.clear()
      for (const [id, document] of structuredClone(documents)) collection.set(id, document)
    }
  }
}
