/**
 * Membership of a consumer group, with positions managed by the reader alone. kafkajs rewinds on every rejoin, jumps when
 * out of range and may deliver after a revocation: so all partitions are paused, synchronously, inside the event that
 * tells of an assignment, and nothing it believes about positions is ever used; each batch says where it was asked from.
 */
import type { Cluster, Consumer, EachBatchPayload, Kafka } from './kafkajs.ts'
import type { Batch, Clock, Joining, LogRecord, Membership, TopicPartition, Witness } from '@triflow/desk'
import { copartitionAssigner, type Holding } from './assigner.ts'
import { retry } from './client.ts'
import { damagedBatches } from './damaged-batches.ts'
import { busyLately, stretched } from './pace.ts'
import type { FetchedRecord } from './record-batch-reader.ts'

const SESSION_MS = 6_000
const HEARTBEAT_MS = 1_000
const REBALANCE_MS = 10_000
/** Fetches wait this long for data, and a partition that is resumed waits at most this long to be asked for again. */
const FETCH_WAIT_MS = 100
const FETCH_BYTES = 8 * 1024 * 1024
const CONCURRENTLY = 16
const BACKOFF_LEAST_MS = 200
const BACKOFF_MOST_MS = 2_000
/** A consumer that has not fetched, joined or failed for this long is stuck inside its client. */
const STUCK_MS = 30_000
const FORGET_ATTEMPTS = 8
const FORGET_PAUSE_MS = 250
/** What a client that cannot reach its broker is given to say goodbye. */
const LEAVE_MS = 5_000

/**
 * Remembers members beyond their process: the broker gives a dead one six seconds to come back, and whoever is started in
 * its place knows that it will not. A living one that is taken out by mistake joins again.
 */
export interface Members {
  /** Id of the member of this group that was here last, if any. */
  before(group: string): Promise<string | undefined>
  joined(group: string, memberId: string): void
}

export interface JoinOptions {
  readonly kafka: Kafka
  readonly members: Members | undefined
  readonly clock: Clock
  readonly witness: Witness
  readonly bytesPerPartition: number
}

/** Joins and stays a member until told to leave, whatever becomes of the client beneath. */
export const joinGroup = (
  { kafka, members, clock, witness, bytesPerPartition }: JoinOptions,
  joining: Joining,
): Membership => {
  const { group, gatherMs = 0 } = joining
  const topics = [...joining.topics]
  let consumer: Consumer | undefined
  /** Still claimed when joining again, so that a rebalance moves as little as it can. */
  let held: Holding = { partitions: [], since: 0 }
  let assignedNow = false
  /** Still to be taken out of the group: of an earlier life here, or of the process before this one. */
  let memberBefore: string | undefined
  let isFirstLife = true
  let left = false
  let wake: () => void = () => {}
  const fetchAgain = damagedBatches(witness)

  const revoke = (): void => {
    if (!assignedNow) return
    assignedNow = false
    joining.onRevoked()
  }

  /** One life of a kafkajs consumer; resolves when it has ended and another is needed. */
  const live = async (): Promise<void> => {
    let cluster: Cluster | undefined
    const mine = kafka.consumer({
      groupId: group,
      partitionAssigners: [
        (config) => {
          cluster = config.cluster
          return copartitionAssigner(() => held)(config)
        },
      ],
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      minBytes: 1,
      maxBytes: FETCH_BYTES,
      maxBytesPerPartition: bytesPerPartition,
      allowAutoTopicCreation: false,
      readUncommitted: true,
      retry,
    })
    let heardAt = clock.now()
    let over = false
    const ended = new Promise<void>((resolve) => {
      const end = (): void => {
        over = true
        resolve()
      }
      wake = end
      mine.on(mine.events.CRASH, ({ payload }) => {
        witness.count('consumer_crashes_total', 1, { group })
        witness.say('warn', 'consumer crashed', { group, error: payload.error.message })
        end()
      })
      const watch = async (): Promise<void> => {
        while (!over) {
          await clock.sleep(STUCK_MS / 6)
          if (over || clock.now() - heardAt < STUCK_MS) continue
          witness.say('error', 'consumer is stuck and is made anew', { group })
          end()
        }
      }
      void watch()
    })
    const heard = (): void => {
      heardAt = clock.now()
    }
    mine.on(mine.events.FETCH_START, heard)
    mine.on(mine.events.HEARTBEAT, heard)
    mine.on(mine.events.REBALANCING, () => {
      heard()
      witness.count('rebalances_total', 1, { group })
      if (!over) revoke()
    })
    mine.on(mine.events.GROUP_JOIN, ({ payload }) => {
      heard()
      if (over || left) return
      const assigned = [...new Set(Object.values(payload.memberAssignment).flat())].sort((a, b) => a - b)
      mine.pause(topics.map((topic) => ({ topic, partitions: payload.memberAssignment[topic] ?? [] })))
      held = { partitions: assigned, since: clock.now() }
      memberBefore = payload.memberId
      members?.joined(group, payload.memberId)
      assignedNow = true
      witness.say('info', 'joined group', { group, partitions: assigned })
      joining.onAssigned(assigned)
    })
    consumer = mine
    const started = (async () => {
      await mine.connect()
      await mine.subscribe({ topics, fromBeginning: true })
      if (isFirstLife) memberBefore = await members?.before(group)
      isFirstLife = false
      if (memberBefore && cluster) await forget(cluster, group, memberBefore, clock)
      memberBefore = undefined
      await mine.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: CONCURRENTLY,
        eachBatch: async (payload) => {
          heard()
          if (!over) take(payload)
          if (gatherMs > 0 && !gathering && isLast(payload.batch)) await gather()
        },
      })
    })()
    // `run` also resolves after a failed first join, which then tells of a crash.
    started.catch((error: Error) => {
      if (!over) witness.say('warn', 'could not join group yet', { group, error: error.message })
      wake()
    })
    await ended
    consumer = undefined
    revoke()
    await Promise.race([mine.disconnect().catch(() => {}), clock.sleep(LEAVE_MS)])
  }

  let gathering = false
  /**
   * The client fetches again once all batches of a fetch have been handled, so one of them waits for all: as many as waited
   * would hold back those for which it has no hand free.
   */
  const gather = async (): Promise<void> => {
    gathering = true
    await clock.sleep(stretched(gatherMs, busyLately()))
    gathering = false
  }

  const take = ({ batch, resolveOffset, isStale, isRunning }: EachBatchPayload): void => {
    // A seek since this was asked for wins: the client applies it before it asks again, but only if nothing resolves now.
    if (isStale() || !isRunning()) return
    const { messages } = batch
    const last = messages[messages.length - 1]
    // What is not resolved is asked for again.
    if (!last || fetchAgain(batch, fetchedIn(batch))) return
    resolveOffset(last.offset)
    try {
      joining.onBatch(batchOf(batch))
    } catch (error) {
      // Thrown into the client, it would look like a failing fetch and be repeated for ever.
      witness.say('error', 'a reader threw on a batch', {
        group,
        topic: batch.topic,
        partition: batch.partition,
        error,
      })
    }
  }

  const stay = async (): Promise<void> => {
    for (let attempt = 0; !left; attempt++) {
      const began = clock.now()
      await live().catch((error: Error) => witness.say('error', 'group membership failed', { group, error }))
      if (left) return
      if (clock.now() - began > STUCK_MS) attempt = 0
      const most = Math.min(BACKOFF_MOST_MS, BACKOFF_LEAST_MS * 2 ** attempt)
      await clock.sleep(most / 2 + (Math.random() * most) / 2)
    }
  }
  const staying = stay()

  /** A consumer between two lives has nothing to pause or seek; its next assignment begins anew anyway. */
  const whileAlive = (act: (consumer: Consumer) => void): void => {
    if (!consumer || left) return
    try {
      act(consumer)
    } catch (error) {
      witness.say('debug', 'consumer was not running', { group, error })
    }
  }

  return {
    pause: (partitions) => whileAlive((alive) => alive.pause(byTopic(partitions))),
    resume: (partitions) => whileAlive((alive) => alive.resume(byTopic(partitions))),
    seek: ({ topic, partition }, offset) => {
      // The client takes -1 and -2 for latest and earliest.
      if (!Number.isSafeInteger(offset) || offset < 0)
        throw new Error(`${topic}/${partition} cannot be read from ${offset}`)
      whileAlive((alive) => alive.seek({ topic, partition, offset: String(offset) }))
    },
    leave: async () => {
      left = true
      wake()
      await staying
    },
  }
}

