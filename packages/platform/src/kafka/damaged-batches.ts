/**
 * Whether a fetched batch is worth being fetched again. The client looks at no CRC, and a record's own checksum does not
 * cover its offset: a damaged batch could hide a record. What stays damaged is judged record by record, as rot on a
 * broker's disk must not stop a topic for ever.
 */
import type { TopicPartition, Witness } from '@triflow/desk'
import type { FetchedRecord } from './record-batch-reader.ts'

/** Times a batch whose CRC is wrong is fetched again. */
const REFETCHES = 2

/** Asked about each fetch; true when it is to be left and asked for again. */
export const damagedBatches = (witness: Witness) => {
  const suspects = new Map<string, { readonly offset: number; readonly times: number }>()

  return (
    { topic, partition }: TopicPartition,
    records: readonly Pick<FetchedRecord, 'offset' | 'batchContext'>[],
  ): boolean => {
    // Its last record tells a damaged batch from others, wherever it is read from.
    const offset = records.findLast(({ batchContext }) => batchContext.damaged)?.offset
    if (offset === undefined) return false
    const known = suspects.get(`${topic}/${partition}`)
    const times = known?.offset === offset ? known.times + 1 : 1
    suspects.set(`${topic}/${partition}`, { offset, times })
    if (times > REFETCHES) return false
    witness.count('batches_damaged_total', 1, { topic })
    witness.say('warn', 'batch-refetch', { topic, partition, offset, times })
    return true
  }
}
