/** What the desk's working day needs of the world. Each port has a real and an in-memory adapter, held to one contract suite. */

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export type Headers = Readonly<Record<string, Uint8Array>>

/** A record as a log delivers it. Bytes may be views into a larger buffer; nobody changes them. */
export interface LogRecord extends TopicPartition {
  readonly offset: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
}

/** What a log takes. Ours have a key and a value; a stranger's, written again, may lack them. */
export interface WritableRecord extends TopicPartition {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Headers
}

export interface OutgoingRecord extends WritableRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  readonly settings: Readonly<Record<string, string>>
}

export interface Batch extends TopicPartition {
  /** The offset that was asked for; the desk compares it with its own next offset. */
  readonly fetchedOffset: number
  readonly records: readonly LogRecord[]
}

export interface Joining {
  readonly group: string
  /** Partition p of all of these goes to one member. */
  readonly topics: readonly string[]
  /**
   * Least time from one fetch to the next for who has read everything: what arrives meanwhile comes together, and costs
   * one request instead of many. The first after a quiet time comes at once. A busy process may wait a little longer.
   */
  readonly gatherMs?: number
  /**
   * A new assignment, which replaces the one before; all its partitions are paused and stay so until resumed.
   * Called synchronously, before any batch of it is delivered. Positions are not to be trusted: seek every one.
   */
  readonly onAssigned: (partitions: readonly number[]) => void
  /** Never waits: takes the batch in (it may still come after a pause, a seek or a revocation). */
  readonly onBatch: (batch: Batch) => void
  /** Membership was lost; another assignment will follow unless `leave` was called. */
  readonly onRevoked: () => void
}

export interface Membership {
  pause(partitions: readonly TopicPartition[]): void
  resume(partitions: readonly TopicPartition[]): void
  /** Next delivery of this topic-partition starts at this offset. */
  seek(partition: TopicPartition, offset: number): void
  leave(): Promise<void>
}

/** A partitioned, append-only log. */
export interface Log {
  /** Creates what is missing. Throws when a topic exists with another partition count: growing is an offline re-keying. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  /** The same check later on, which creates nothing: a topic that is gone is for its readers to tell. */
  checkTopics(topics: readonly TopicSpec[]): Promise<void>
  /**
   * Appends records in order per topic-partition. Resolves with the topic-partitions that the log has named as written:
   * one not named was not sent. Throws when the result is unknown. The caller keeps one call in flight per desk.
   */
  publish(records: readonly WritableRecord[]): Promise<readonly TopicPartition[]>
  /** First offset still held and next offset to be written, for all partitions of a topic. */
  bounds(topic: string): Promise<ReadonlyMap<number, { readonly low: number; readonly high: number }>>
  join(joining: Joining): Promise<Membership>
  close(): Promise<void>
}

/** One entry of a desk's journal, as stored. `_id` is desk@sequence: only one writer can ever add a number. */
export interface JournalEntry {
  /** service.desk-NN, as in "financing.trade-03". */
  readonly desk: string
  readonly sequence: number
  readonly at: number
  readonly publishedThrough: number
  readonly previousHash: Uint8Array
  /** SHA-256 over previousHash and body. */
  readonly hash: Uint8Array
  /** An encoded triflow.desk.v1.EntryBody. */
  readonly body: Uint8Array
}

/** What a snapshot says of itself. */
export interface SnapshotHeader {
  readonly desk: string
  readonly sequence: number
  readonly entryHash: Uint8Array
  /** Other code may know items of another shape. */
  readonly codeVersion: string
  /** Bytes of the whole state that it begins with, and of the changes that follow. */
  readonly wholeBytes: number
  readonly changedBytes: number
}

/** A desk's open state at an entry: a whole state in pieces, then pieces of what has changed since, oldest first. */
export interface Snapshot extends SnapshotHeader {
  /** Undefined in place of a piece that is gone: a newer snapshot has replaced this one meanwhile, or it was damaged. */
  pieces(): AsyncIterable<Uint8Array | undefined>
}

export interface ArchivedItem {
  readonly key: string
  /** Entry that retired it; an older writer never replaces a newer item. */
  readonly sequence: number
  readonly bytes: Uint8Array
}

