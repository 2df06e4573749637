/** What a desk knows: its open items and the bookkeeping that makes repeats, gaps and restarts harmless. */
import { deserialize, serialize } from 'node:v8'
import { emptyFilter, type Filter } from './filter.ts'
import { genesisHash } from './journal.ts'

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

export interface DeskState {
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
  readonly outcomes: Map<string, KnownOutcome>
  readonly parked: Map<string, ParkedRecord[]>
  readonly sweeps: Sweep[]
  readonly archived: Filter
  readonly items: Map<string, unknown>
  /** Trace that an open item began with, of desks that keep it. */
  readonly traces: Map<string, string>
  shared: unknown
}

export const emptyState = (shared: unknown): DeskState => ({
  sequence: 0,
  entryHash: genesisHash,
  at: 0,
  number: 0,
  written: new Map(),
  next: new Map(),
  lastHash: new Map(),
  marks: new Map(),
  outcomes: new Map(),
  parked: new Map(),
  sweeps: [],
  archived: emptyFilter(),
  items: new Map(),
  traces: new Map(),
  shared,
})

/** A copy of any state as bytes. Snapshots are disposable and never compared by their bytes (ADR 0006). */
export const freeze = (value: unknown): Uint8Array => serialize(value)

export const thaw = <T>(bytes: Uint8Array): T => deserialize(bytes) as T
