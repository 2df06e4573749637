/** Where in a Kafka frame the records' own bytes stand: what a reader's checksum of key, value and headers answers for. */
import { reading, REPLY_HEADER, REQUEST_HEADER, type KafkaRequest } from './kafka.ts'

export type Region = readonly [from: number, to: number]

/** Of a record batch, up to its first record; its CRC covers the records and part of this. */
const BATCH_HEADER = 61
const MAGIC_AT = 16
const COUNT_AT = 57

/** From its key to its end, for each record of the batches that stand whole between two places. */
const recordsBetween = (frame: Buffer, from: number, to: number): Region[] => {
  const regions: Region[] = []
  for (let batch = from; batch + BATCH_HEADER <= to;) {
    const end = batch + 12 + frame.readInt32BE(batch + 8)
    if (end > to || frame[batch + MAGIC_AT] !== 2) break
    const next = reading(frame, batch + BATCH_HEADER)
    for (let left = frame.readInt32BE(batch + COUNT_AT); left > 0; left--) {
      const length = next.varint()
      const recordEnd = next.at() + length
      next.skip(1) // attributes
      next.varint() // time
      next.varint() // offset
      regions.push([next.at(), recordEnd])
      next.skip(recordEnd - next.at())
    }
    batch = end
  }
  return regions
}

/** Produce 3 to 7, as kafkajs asks. */
const produced = (frame: Buffer): Region[] => {
  const next = reading(frame, REQUEST_HEADER)
  next.text() // client
  next.text() // transaction
  next.skip(2 + 4) // acks, timeout
  const regions: Region[] = []
  for (let topics = next.int32(); topics > 0; topics--) {
    next.text()
    for (let partitions = next.int32(); partitions > 0; partitions--) {
      next.skip(4)
      const length = next.int32()
      regions.push(...recordsBetween(frame, next.at(), next.at() + length))
      next.skip(length)
    }
  }
  return regions
}

/** Fetch 4 to 11. */
const fetched = (frame: Buffer, version: number): Region[] => {
  const next = reading(frame, REPLY_HEADER)
  next.skip(4 + (version >= 7 ? 2 + 4 : 0)) // throttle; error and session
  const regions: Region[] = []
  for (let topics = next.int32(); topics > 0; topics--) {
    next.text()
    for (let partitions = next.int32(); partitions > 0; partitions--) {
      next.skip(4 + 2 + 8 + 8 + (version >= 5 ? 8 : 0))
      for (let aborted = Math.max(0, next.int32()); aborted > 0; aborted--) next.skip(16)
      if (version >= 11) next.skip(4)
      const length = Math.max(0, next.int32())
      regions.push(...recordsBetween(frame, next.at(), next.at() + length))
      next.skip(length)
    }
  }
  return regions
}

/** Empty for frames that carry no records, and for versions that kafkajs does not speak. */
export const recordRegions = ({ about, version }: KafkaRequest, direction: 'request' | 'reply', frame: Buffer) => {
  if (about === 'Produce' && direction === 'request' && version >= 3 && version <= 7) return produced(frame)
  if (about === 'Fetch' && direction === 'reply' && version >= 4 && version <= 11) return fetched(frame, version)
  return []
}
