/**
 * Appends records so that the caller knows what stands on the log. The producer is not idempotent: kafkajs takes a
 * sequence number back after an error, so other data can be taken for a repeat and be lost; a repeat of ours is harmless,
 * for readers know it by its number or command id. Order holds because a caller keeps one call in flight.
 */
import type { Message, Producer, TopicMessages } from './kafkajs.ts'
import type { TopicPartition, WritableRecord } from '@triflow/desk'

/** Over 1 MiB to one partition in one request is refused for good by a broker with stock settings. */
const PARTITION_BYTES = 900_000
const REQUEST_BYTES = 8_000_000
const RECORD_OVERHEAD = 24
const HEADER_OVERHEAD = 4
const ACKS_ALL = -1
const BROKER_TIMEOUT_MS = 5_000

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

const sizeOf = (record: WritableRecord): number => {
  let size = RECORD_OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  for (const name in record.headers) size += HEADER_OVERHEAD + name.length + record.headers[name]!.length
  return size
}

/** Records in order, cut wherever a partition's or a request's bytes would pass their bound; a record is never cut. */
export const requestsOf = (
  records: readonly WritableRecord[],
  partitionBytes = PARTITION_BYTES,
  requestBytes = REQUEST_BYTES,
): WritableRecord[][] => {
  const requests: WritableRecord[][] = []
  let request: WritableRecord[] = []
  let total = 0
  let perPartition = new Map<string, number>()
  for (const record of records) {
    const size = sizeOf(record)
    const name = nameOf(record)
    const already = perPartition.get(name) ?? 0
    if (request.length > 0 && (total + size > requestBytes || (already > 0 && already + size > partitionBytes))) {
      requests.push(request)
      request = []
      total = 0
      perPartition = new Map()
    }
    request.push(record)
    total += size
    perPartition.set(name, (perPartition.get(name) ?? 0) + size)
  }
  if (request.length > 0) requests.push(request)
  return requests
}

/** Sends all records; resolves with those topic-partitions of which every record was named as written. */
export const publishTo = async (
  producer: Producer,
  records: readonly WritableRecord[],
): Promise<readonly TopicPartition[]> => {
  const asked = new Map<string, TopicPartition>()
  for (const record of records) {
    const name = nameOf(record)
    if (!asked.has(name)) asked.set(name, { topic: record.topic, partition: record.partition })
  }
  const unsent = new Set<string>()
  for (const request of requestsOf(records)) {
    // Once a partition was left out, its later records must not overtake what is missing.
    const sent = request.filter((record) => !unsent.has(nameOf(record)))
    if (sent.length === 0) continue
    const written = new Set<string>()
    for (const { topicName, partition, errorCode } of await producer.sendBatch({
      acks: ACKS_ALL,
      timeout: BROKER_TIMEOUT_MS,
      topicMessages: messagesOf(sent),
    })) {
      if (errorCode === 0) written.add(`${topicName}/${partition}`)
    }
    for (const record of sent) if (!written.has(nameOf(record))) unsent.add(nameOf(record))
  }
  return [...asked].filter(([name]) => !unsent.has(name)).map(([, topicPartition]) => topicPartition)
}

/** Each record is a message as it is: our writer of batches takes any bytes, where the client's own would take Buffers. */
const messagesOf = (records: readonly WritableRecord[]): TopicMessages[] => {
  const byTopic = new Map<string, WritableRecord[]>()
  for (const record of records) {
    const messages = byTopic.get(record.topic)
    if (messages) messages.push(record)
    else byTopic.set(record.topic, [record])
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages: messages as unknown as Message[] }))
}
