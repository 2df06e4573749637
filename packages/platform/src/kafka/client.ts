/** One kafkajs client per service: bounded retries with jitter, its log lines given to the witness, nothing created unasked. */
import { Kafka, logLevel, RecordBatchCodec, type KafkaConfig, type logCreator } from './kafkajs.ts'
import type { Witness } from '@triflow/desk'
import { readRecordBatches } from './record-batch-reader.ts'
import { writeRecordBatch } from './record-batch-writer.ts'
import { watchedSockets } from './sockets.ts'

// For the whole process, as the client has it: its own code takes several times as long for each record.
RecordBatchCodec.read = readRecordBatches
RecordBatchCodec.write = writeRecordBatch

const CONNECT_MS = 3_000
const REQUEST_MS = 10_000

/** The same line of the client is said once in this time: an outage makes it repeat itself many times a second. */
const SAME_LINE_MS = 10_000

/**
 * A few quick attempts, then the caller hears of it: every caller of this adapter has its own way of trying again.
 * kafkajs jitters each pause by `factor`. It would also restart a crashed consumer by itself; ours is made anew instead.
 */
export const retry: KafkaConfig['retry'] = {
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  factor: 0.3,
  multiplier: 2,
  retries: 5,
  restartOnFailure: async () => false,
}

export const kafkaClient = (brokers: readonly string[], clientId: string, witness: Witness): Kafka => {
  // kafkajs warns once about its partitioner of 2.0; ours names every partition itself.
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
  return new Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    enforceRequestTimeout: true,
    retry,
    socketFactory: watchedSockets,
    logLevel: logLevel.WARN,
    logCreator: logTo(witness),
  })
}

/** kafkajs calls every failed attempt an error; whether it is one, its caller knows. */
const logTo = (witness: Witness): logCreator => {
  const said = new Map<string, number>()
  return () =>
    ({ namespace, log: { message, timestamp: _, logger: __, stack: ___, ...details } }) => {
      const now = Date.now()
      if (now - (said.get(message) ?? 0) < SAME_LINE_MS) return
      // Messages hold ports and offsets; what is remembered of them stays small.
      if (said.size > 100) said.clear()
      said.set(message, now)
      witness.say('warn', 'kafka client', { said: message, namespace, ...details })
    }
}