/**
 * Takes the member that a lost consumer was out of the group, which would otherwise wait for it to come back, a session
 * timeout on top of every outage. kafkajs says goodbye by the same request, but not for a consumer that crashed.
 */
const forget = async (cluster: Cluster, groupId: string, memberId: string, clock: Clock): Promise<void> => {
  const { findGroupCoordinator } = cluster as unknown as {
    findGroupCoordinator(of: { groupId: string }): Promise<Coordinator>
  }
  for (let attempt = 0; attempt < FORGET_ATTEMPTS; attempt++) {
    try {
      const coordinator = await findGroupCoordinator.call(cluster, { groupId })
      await coordinator.leaveGroup({ groupId, memberId })
      return
    } catch (error) {
      if ((error as { type?: string }).type === 'UNKNOWN_MEMBER_ID') return
      // A broker that has just started is loading its groups; at worst the timeout does it.
      await clock.sleep(FORGET_PAUSE_MS)
    }
  }
}

interface Coordinator {
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>
}

const byTopic = (partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] => {
  const grouped = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const known = grouped.get(topic)
    if (known) known.push(partition)
    else grouped.set(topic, [partition])
  }
  return [...grouped].map(([topic, numbers]) => ({ topic, partitions: numbers }))
}

/** What our reader of batches has made of a fetch; the client hands it on as messages of its own kind. */
const fetchedIn = (batch: EachBatchPayload['batch']): readonly FetchedRecord[] =>
  batch.messages as unknown as readonly FetchedRecord[]

const batchOf = (batch: EachBatchPayload['batch']): Batch => {
  const { topic, partition } = batch
  const records = fetchedIn(batch).map(({ offset, key, value, headers }): LogRecord => ({
    topic,
    partition,
    offset,
    key,
    value,
    headers,
  }))
  return { topic, partition, fetchedOffset: fetchedOffsetOf(batch), records }
}

/** Nothing was left on the log after it when it was fetched. */
const isLast = ({ highWatermark, messages }: EachBatchPayload['batch']): boolean =>
  messages.length === 0 || Number(messages[messages.length - 1]!.offset) + 1 >= Number(highWatermark)

/** The client has it and its types do not. */
const fetchedOffsetOf = (batch: EachBatchPayload['batch']): number =>
  Number((batch as unknown as { readonly fetchedOffset: string }).fetchedOffset)
