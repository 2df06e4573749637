/** What a service stands on: database and log, reached however late they start, and the shape the cluster was given. */
import {
  anchorsTopic,
  broadcastTopic,
  commandsTopic,
  deadLettersTopic,
  deskEntry,
  headsTopic,
  partitionsOf,
  topics,
  topicSettings,
} from '@triflow/contracts'
import type { Clock, Log, TopicSpec } from '@triflow/desk'
import type { ServiceConfig } from './config.ts'
import { openKafkaLog } from './kafka/log.ts'
import { PartitionsDiffer } from './kafka/topics.ts'
import { connectMongo, UnfitDatabase, type Mongo } from './mongo/connection.ts'
import { durable } from './mongo/durable.ts'
import { openMembers } from './mongo/members.ts'
import { CannotGoOn, untilItWorks } from './retrying.ts'
import type { ServiceWitness } from './witness.ts'

export interface World {
  readonly mongo: Mongo
  readonly log: Log
}

const isHopeless = (error: unknown): boolean =>
  error instanceof CannotGoOn || error instanceof UnfitDatabase || error instanceof PartitionsDiffer

/** Resolves once both engines serve and the topics are there; undefined when stopped before; throws what no retry mends. */
export const reachWorld = async (options: {
  readonly config: ServiceConfig
  readonly clientId: string
  readonly clock: Clock
  readonly witness: ServiceWitness
  readonly topics: readonly TopicSpec[]
  readonly stopped: () => boolean
}): Promise<World | undefined> => {
  const { config, clientId, clock, witness, stopped } = options
  const patience = { clock, witness, stopped, isHopeless }
  const mongo = await untilItWorks('database', () => connectMongo({ url: config.mongoUrl, clock, witness }), patience)
  if (!mongo) return undefined
  let log: Log | undefined
  try {
    await untilItWorks('cluster', () => checkDeskCount(mongo, config.desks), patience)
    const { brokers, member } = config
    const members = member === undefined ? undefined : openMembers(mongo, member, witness)
    log = await untilItWorks('log', () => openKafkaLog({ brokers, clientId, members, clock, witness }), patience)
    const reached = log
    if (reached) await untilItWorks('topics', () => reached.ensureTopics(options.topics), patience)
    if (reached && !stopped()) return { mongo, log: reached }
  } catch (error) {
    await leaveWorld({ mongo, log })
    throw error
  }
  await leaveWorld({ mongo, log })
  return undefined
}

export const leaveWorld = async ({
  mongo,
  log,
}: {
  readonly mongo: Mongo
  readonly log: Log | undefined
}): Promise<void> => {
  await log?.close()
  await mongo.close()
}

interface ClusterDocument {
  readonly _id: 'desks'
  readonly desks: number
}

/** The number of desks decides which desk judges a key; it is written down by the first service and never changes. */
export const checkDeskCount = async ({ connection }: Pick<Mongo, 'connection'>, desks: number): Promise<void> => {
  const cluster = connection.db!.collection<ClusterDocument>('cluster')
  await cluster.updateOne({ _id: 'desks' }, { $setOnInsert: { desks } }, { upsert: true, ...durable })
  const written = await cluster.findOne({ _id: 'desks' })
  if (written && written.desks === desks) return
  throw new CannotGoOn(
    `This cluster was created with ${written?.desks} desks of each kind, and TRIFLOW_DESKS says ${desks}: changing it would send keys to other desks. Set TRIFLOW_DESKS=${written?.desks}, or start from an empty cluster.`,
  )
}

/** Topics that these desks read or write, and those that views and connectors hear. */
export const topicsFor = (deskNames: readonly string[], heard: readonly string[], desks: number): TopicSpec[] => {
  const names = new Set<string>(heard)
  for (const name of deskNames) {
    const own = [
      commandsTopic(name),
      headsTopic(name),
      deadLettersTopic(name),
      broadcastTopic,
      anchorsTopic,
      ...deskEntry(name).hears,
    ]
    for (const topic of own) names.add(topic)
    // A desk's facts, and the same told again under other desks' keys.
    for (const { name: topic } of topics)
      if (topic === `triflow.${name}` || topic.startsWith(`triflow.${name}.by-`)) names.add(topic)
  }
  return topics
    .filter(({ name }) => names.has(name))
    .map((topic) => ({ name: topic.name, partitions: partitionsOf(topic, desks), settings: topicSettings }))
}
