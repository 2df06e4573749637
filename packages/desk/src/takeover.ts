/** Loading a desk from what is stored: the newest complete snapshot, then every later entry, in order. */
import type { AnyDesk } from '@triflow/kernel'
import { createCore, Halted, type Core, type CoreLimits } from './core.ts'
import { chainHash, genesisHash, sameBytes } from './journal.ts'
import type { Clock, JournalEntry, Snapshot, SnapshotHeader, Store } from './ports.ts'

/** Entries read at once; one may hold a megabyte and more. */
const PAGE = 50
/** Bytes folded before others get their turn: heartbeats among them, without which the group takes the desks away. */
const FOLDED_IN_A_ROW = 1_000_000

export interface Restored {
  readonly core: Core
  /** What it was loaded from. */
  readonly snapshot: SnapshotHeader | undefined
  /** Entries whose facts are not known to be on the log. */
  readonly unpublished: readonly JournalEntry[]
  readonly publishedThrough: number
  /** Entries folded since the snapshot, and their bytes: how much a restart had to read. */
  readonly folded: number
  readonly foldedBytes: number
}

/** Restores a desk at the tail of its journal. Checks the chain on the way; yields between pages and large entries. */
export const restore = async (
  desk: AnyDesk,
  partition: number,
  desks: number,
  store: Store,
  clock: Clock,
  codeVersion: string,
  limits?: CoreLimits,
): Promise<Restored> => {
  const core = createCore(desk, partition, desks, limits)
  const snapshot = await loadSnapshot(core, store, clock, codeVersion)
  let next = (snapshot?.sequence ?? 0) + 1
  let hash = snapshot?.entryHash ?? genesisHash
  let tail: JournalEntry | undefined
  let folded = 0
  let foldedBytes = 0
  let inARow = 0
  const recent: JournalEntry[] = []
  for (;;) {
    const page = await store.entries(core.id, next, PAGE)
    for (const entry of page) {
      if (entry.sequence !== next) break
      checkLink(entry, hash)
      core.fold(entry)
      recent.push(entry)
      tail = entry
      hash = entry.hash
      next += 1
      folded += 1
      foldedBytes += entry.body.length
      inARow += entry.body.length
      if (inARow >= FOLDED_IN_A_ROW) {
        inARow = 0
        await clock.sleep(0)
      }
    }
    if (tail) dropPublished(recent, tail.publishedThrough)
    if (page.length < PAGE || next <= page.at(-1)!.sequence) break
    await clock.sleep(0)
  }
  core.ready()
  tail ??= snapshot ? await store.entry(core.id, snapshot.sequence) : undefined
  const publishedThrough = tail?.publishedThrough ?? 0
  const first = recent[0]?.sequence ?? next
  const earlier = await between(store, core.id, publishedThrough + 1, first)
  return { core, snapshot, unpublished: [...earlier, ...recent], publishedThrough, folded, foldedBytes }
}

/** Times that a snapshot may be replaced while it is being read. */
const REPLACED_MOST = 5

/** Snapshots are disposable: one that cannot be read costs a longer way through the journal, nothing else. */
const loadSnapshot = async (
  core: Core,
  store: Store,
  clock: Clock,
  codeVersion: string,
): Promise<SnapshotHeader | undefined> => {
  let before: number | undefined
  for (let attempt = 0; attempt < REPLACED_MOST; attempt++) {
    const snapshot = await store.snapshot(core.id)
    // One that lacks pieces and is still the one is damaged.
    if (!snapshot || snapshot.codeVersion !== codeVersion || snapshot.sequence === before) break
    const read = await loaded(core, snapshot, clock)
    if (read === 'whole') return snapshot
    if (read === 'unreadable') break
    before = snapshot.sequence
  }
  core.clear()
  return undefined
}

const loaded = async (
  core: Core,
  snapshot: Snapshot,
  clock: Clock,
): Promise<'whole' | 'lacks pieces' | 'unreadable'> => {
  const loading = core.loading()
  for await (const piece of snapshot.pieces()) {
    if (!piece) return 'lacks pieces'
    if (!succeeds(() => loading.take(piece))) return 'unreadable'
    await clock.sleep(0)
  }
  return succeeds(() => loading.done()) ? 'whole' : 'unreadable'
}

const succeeds = (work: () => void): boolean => {
  try {
    work()
    return true
  } catch {
    return false
  }
}

const dropPublished = (entries: JournalEntry[], publishedThrough: number): void => {
  const keep = entries.findIndex((entry) => entry.sequence > publishedThrough)
  entries.splice(0, keep < 0 ? entries.length : keep)
}

const checkLink = (entry: JournalEntry, previousHash: Uint8Array): void => {
  if (
    !sameBytes(entry.previousHash, previousHash) ||
    !sameBytes(entry.hash, chainHash(entry.previousHash, entry.body))
  ) {
    throw new Halted('chain-broken', `${entry.desk}@${entry.sequence} does not follow the entry before it`)
  }
}

const between = async (store: Store, desk: string, from: number, to: number): Promise<JournalEntry[]> => {
  const found: JournalEntry[] = []
  for (let next = from; next < to; next += PAGE)
    found.push(...(await store.entries(desk, next, Math.min(PAGE, to - next))))
  if (found.length === Math.max(0, to - from)) return found
  // A read of several may be stale; only a linearizable one proves that an entry is not there.
  const known = new Map(found.map((entry) => [entry.sequence, entry]))
  const complete: JournalEntry[] = []
  for (let next = from; next < to; next++) {
    const entry = known.get(next) ?? (await store.entry(desk, next))
    if (!entry) throw new Halted('journal-incomplete', `${desk} lacks entry ${next}`)
    complete.push(entry)
  }
  return complete
}
