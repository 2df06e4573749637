/** The `Log` port on Kafka. This folder is the only place that knows kafkajs. */
import type { Admin, Producer } from './kafkajs.ts'
import type { Clock, Log, Membership, Witness } from '@triflow/desk'
import { kafkaClient } from './client.ts'
import { joinGroup, type Members } from './membership.ts'
import { publishTo } from './publishing.ts'
import { checkTopicsBy, ensureTopicsBy } from './topics.ts'

const BYTES_PER_PARTITION = 256 * 1024

export interface KafkaLogOptions {
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Left out, a member that died is given the whole session timeout. */
  readonly members?: Members | undefined
  readonly clock: Clock
  readonly witness: Witness
  /** Most that one fetch brings of one partition; it bounds the batch that a desk is given at once. */
  readonly bytesPerPartition?: number
}

/** Connects; throws when no broker answers, for the caller to try again. */
export const openKafkaLog = async ({
  brokers,
  clientId,
  members,
  clock,
  witness,
  bytesPerPartition = BYTES_PER_PARTITION,
}: KafkaLogOptions): Promise<Log> => {
  const kafka = kafkaClient(brokers, clientId, witness)
  const producer: Producer = kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition!,
  })
  const admin: Admin = kafka.admin()
  const memberships = new Set<Membership>()
  try {
    await Promise.all([producer.connect(), admin.connect()])
  } catch (error) {
    await Promise.allSettled([producer.disconnect(), admin.disconnect()])
    throw error
  }
  return {
    ensureTopics: async (topics) => ensureTopicsBy(admin, topics),
    checkTopics: async (topics) => {
      await checkTopicsBy(admin, topics)
    },
    publish: async (records) => publishTo(producer, records),
    bounds: async (topic) => {
      const bounds = new Map<number, { low: number; high: number }>()
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
        bounds.set(partition, { low: Number(low), high: Number(high) })
      return bounds
    },
    join: async (joining) => {
      const membership = joinGroup({ kafka, members, clock, witness, bytesPerPartition }, joining)
      memberships.add(membership)
      return {
        ...membership,
        leave: async () => {
          memberships.delete(membership)
          await membership.leave()
        },
      }
    },
    close: async () => {
      await Promise.allSettled([...memberships].map((membership) => membership.leave()))
      await Promise.allSettled([producer.disconnect(), admin.disconnect()])
    },
  }
}
