/** Reads one topic from its beginning, as any other reader would, for as long as it is wanted. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch, Log, LogRecord, Membership } from '@triflow/desk'

/** Resolves when it reads: a record appended after that is seen as soon as the log hands it out. */
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
    onRecords(fresh)
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

const LOOK_EVERY_MS = 100
/** Reading is over when nothing more comes for this long. */
const REST_MS = 2_000

/** The whole topic, until nothing more comes. */
export const readAll = async (log: Log, topic: string, onRecord: (record: LogRecord) => void): Promise<void> => {
  let newsAt = performance.now()
  const { stop } = await readTopic(log, {
    topic,
    group: `triflow.bench.read.${topic}`,
    onRecords: (records) => {
      newsAt = performance.now()
      for (const record of records) onRecord(record)
    },
  })
  while (performance.now() - newsAt < REST_MS) await sleep(LOOK_EVERY_MS)
  await stop()
}
