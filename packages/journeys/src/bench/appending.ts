/** Appends records to a log until it has named every place that they go to. */
import type { Log, OutgoingRecord } from '@triflow/desk'

/** One call in flight per partition is the caller's to keep. An unknown result is thrown: a run that had one is no measurement. */
export const appendAll = async (log: Log, records: readonly OutgoingRecord[]): Promise<void> => {
  let left = records
  while (left.length > 0) {
    const named = new Set((await log.publish(left)).map((place) => `${place.topic}/${place.partition}`))
    left = left.filter((record) => !named.has(`${record.topic}/${record.partition}`))
  }
}
