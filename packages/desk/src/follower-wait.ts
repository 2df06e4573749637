/** When a view has folded everything that a desk said up to a number: the rule behind "read your own write". */
import { broadcastTopic, factsTopic } from '@triflow/contracts'
import type { ReaderPosition } from './ports.ts'
import { inputName, markName } from './reader-numbering.ts'

export interface AtLeast {
  /** service.desk-NN. */
  readonly desk: string
  /** service.desk. */
  readonly name: string
  readonly partition: number
  readonly number: number
}

/** "order.order-02#817", the form a door's answer carries. */
export const parseAtLeast = (written: string): AtLeast | undefined => {
  const match = /^([a-z]+\.[a-z]+)-([0-9]{2,6})#([0-9]{1,15})$/.exec(written)
  if (!match) return undefined
  return { desk: `${match[1]}-${match[2]}`, name: match[1]!, partition: Number(match[2]), number: Number(match[3]) }
}

/** Where a desk may say things: its own partition of its own topic, any partition of copies, or all of a broadcast. */
type Spread = 'own' | 'any' | 'all'

export const spreadOf = (desk: Pick<AtLeast, 'name'>, topic: string): Spread | undefined => {
  const own = factsTopic(desk.name)
  if (topic === own) return 'own'
  if (topic.startsWith(`${own}.by-`)) return 'any'
  if (topic === broadcastTopic) return desk.name === 'party.calendar' ? 'all' : undefined
  return topic === `triflow.${desk.name.slice(0, desk.name.indexOf('.'))}.dead-letters` ? 'any' : undefined
}

/** Ends of topics as they were after the question was asked, per "topic/partition". */
export type Ends = ReadonlyMap<string, number>

/**
 * True when nothing that `desk` said up to `number` on `topic` is still to be folded, given what readers have handled.
 *
 * A number counts all records of a desk, whatever topic they went to. On one topic-partition a desk's records stand in
 * the order of their numbers, so that partition is done once
 * (a) a record of the desk numbered `number` or higher has been handled there, or
 * (b) everything has been handled that the log held there when the question was asked. A position is told only after
 *     its entry is wholly on the log, so a record up to `number` that is not below that end does not exist.
 * The desk's own topic has only its own partition, where (a) is the quick way: the CommandJudged that a door's answer
 * points at is the last record of its command and stands there. Copies may be on any partition, and all must be done.
 * A broadcast is the same on every partition, and any one will do.
 */
export const isFolded = (
  desk: AtLeast,
  topic: string,
  partitions: readonly number[],
  handled: (partition: number) => Pick<ReaderPosition, 'next' | 'marks'> | undefined,
  ends: Ends | undefined,
): boolean => {
  const spread = spreadOf(desk, topic)
  if (!spread) return true
  const done = (partition: number): boolean => {
    const position = handled(partition)
    const mark = position?.marks[markName(desk.desk, topic, partition)]
    if (mark && mark.number >= desk.number) return true
    const end = ends?.get(inputName(topic, partition))
    return end !== undefined && (end === 0 || (position?.next[inputName(topic, partition)] ?? 0) >= end)
  }
  if (spread === 'own') return done(desk.partition)
  return spread === 'all' ? partitions.some(done) : partitions.length > 0 && partitions.every(done)
}
