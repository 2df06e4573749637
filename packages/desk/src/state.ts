/** What a desk knows: its open items and the bookkeeping that makes repeats, gaps and restarts harmless. */
import { deserialize, serialize } from 'node:v8'
import type { Keeping } from '@triflow/kernel'
import { emptyFilter, type Filter } from './filter.ts'
import { genesisHash } from './journal.ts'
import { openWorkingSet, type Shapes, type WorkingSet } from './working-set.ts'

/** The recorded outcome of a command, kept so that a repeat gets the same answer. */
export interface KnownOutcome {
  readonly bodyHash: string
  readonly status: 'accepted' | 'rejected'
  readonly code: string
  readonly detail: string
  /** Number of its CommandJudged record. */
  readonly number: number
  readonly facts: readonly string[]
  readonly at: number
}

/** A record that waits behind a dead letter of its key. */
export interface ParkedRecord {
  readonly type: string
  readonly value: Uint8Array
  readonly traceparent: string
  readonly evidence: {
    readonly desk: string
    readonly entry: bigint
    readonly index: number
    readonly sha256: string
    readonly type: string
  }
}

/** A broadcast on its way through all items. */
export interface Sweep {
  readonly type: string
  readonly value: Uint8Array
  /** Last item that is done, '' before the first. */
  after: string
  /** Item in progress and where it goes on; '' when none is. */
  current: string
  within: string
}

/** Of whatever size the desk is, this part of its state stays small. */
export interface Bookkeeping {
  sequence: number
  entryHash: Uint8Array
  at: number
  /** Records said so far. */
  number: number
  /** Number last written per "topic/partition". */
  readonly written: Map<string, number>
  /** Next offset per input topic. */
  readonly next: Map<string, number>
  /** Fingerprint of the last record consumed per input topic. */
  readonly lastHash: Map<string, string>
  /** Last record heard per "desk>topic". */
  readonly marks: Map<string, { number: number; hash: string }>
  readonly parked: Map<string, ParkedRecord[]>
  readonly sweeps: Sweep[]
  readonly archived: Filter
  shared: unknown
}

export interface DeskState extends Bookkeeping {
  readonly open: WorkingSet
  readonly items: Keeping<unknown>
  /** By command id, oldest first. */
  readonly outcomes: Keeping<KnownOutcome>
  /** Trace that an open item began with, of desks that keep it. */
  readonly traces: Keeping<string>
}

const withOpen = (bookkeeping: Bookkeeping, open: WorkingSet): DeskState => ({
  ...bookkeeping,
  open,
  items: open.map('items'),
  outcomes: open.map('outcomes'),
  traces: open.map('traces'),
})

const emptyBooks = (shared: unknown): Bookkeeping => ({
  sequence: 0,
  entryHash: genesisHash,
  at: 0,
  number: 0,
  written: new Map(),
  next: new Map(),
  lastHash: new Map(),
  marks: new Map(),
  parked: new Map(),
  sweeps: [],
  archived: emptyFilter(),
  shared,
})

export const emptyState = (shared: unknown, itemsAtHand: number): DeskState =>
  withOpen(emptyBooks(shared), openWorkingSet(itemsAtHand))

interface Kept {
  readonly books: Bookkeeping
  readonly shapes: Shapes
}

/** What a snapshot has besides what is open. */
export const freezeBooks = ({
  open,
  items: _items,
  outcomes: _outcomes,
  traces: _traces,
  ...books
}: DeskState): Uint8Array => freeze({ books, shapes: open.shapes() } satisfies Kept)

export const thawBooks = (bytes: Uint8Array, open: WorkingSet): DeskState => {
  const { books, shapes } = thaw<Kept>(bytes)
  open.learn(shapes)
  return withOpen(books, open)
}

export type Account = Bookkeeping & Readonly<Record<'items' | 'outcomes' | 'traces', ReadonlyMap<string, unknown>>>

/** All of a state as plain data, for comparing. */
export const accountOf = ({ open: _open, items, outcomes, traces, ...books }: DeskState): Account => ({
  ...books,
  items: plainly(items),
  outcomes: plainly(outcomes),
  traces: plainly(traces),
})

const plainly = (kept: Keeping<unknown>): Map<string, unknown> => {
  const all = new Map<string, unknown>()
  for (const key of kept.keys()) all.set(key, kept.peek(key))
  return all
}

/** A copy of any state as bytes. Snapshots are disposable and never compared by their bytes (ADR 0006). */
export const freeze = (value: unknown): Uint8Array => serialize(value)

export const thaw = <T>(bytes: Uint8Array): T => deserialize(bytes) as T
