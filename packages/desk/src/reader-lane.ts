/** One partition of everything a reader hears: where it stands in each topic, and what it believes of each desk. */
import { broadcastTopic, decodeMessage, header, isKnownMessage } from '@triflow/contracts'
import type { Typed } from '@triflow/kernel'
import type { LogRecord, ReaderPosition, Witness } from './ports.ts'
import { inputName, inputOf, judgeNumber, type Mark, markName } from './reader-numbering.ts'
import { fingerprint, headerText, parsePosition } from './record.ts'
import type { Said } from './views.ts'

export interface Heard {
  readonly fact: Typed & Record<string, unknown>
  readonly said: Said
  readonly partition: number
}

export interface ReaderInput {
  readonly topic: string
  readonly partition: number
  /** Next offset to be taken into the inbox. */
  next: number
  /** A batch began elsewhere, and the log is being asked whether it moved away under us. */
  checking: boolean
  /** A record whose checksum failed, and how often it was fetched again. */
  suspect?: { readonly offset: number; fetchedAgain: number }
}

export interface Lane {
  readonly partition: number
  readonly inputs: ReadonlyMap<string, ReaderInput>
  /** Marks after everything judged; ahead of `handled` while facts are in a handler's hands. */
  readonly marks: Map<string, Mark>
  /** Offsets and marks after everything a handler has finished: what may be saved. */
  readonly handled: { readonly next: Record<string, number>; readonly marks: Record<string, Mark> }
  /** What the store holds as far as is known here. */
  saved: ReaderPosition
  unsaved: boolean
}

/** Why a reader stopped. Only a person can say how to go on. */
export interface Halt {
  readonly reason: 'position-outside-log' | 'rebuild-first' | 'record-missing' | 'desk-forked'
  readonly topic: string
  readonly partition: number
  readonly detail: string
}

type Bounds = ReadonlyMap<number, { readonly low: number; readonly high: number }>

/** The lane as it was saved, or why it cannot go on from there. A topic without this partition is no part of it. */
export const openLane = (
  partition: number,
  saved: ReaderPosition | undefined,
  bounds: ReadonlyMap<string, Bounds>,
): Lane | Halt => {
  const inputs = new Map<string, ReaderInput>()
  const next: Record<string, number> = {}
  for (const [topic, partitions] of bounds) {
    const held = partitions.get(partition)
    if (!held) continue
    const name = inputName(topic, partition)
    const at = saved?.next[name]
    if (at === undefined && held.low > 0) {
      const detail = `never read here, and the log begins at ${held.low}: rebuild first`
      return { reason: 'rebuild-first', topic, partition, detail }
    }
    const from = at ?? 0
    if (from < held.low || from > held.high) {
      const detail = `next offset ${from} is not within ${held.low}..${held.high}`
      return { reason: 'position-outside-log', topic, partition, detail }
    }
    inputs.set(topic, { topic, partition, next: from, checking: false })
    next[name] = from
  }
  const marks = new Map(Object.entries(saved?.marks ?? {}))
  return {
    partition,
    inputs,
    marks,
    handled: { next, marks: Object.fromEntries(marks) },
    saved: saved ?? { version: 0, next: {}, marks: {} },
    unsaved: false,
  }
}

/**
 * The position to save: per input whichever has come further, with its marks. An owner whose assignment has ended
 * without its knowing saves late, and must not move back what its successor has saved.
 */
export const furthest = ({ handled, saved }: Pick<Lane, 'handled' | 'saved'>): ReaderPosition => {
  const isTheirs = (input: string): boolean => (saved.next[input] ?? -1) > (handled.next[input] ?? -1)
  const marks = { ...handled.marks }
  for (const [name, mark] of Object.entries(saved.marks)) if (isTheirs(inputOf(name))) marks[name] = mark
  const next = { ...handled.next }
  for (const [input, offset] of Object.entries(saved.next)) if (isTheirs(input)) next[input] = offset
  return { version: saved.version + 1, next, marks }
}

export const isHalt = (opened: Lane | Halt): opened is Halt => 'reason' in opened

/** What a run of records of one topic-partition came to. */
export interface Judged {
  readonly heard: readonly Heard[]
  readonly marks: ReadonlyMap<string, Mark>
}

const skip = (witness: Witness, reader: string, record: LogRecord, reason: string, detail: string): void => {
  const { topic, partition, offset } = record
  witness.say('error', 'reader-dead-letter', { reader, topic, partition, offset, reason, detail })
  witness.count('triflow_reader_dead_letters', 1, { reader, topic, reason })
}

/**
 * Judges records (whose checksums held) in order and moves the lane's marks. A record that is no fact, has a type this
 * code does not know or bytes that do not parse is counted and passed over; a loss or a fork ends in a Halt.
 */
export const judgeRecords = (
  lane: Lane,
  records: readonly LogRecord[],
  reader: string,
  witness: Witness,
): Judged | Halt => {
  const heard: Heard[] = []
  const moved = new Map<string, Mark>()
  for (const record of records) {
    const { topic, partition } = record
    const position = parsePosition(headerText(record, header.position))
    if (!position) {
      skip(witness, reader, record, 'no-position', headerText(record, header.id))
      continue
    }
    const name = markName(position.desk, topic, partition)
    const mark = lane.marks.get(name)
    const sha256 = fingerprint(record)
    const numbering = judgeNumber(mark, position, sha256)
    if (numbering === 'duplicate') {
      witness.count('triflow_reader_duplicates', 1, { reader, topic })
      continue
    }
    if (numbering !== 'next') {
      const detail = `${position.desk} said ${position.number} after ${position.previous} at offset ${record.offset}; last heard ${mark?.number ?? 0}`
      return { reason: numbering === 'missing' ? 'record-missing' : 'desk-forked', topic, partition, detail }
    }
    const now = { number: position.number, hash: sha256 }
    lane.marks.set(name, now)
    moved.set(name, now)
    const type = headerText(record, header.type)
    if (!isKnownMessage(type)) {
      witness.count('triflow_reader_unknown_types', 1, { reader, topic })
      continue
    }
    // The desks refuse it, too: whatever is keyed by nothing is about nothing.
    if (topic !== broadcastTopic && !record.key?.length) {
      skip(witness, reader, record, 'no-key', type)
      continue
    }
    try {
      const fact = decodeMessage(type, record.value ?? new Uint8Array()) as Typed & Record<string, unknown>
      heard.push({ fact, said: saidOf(record, position, sha256), partition })
    } catch (error) {
      skip(witness, reader, record, 'undecodable', String(error))
    }
  }
  return { heard, marks: moved }
}

const text = new TextDecoder()

const saidOf = (record: LogRecord, position: NonNullable<ReturnType<typeof parsePosition>>, sha256: string): Said => ({
  topic: record.topic,
  desk: position.desk,
  number: position.number,
  entry: position.entry,
  index: position.index,
  sha256,
  key: record.key ? text.decode(record.key) : '',
  at: Date.parse(headerText(record, header.time)),
  traceparent: headerText(record, header.traceparent),
})