/** The document database, as desks use it. */
export interface Store {
  /** Inserts all that it can, in one call, and says which numbers were already taken. Throws when the result is unknown. */
  insert(entries: readonly JournalEntry[]): Promise<readonly ('inserted' | 'duplicate')[]>
  /** One entry, with linearizable read concern. */
  entry(desk: string, sequence: number): Promise<JournalEntry | undefined>
  /** Entries from..from+count-1 that exist, ascending, read by _id only. */
  entries(desk: string, from: number, count: number): Promise<readonly JournalEntry[]>
  /**
   * Pieces first, header last; an older one never replaces a newer. With `onTopOf`, they are changes since the snapshot at
   * that entry: false, and nothing is saved, when it is not the one that is stored. Throws when the result is unknown; the
   * same may be saved again.
   */
  saveSnapshot(header: SnapshotHeader, pieces: Iterable<Uint8Array>, onTopOf?: number): Promise<boolean>
  /** The newest. */
  snapshot(desk: string): Promise<Snapshot | undefined>
  archive(kind: string, items: readonly ArchivedItem[]): Promise<void>
  /**
   * Items by key; those not there are missing from the map. Must never be older than an acknowledged `archive` of this
   * process or of an owner before it: a desk that reads 'absent' where an item was decides on a fresh one.
   */
  archived(kind: string, keys: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>
}

/** A document of a view. `marks` say per source desk and topic how far it has folded. */
export interface ViewDocument {
  readonly id: string
  readonly version: number
  readonly marks: Readonly<Record<string, number>>
  readonly body: Readonly<Record<string, unknown>>
}

/** How far a reader (a view follower, a connector) has come. */
export interface ReaderPosition {
  /** Counts saves, from 1. */
  readonly version: number
  /** Next offset per "topic/partition". */
  readonly next: Readonly<Record<string, number>>
  /** Number and hash (hex) of the last record per "desk>topic". */
  readonly marks: Readonly<Record<string, { readonly number: number; readonly hash: string }>>
}

/** Disposable, queryable documents folded from facts. */
export interface Views {
  load(view: string, ids: readonly string[]): Promise<ReadonlyMap<string, ViewDocument>>
  /** Writes each document if the stored version is `version - 1` (or absent for 1); returns the ids that lost. */
  save(view: string, documents: readonly ViewDocument[]): Promise<readonly string[]>
  /** By one equality, ascending by id, after an id. */
  list(
    view: string,
    query: { readonly field?: string; readonly value?: string; readonly after: string; readonly limit: number },
  ): Promise<readonly ViewDocument[]>
  position(reader: string): Promise<ReaderPosition | undefined>
  /** Saves it if the stored version is `version - 1` (or absent for 1); false when it is another. */
  savePosition(reader: string, position: ReaderPosition): Promise<boolean>
}

/** What a door remembers of a request: enough to log the same command again, and to tell a repeat from a misuse. */
export interface KeyRecord {
  readonly id: string
  readonly bodyHash: Uint8Array
  readonly desk: string
  readonly key: string
  readonly type: string
  readonly command: Uint8Array
  readonly actor: string
}

export interface Keys {
  /** Claims each id once; answers, in order, the record that was there before, or undefined when this claim is the first. */
  claim(records: readonly KeyRecord[]): Promise<readonly (KeyRecord | undefined)[]>
  /** Claimed records, ascending by id, after an id. */
  list(after: string, limit: number): Promise<readonly KeyRecord[]>
}

export interface Outcome {
  readonly commandId: string
  readonly status: 'accepted' | 'rejected'
  readonly code: string
  readonly detail: string
  /** "financing.trade-03#817". */
  readonly position: string
  readonly facts: readonly string[]
}

/** Tells doors, by the address they gave with their command, what became of it. A lost reply is only slower. */
export interface Replies {
  deliver(address: string, outcomes: readonly Outcome[]): void
}

/** Time and turns. */
export interface Clock {
  now(): number
  sleep(ms: number): Promise<void>
  /** Runs in a later turn of the event loop, after what is already due. */
  soon(task: () => void): void
}

/** Where the runtime says what it does; adapters turn it into log lines and metrics. */
export interface Witness {
  say(level: 'debug' | 'info' | 'warn' | 'error', event: string, details?: Readonly<Record<string, unknown>>): void
  /** Adds to a counter or observes a duration; names are in contracts. */
  count(name: string, value: number, labels?: Readonly<Record<string, string>>): void
  observe(name: string, value: number, labels?: Readonly<Record<string, string>>): void
}
