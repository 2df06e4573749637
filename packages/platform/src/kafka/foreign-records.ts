/** Does to topics what a program or a person that is not ours would: no checks, no headers, no value. For tests only. */
import { systemClock } from '../clock.ts'
import { unheard } from '../testing.ts'
import { kafkaClient } from './client.ts'

export interface ForeignRecord {
  readonly topic: string
  readonly partition: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, Uint8Array>>
}

export interface Written extends ForeignRecord {
  readonly offset: number
}

const buffer = (bytes: Uint8Array | null): Buffer | null => (bytes ? Buffer.from(bytes) : null)

/** Appends one record after the other, so that each one's offset is known. */
export const writeForeign = async (
  brokers: readonly string[],
  records: readonly ForeignRecord[],
): Promise<Written[]> => {
  const producer = kafkaClient(brokers, 'somebody-else', unheard).producer({
    allowAutoTopicCreation: false,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition!,
  })
  await producer.connect()
  try {
    const written: Written[] = []
    for (const record of records) {
      const { topic, partition, key, value, headers } = record
      const message = {
        partition,
        key: buffer(key),
        value: buffer(value),
        headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, Buffer.from(bytes)])),
        timestamp: String(systemClock.now()),
      }
      const [answer] = await producer.send({ topic, acks: -1, messages: [message] })
      written.push({ ...record, offset: Number(answer!.baseOffset) })
    }
    return written
  } finally {
    await producer.disconnect()
  }
}

/** Gives a topic more partitions behind everybody's back, as an operator who means well would. */
export const growTopic = async (brokers: readonly string[], topic: string, partitions: number): Promise<void> => {
  const admin = kafkaClient(brokers, 'somebody-else', unheard).admin()
  await admin.connect()
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] })
  } finally {
    await admin.disconnect()
  }
}
