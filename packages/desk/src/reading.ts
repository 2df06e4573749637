/** Reads ranges of topics once, without disturbing anybody's position: for verify and for recovery. */
import { randomUUID } from 'node:crypto'
import { topicNamed } from '@triflow/contracts'
import type { Log, LogRecord, Membership, TopicPartition } from './ports.ts'
import { isIntact } from './record.ts'

/** Offsets from `from` up to, not including, `to`. */
export interface Range extends TopicPartition {
  readonly from: number
  readonly to: number
}

const placeOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/** A byte may have been flipped on the way; one that stays wrong is wrong on the log, and is handed over so. */
const REFETCHES = 2

/** All that the topics hold now. */
export const wholeOf = async (log: Log, topics: readonly string[]): Promise<Range[]> => {
  const ranges: Range[] = []
  for (const topic of topics)
    for (const [partition, { low, high }] of await log.bounds(topic))
      ranges.push({ topic, partition, from: low, to: high })
  return ranges
}

/**
 * Calls `visit` for every record of the ranges, which must lie within their topics; a partition's records come in their
 * order. `reader` begins the names of its groups, which nobody else may use.
 */
export const readRanges = async (
  log: Log,
  reader: string,
  ranges: readonly Range[],
  visit: (record: LogRecord) => void,
): Promise<void> => {
  for (const [kind, together] of Map.groupBy(ranges, ({ topic }) => topicNamed(topic).partitions))
    await readTogether(log, `${reader}.${kind}`, together, visit)
}

/** One group reads co-partitioned topics only. */
const readTogether = async (
  log: Log,
  group: string,
  ranges: readonly Range[],
  visit: (record: LogRecord) => void,
): Promise<void> => {
  const open = new Map(ranges.filter(({ from, to }) => from < to).map((range) => [placeOf(range), range]))
  if (open.size === 0) return
  const topics = [...new Set([...open.values()].map(({ topic }) => topic))]
  const next = new Map([...open].map(([place, { from }]) => [place, from]))
  const suspects = new Map<string, { offset: number; times: number }>()
  const fetchAgain = (place: string, offset: number): boolean => {
    const times = suspects.get(place)?.offset === offset ? suspects.get(place)!.times + 1 : 1
    suspects.set(place, { offset, times })
    return times <= REFETCHES
  }
  const done = Promise.withResolvers<void>()
  let membership: Membership | undefined = undefined
  const resume = (): void => {
    const wanted = [...open.values()]
    for (const range of wanted) membership?.seek(range, next.get(placeOf(range))!)
    membership?.resume(wanted)
  }
  membership = await log.join({
    group,
    topics,
    onAssigned: resume,
    onRevoked: () => undefined,
    onBatch: (batch) => {
      const place = placeOf(batch)
      const range = open.get(place)
      if (!range) return
      if (batch.fetchedOffset !== next.get(place)) return membership?.seek(batch, next.get(place)!)
      for (const record of batch.records) {
        if (record.offset >= range.to) break
        if (!isIntact(record) && fetchAgain(place, record.offset)) return membership?.seek(batch, record.offset)
        next.set(place, record.offset + 1)
        visit(record)
      }
      const last = batch.records.at(-1)
      if (last && last.offset + 1 < range.to) return
      open.delete(place)
      membership?.pause([batch])
      if (open.size === 0) done.resolve()
    },
  })
  // An assignment may have come before joining returned.
  resume()
  await done.promise
  await membership.leave()
}

/** Calls `visit` for every record of the topics; resolves when the ends seen at the start have been reached. */
export const readTopics = async (
  log: Log,
  topics: readonly string[],
  visit: (record: LogRecord) => void,
): Promise<void> => readRanges(log, `triflow.reading.${randomUUID()}`, await wholeOf(log, topics), visit)
