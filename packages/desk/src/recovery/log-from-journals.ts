/**
 * Rebuilds a lost log from the journals, so that every position that desks and readers have saved is right again. What a
 * desk has taken in is kept in its journal as it came, offset by offset; what nobody has taken in yet is said again by
 * the journals of those who said it; commands on their way are kept with their doors' keys.
 */
import { commandsTopic, deskWire, header, isHeadsTopic, partitionOfKey } from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import { consumedRecord } from '../folding.ts'
import { openEntry } from '../journal.ts'
import type { Clock, KeyRecord, Keys, Log, Store } from '../ports.ts'
import { recordsOf } from '../publishing.ts'
import { inputName, markName } from '../reader-numbering.ts'
import { commandRecord, headerText, isIntact, parsePosition } from '../record.ts'
import { openAppender, type Appender } from './appending.ts'
import { entriesOf } from './entries.ts'
import { placesOf, topicsOf, type Place } from './places.ts'
import { RecoveryRefused } from './refused.ts'

export interface LogFromJournals {
  /** Every desk of the cluster: a topic is rebuilt from its readers and its writers. */
  readonly desks: readonly AnyDesk[]
  /** Desks of each kind that has more than one. */
  readonly desksPerKind: number
  readonly log: Log
  readonly store: Pick<Store, 'entries' | 'entry'>
  readonly keys: Pick<Keys, 'list'>
  readonly clock: Clock
  /** Names groups on the log that nobody else uses. */
  readonly reader: string
  /** Of these commands, those whose outcome is on record; the others are looked up in the journals. */
  readonly answered?: (commandIds: readonly string[]) => Promise<ReadonlySet<string>>
  readonly onProgress?: (done: number, of: number, what: string) => void
}

export interface RebuiltLog {
  /** Records written again at the offsets at which desks had read them. */
  readonly consumed: number
  /** Records of desks that no desk has read yet, or that none reads. */
  readonly said: number
  /** Commands that were not judged yet. */
  readonly commands: number
  /** Per "topic/partition": up to this offset everything stands where it stood. A reader may go on from there or before. */
  readonly exact: ReadonlyMap<string, number>
}

const KEYS_PAGE = 1_000

export const rebuildLog = async (options: LogFromJournals): Promise<RebuiltLog> => {
  const { desks, desksPerKind, log, clock, onProgress } = options
  await refuseUnlessEmpty(options)
  const places = placesOf(desks, desksPerKind)
  const appender = openAppender(log, clock, options.reader)
  const open = await unanswered(options)
  const marks = new Map<string, number>()
  let done = 0
  const step = (what: string): void => onProgress?.(done++, places.length * 2, what)
  for (const place of places) {
    step(`what ${place.id} read`)
    await writeConsumed(options, place, appender, marks)
  }
  const exact = new Map<string, number>()
  for (const topic of topicsOf(options.desks))
    for (const partition of (await log.bounds(topic)).keys())
      exact.set(inputName(topic, partition), appender.next(topic, partition))
  const consumed = [...exact.values()].reduce((sum, count) => sum + count, 0)
  let said = 0
  for (const place of places) {
    step(`what ${place.id} said`)
    said += await writeSaid(options, place, appender, marks, open)
  }
  const commands = await writeCommands(options, appender, open)
  await appender.finish()
  return { consumed, said, commands, exact }
}

/** Offsets are only right on a log that has nothing yet. */
const refuseUnlessEmpty = async (options: LogFromJournals): Promise<void> => {
  for (const topic of topicsOf(options.desks))
    for (const [partition, { high }] of await options.log.bounds(topic))
      if (high > 0)
        throw new RecoveryRefused(
          'log-not-empty',
          `${topic}/${partition} holds ${high} records; a log is rebuilt from nothing`,
        )
}

/** Writes what a desk has taken in where nobody wrote it yet; of several readers of a topic the furthest has the most. */
const writeConsumed = async (
  { store }: LogFromJournals,
  { partition, id }: Place,
  appender: Appender,
  marks: Map<string, number>,
): Promise<void> => {
  for await (const entry of entriesOf(store, id)) {
    const body = openEntry(entry)
    for (const record of body.records) {
      if (record.input < 0) continue
      const consumed = consumedRecord(body, record)
      const { topic, offset } = consumed
      const next = appender.next(topic, partition)
      if (offset < next) continue
      if (offset > next)
        throw new RecoveryRefused(
          'offsets-missing',
          `${id}@${entry.sequence} read ${topic}/${partition} at ${offset}, and nobody read ${next}: the topic had holes, as transactions of other programs leave them`,
        )
      await appender.append(consumed)
      const position = isIntact(consumed) ? parsePosition(headerText(consumed, header.position)) : undefined
      if (position) raise(marks, markName(position.desk, topic, partition), position.number)
    }
  }
}

/** A record that was written again takes a reader back to nothing. */
const raise = (marks: Map<string, number>, name: string, number: number): void =>
  void marks.set(name, Math.max(number, marks.get(name) ?? 0))

/** Says again what a desk has said and no desk has read; takes commands that it has judged off the open ones. */
const writeSaid = async (
  { store }: LogFromJournals,
  { desk, partition, id }: Place,
  appender: Appender,
  marks: Map<string, number>,
  open: Map<string, KeyRecord>,
): Promise<number> => {
  let said = 0
  for await (const entry of entriesOf(store, id)) {
    const body = openEntry(entry)
    for (const { type, value } of body.facts)
      if (type === 'triflow.desk.v1.CommandJudged') open.delete(deskWire.CommandJudged.decode(value).commandId)
    for (const record of recordsOf(desk.name, partition, entry, body)) {
      const mark = markName(id, record.topic, record.partition)
      const number = parsePosition(headerText(record, header.position))?.number ?? 0
      if (!isHeadsTopic(record.topic) && number <= (marks.get(mark) ?? 0)) continue
      await appender.append(record)
      said += 1
    }
  }
  return said
}

/** Commands that doors took and whose outcome is not on record, by id. */
const unanswered = async ({ keys, answered }: LogFromJournals): Promise<Map<string, KeyRecord>> => {
  const open = new Map<string, KeyRecord>()
  for (let after = ''; ;) {
    const page = await keys.list(after, KEYS_PAGE)
    const known = await answered?.(page.map(({ id }) => id))
    for (const record of page) if (!known?.has(record.id)) open.set(record.id, record)
    if (page.length < KEYS_PAGE) return open
    after = page.at(-1)!.id
  }
}

/** Nobody waits for these any more; who asks again with the same key gets their outcome. */
const writeCommands = async (
  { log }: LogFromJournals,
  appender: Appender,
  open: ReadonlyMap<string, KeyRecord>,
): Promise<number> => {
  for (const { id, desk, key, type, command, actor } of open.values()) {
    const topic = commandsTopic(desk)
    const partition = partitionOfKey(Buffer.from(key, 'utf8'), (await log.bounds(topic)).size)
    await appender.append(
      commandRecord(topic, partition, { commandId: id, type, key, bytes: command, actor, reply: '', traceparent: '' }),
    )
  }
  return open.size
}
