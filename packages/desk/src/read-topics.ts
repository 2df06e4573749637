/** Reads topics from their first record to their end, as they are now, without disturbing anybody's position. */
import { randomUUID } from 'node:crypto'
import type { Log, LogRecord } from './ports.ts'

/** Calls `visit` for every record of the topics; resolves when the ends seen at the start have been reached. */
export const readTopics = async (
  log: Log,
  topics: readonly string[],
  visit: (record: LogRecord) => void,
): Promise<void> => {
  const ends = new Map<string, number>()
  const next = new Map<string, number>()
  for (const topic of topics) {
    for (const [partition, { low, high }] of await log.bounds(topic)) {
      ends.set(`${topic}/${partition}`, high)
      next.set(`${topic}/${partition}`, low)
    }
  }
  const open = new Set([...ends].filter(([place, end]) => next.get(place)! < end).map(([place]) => place))
  if (open.size === 0) return
  const done = Promise.withResolvers<void>()
  const joined = Promise.withResolvers<void>()
  let assigned: readonly number[] = []
  const membership = await log.join({
    group: `triflow.reading.${randomUUID()}`,
    topics,
    onAssigned: (partitions) => {
      assigned = partitions
      joined.resolve()
    },
    onRevoked: () => {},
    onBatch: (batch) => {
      const place = `${batch.topic}/${batch.partition}`
      if (!open.has(place)) return
      if (batch.fetchedOffset !== next.get(place)) return membership.seek(batch, next.get(place)!)
      for (const record of batch.records) {
        if (record.offset >= ends.get(place)!) break
        next.set(place, record.offset + 1)
        visit(record)
      }
      if (next.get(place)! >= ends.get(place)!) {
        open.delete(place)
        membership.pause([batch])
        if (open.size === 0) done.resolve()
      }
    },
  })
  await joined.promise
  const wanted = topics
    .flatMap((topic) => assigned.map((partition) => ({ topic, partition })))
    .filter((p) => open.has(`${p.topic}/${p.partition}`))
  for (const place of wanted) membership.seek(place, next.get(`${place.topic}/${place.partition}`)!)
  membership.resume(wanted)
  await done.promise
  await membership.leave()
}
