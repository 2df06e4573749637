/** Creates topics that are missing and refuses those whose partitions do not fit the number of desks. */
import type { Admin } from './kafkajs.ts'
import type { TopicSpec } from '@triflow/desk'

const CREATE_MS = 15_000
const ROUNDS = 5
/** With three brokers or more, one may be lost; below that there is nothing to copy to. */
const COPIES = 3

/** A topic exists with other partitions than the platform was set up for: keys would be judged by other desks. */
export class PartitionsDiffer extends Error {
  constructor(differing: readonly { readonly topic: string; readonly has: number; readonly wants: number }[]) {
    const list = differing.map(({ topic, has, wants }) => `${topic} has ${has} and should have ${wants}`).join('; ')
    super(
      `The number of partitions is fixed when a cluster is created, and changing it is an offline re-keying: ${list}.`,
    )
    this.name = 'PartitionsDiffer'
  }
}

export const ensureTopicsBy = async (admin: Admin, topics: readonly TopicSpec[]): Promise<void> => {
  for (let round = 1; ; round++) {
    const existing = new Set(await admin.listTopics())
    const missing = topics.filter(({ name }) => !existing.has(name))
    if (missing.length > 0) await create(admin, missing)
    const settled = await checkTopicsBy(admin, topics)
    if (settled) return
    if (round === ROUNDS) throw new Error('The log has not told of all topics that were created; it may be starting.')
  }
}

/** Several services create the same topics at once; that one exists already is as good. */
const create = async (admin: Admin, topics: readonly TopicSpec[]): Promise<void> => {
  const { brokers } = await admin.describeCluster()
  try {
    await admin.createTopics({
      waitForLeaders: true,
      timeout: CREATE_MS,
      topics: topics.map(({ name, partitions, settings }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: brokers.length >= COPIES ? COPIES : 1,
        configEntries: Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
      })),
    })
  } catch (error) {
    if (!alreadyThere(error)) throw error
  }
}

const alreadyThere = (error: unknown): boolean => {
  const { errors, type } = error as { errors?: unknown[]; type?: string }
  if (type === 'TOPIC_ALREADY_EXISTS') return true
  return Array.isArray(errors) && errors.length > 0 && errors.every(alreadyThere)
}

/** True when all are there and fit; false when the log does not know one of them. Creates nothing. */
export const checkTopicsBy = async (admin: Admin, topics: readonly TopicSpec[]): Promise<boolean> => {
  const wanted = new Map(topics.map(({ name, partitions }) => [name, partitions]))
  const known = new Set(await admin.listTopics())
  const there = [...wanted.keys()].filter((name) => known.has(name))
  if (there.length === 0) return false // asked for none, the client would tell of all
  const { topics: described } = await admin.fetchTopicMetadata({ topics: there })
  const differing = described
    .map(({ name, partitions }) => ({ topic: name, has: partitions.length, wants: wanted.get(name)! }))
    .filter(({ has, wants }) => has !== wants)
  if (differing.length > 0) throw new PartitionsDiffer(differing)
  return there.length === wanted.size
}
