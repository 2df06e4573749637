/** Records that a stranger writes and nobody may believe; each becomes a dead letter of every desk that reads its topic. */
import { header, partitionsOf, type Topic } from '@triflow/contracts'
import { sealRecord, type OutgoingRecord } from '@triflow/desk'

const text = (value: string): Uint8Array => Buffer.from(value, 'utf8')

/** A field of type 7, which no protobuf message has. */
const notProtobuf = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x07])

export const badRecord = (topic: Topic, desks: number, random: () => number): OutgoingRecord => {
  const partition = Math.floor(random() * partitionsOf(topic, desks))
  const place = { topic: topic.name, partition }
  // A key of its own: what is parked behind a bad record is nobody's.
  const key = text(`nobody/${Math.floor(random() * 1e9)}`)
  const id = `stranger-${Math.floor(random() * 1e9)}`
  const bytes = Buffer.from(Array.from({ length: 40 }, () => Math.floor(random() * 256)))
  const corrupt: OutgoingRecord = { ...place, key, value: bytes, headers: {} }
  if (!topic.commands) return corrupt
  const command = (type: string, value: Uint8Array): OutgoingRecord =>
    sealRecord({
      ...place,
      key,
      value,
      headers: { [header.id]: text(id), [header.type]: text(type), [header.actor]: text('nobody') },
    })
  const kinds = [
    corrupt,
    command('triflow.order.v1.NoSuchCommand', text('x')),
    command('triflow.order.v1.SubmitOrder', notProtobuf),
    // Well formed, and of another desk's vocabulary or about nothing.
    command('triflow.order.v1.SubmitOrder', text('')),
  ]
  return kinds[Math.floor(random() * kinds.length)]!
}
