/** What all parts of an office share: its ports and bounds, the topics of its desks, and what is known of one held desk. */
import type { AnyDesk } from '@triflow/kernel'
import type { CapturedState, Core, CoreLimits, Drafted } from './core.ts'
import type { Inbox } from './inbox.ts'
import type { Clock, Log, Membership, Replies, SnapshotHeader, Store, Witness } from './ports.ts'

export interface OfficeOptions {
  readonly desk: AnyDesk
  /** Desks of this kind in the cluster: the partition count, fixed when the cluster was created. */
  readonly desks: number
  readonly log: Log
  readonly store: Store
  readonly clock: Clock
  readonly replies: Replies
  readonly witness: Witness
  /** Names this process in the journal. */
  readonly owner: string
  readonly codeVersion: string
  readonly limits?: Partial<OfficeLimits>
}

export interface OfficeLimits {
  /** Least time between two fetches by who has read everything: what comes within it shares an entry. */
  readonly gatherMs: number
  readonly recordsPerEntry: number
  /** Records that must wait in a desk's inbox for its next entry to be drafted before the pen is free. */
  readonly draftAheadRecords: number
  readonly sweepStepsPerEntry: number
  readonly ticksPerEntry: number
  readonly tickEveryMs: number
  readonly inboxBytes: number
  readonly snapshotEveryEntries: number
  readonly snapshotEveryBytes: number
  readonly core?: CoreLimits
}

export const officeLimits: OfficeLimits = {
  gatherMs: 5,
  recordsPerEntry: 1_000,
  draftAheadRecords: 100,
  sweepStepsPerEntry: 1_000,
  ticksPerEntry: 200,
  tickEveryMs: 250,
  inboxBytes: 4 * 1024 * 1024,
  snapshotEveryEntries: 4_000,
  snapshotEveryBytes: 8 * 1024 * 1024,
}

export interface Premises extends OfficeOptions {
  readonly limits: OfficeLimits
  /** Topics that its desks decide on; partition p of each is read by desk p. */
  readonly inputs: readonly string[]
  /** Topic with the head of every entry of its desks. */
  readonly heads: string
  /** Our place in the group that shares the desks; undefined until we were admitted. */
  readonly membership: () => Membership | undefined
  readonly admitted: Promise<void>
  readonly stopped: () => boolean
}

export type Phase = 'loading' | 'running' | 'halted' | 'dropped'

/** A desk that is assigned to this process. */
export interface HeldDesk {
  readonly partition: number
  readonly id: string
  /** Changes with every load, so that what was begun before one is recognised afterwards. */
  epoch: number
  phase: Phase
  core: Core
  inbox: Inbox
  publishedThrough: number
  /** Decided, not yet sent to the journal: at most one, as the pen writes one entry at a time. */
  drafted: Drafted | undefined
  /** The state with that entry, when a snapshot was due. */
  captured: CapturedState | undefined
  /** Being looked up in the archive for the next draft. */
  fetching: boolean
  inserting: boolean
  entriesSinceSnapshot: number
  bytesSinceSnapshot: number
  /** The one that is stored, as far as this owner knows, and that changes are written on top of. */
  snapshot: SnapshotHeader | undefined
  savingSnapshot: boolean
  lastTickAt: number
}
