/** Reads one topic from its beginning, as any other reader would, for as long as it is wanted. */
import { setTimeout as sleep } from 'node:timers/promises'
import { header, isWriterOf } from '@triflow/contracts'
import {
  deskNameOf,
  headerText,
  parsePosition,
  type Batch,
  type Log,
  type LogRecord,
  type Membership,
} from '@triflow/desk'

/**
 * Resolves when it reads: a record appended after that is seen as soon as the log hands it out. What a desk sent twice,
 * because it was not told that the log has it, is seen once.
 */
export const readTopic = async (
  log: Log,
  options: {
    readonly topic: string
    readonly group: string
    readonly onRecords: (records: readonly LogRecord[]) => void
  },
): Promise<{ stop(): Promise<void> }> => {
  const { topic, group, onRecords } = options
  const next = new Map<number, number>()
  const isRepeat = repeatsOn(topic)
  const reading = Promise.withResolvers<void>()
  const joined: { membership?: Membership } = {}
  let assigned: readonly number[] = []

  const read = (): void => {
    const { membership } = joined
    if (!membership || assigned.length === 0) return
    for (const partition of assigned) membership.seek({ topic, partition }, next.get(partition) ?? 0)
    membership.resume(assigned.map((partition) => ({ topic, partition })))
    reading.resolve()
  }

  const onBatch = ({ partition, fetchedOffset, records }: Batch): void => {
    const expected = next.get(partition) ?? 0
    // Markers of transactions take offsets too and are never handed out, so a batch may begin later than where the last ended.
    if (fetchedOffset < expected) return joined.membership?.seek({ topic, partition }, expected)
    const fresh = records.filter(({ offset }) => offset >= expected)
    if (fresh.length === 0) return
    next.set(partition, fresh.at(-1)!.offset + 1)
    onRecords(fresh.filter((record) => !isRepeat(record)))
  }

  const membership = (joined.membership = await log.join({
    group,
    topics: [topic],
    onAssigned: (partitions) => {
      assigned = partitions
      read()
    },
    onBatch,
    onRevoked: () => {},
  }))
  read()
  await reading.promise
  return { stop: () => membership.leave() }
}

/**
 * A desk's numbers only grow on each partition of a topic that it writes. What others say there has none, and who says
 * elsewhere what a desk said, as the ceiling does, hands its numbers on in an order of his own.
 */
const repeatsOn = (topic: string): ((record: LogRecord) => boolean) => {
  const newest = new Map<string, number>()
  return (record) => {
    const position = parsePosition(headerText(record, header.position))
    if (!position || !isWriterOf(deskNameOf(position.desk), topic)) return false
    const lane = `${position.desk} ${record.partition}`
    if (position.number <= (newest.get(lane) ?? -1)) return true
    newest.set(lane, position.number)
    return false
  }
}

const LOOK_EVERY_MS = 100
/** Reading is over when nothing more comes for this long. */
const REST_MS = 2_000

/** The whole topic, until nothing more comes. */
export const readAll = async (log: Log, topic: string, onRecord: (record: LogRecord) => void): Promise<void> => {
  let newsAt = 0
  const { stop } = await readTopic(log, {
    topic,
    group: `triflow.bench.read.${topic}`,
    onRecords: (records) => {
      newsAt = performance.now()
      for (const record of records) onRecord(record)
    },
  })
  newsAt = performance.now()
  while (performance.now() - newsAt < REST_MS) await sleep(LOOK_EVERY_MS)
  await stop()
}
