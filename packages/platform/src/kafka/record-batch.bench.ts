/**
 * What a record costs inside the client, by its own code and by ours, side by side:
 * `node packages/platform/src/kafka/record-batch.bench.ts`. From messages to the bytes of a produce request, and from the
 * bytes of a fetch to messages in a batch; no broker, no sockets. Eight headers, as every fact has them.
 */
import { createRequire } from 'node:module'
import { formatPosition } from '@triflow/desk'
import { readRecordBatches } from './record-batch-reader.ts'
import { writeRecordBatch, type WrittenMessage } from './record-batch-writer.ts'

const RECORDS = 300
const REPEATS = 60
const ROUNDS = 9
const SIZES = [170, 700]

const require = createRequire(import.meta.url)
const produce = require('kafkajs/src/protocol/requests/produce/v7/request.js') as (request: object) => object
const createRequest = require('kafkajs/src/protocol/request.js') as (of: object) => Promise<{ buffer: Buffer }>
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object
const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as (
  decoder: object,
) => Promise<object[]>
const Batch = require('kafkajs/src/consumer/batch.js') as new (topic: string, from: string, data: object) => object
const codec = require('kafkajs/src/protocol/recordBatch/codec.js') as {
  read: typeof readRecordBatches | undefined
  write: typeof writeRecordBatch | undefined
}

const messagesOf = (size: number): WrittenMessage[] =>
  Array.from({ length: RECORDS }, (_, i) => {
    // Sixteen facts to an entry, which share its time and are counted in it.
    const entry = 100 + (i >> 4)
    const position = { desk: 'financing.trade-03', entry, index: i & 15, number: 1_000 + i, previous: 999 + i }
    return {
      key: Buffer.from(`acme/PO-${i}`),
      value: Buffer.alloc(size, i),
      headers: {
        ce_specversion: Buffer.from('1.0'),
        ce_id: Buffer.from(`financing.trade-03#${1_000 + i}`),
        ce_source: Buffer.from('/triflow/financing/trade'),
        ce_type: Buffer.from('triflow.financing.v1.ShareMatched'),
        ce_time: Buffer.from(new Date(1_790_000_000_000 + entry).toISOString()),
        'content-type': Buffer.from('application/protobuf'),
        'triflow-position': Buffer.from(formatPosition(position)),
        'triflow-checksum': Buffer.from((0xdeadb000 + i).toString(16)),
      },
    }
  })

const requestOf = async (messages: readonly WrittenMessage[]): Promise<Buffer> => {
  const topicData = [{ topic: 'triflow.financing.trade.facts', partitions: [{ partition: 3, messages }] }]
  const request = produce({ acks: -1, timeout: 5_000, topicData })
  return (await createRequest({ correlationId: 1, clientId: 'financing', request })).buffer
}

/** A fetched record set, with its length before it. */
const fetchOf = (messages: readonly WrittenMessage[]): Buffer => {
  const batch = writeRecordBatch({ messages, producerId: -1, producerEpoch: 0, firstSequence: 0, transactional: false })
  const length = Buffer.alloc(4)
  length.writeInt32BE(batch.length)
  return Buffer.concat([length, batch])
}

const read = async (fetched: Buffer): Promise<object> =>
  new Batch('triflow.financing.trade.facts', '0', {
    partition: 3,
    highWatermark: String(RECORDS),
    abortedTransactions: [],
    messages: await decodeMessages(new Decoder(fetched)),
  })

const microsecondsPerRecord = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage()
  for (let i = 0; i < REPEATS; i++) await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / REPEATS / RECORDS
}

const median = (figures: readonly number[]): number => figures.toSorted((a, b) => a - b)[figures.length >> 1]!

console.log('CPU per record, µs (median of rounds in turn)   client   ours   ratio')
for (const size of SIZES) {
  const messages = messagesOf(size)
  const fetched = fetchOf(messages)
  const works = { produced: () => requestOf(messages), consumed: () => read(fetched) }
  for (const [name, work] of Object.entries(works)) {
    const theirs: number[] = []
    const ours: number[] = []
    // The first round of each only warms up.
    for (let round = 0; round <= ROUNDS; round++) {
      Object.assign(codec, { read: undefined, write: undefined })
      const client = await microsecondsPerRecord(work)
      Object.assign(codec, { read: readRecordBatches, write: writeRecordBatch })
      const own = await microsecondsPerRecord(work)
      if (round === 0) continue
      theirs.push(client)
      ours.push(own)
    }
    const [client, own] = [median(theirs), median(ours)]
    console.log(
      `${name}, ${size} bytes`.padEnd(46) +
        [client.toFixed(2), own.toFixed(2), (client / own).toFixed(1)].map((text) => text.padStart(8)).join(''),
    )
  }
}
