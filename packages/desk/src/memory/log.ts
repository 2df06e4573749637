/** The `Log` port over the in-memory broker, for one process. */
import type { Log, TopicPartition, WritableRecord } from '../ports.ts'
import type { Broker } from './broker.ts'
import type { Member } from './membership.ts'
import { highOf, refuseTooLarge } from './topics.ts'
import type { Process } from './world.ts'

/** Records of each topic-partition, in their order, topic-partitions in order of appearance. */
const byPartition = (records: readonly WritableRecord[]): WritableRecord[][] => {
  const grouped = new Map<string, WritableRecord[]>()
  for (const record of records) {
    const at = `${record.topic}/${record.partition}`
    const share = grouped.get(at) ?? []
    share.push(record)
    grouped.set(at, share)
  }
  return [...grouped.values()]
}

export const createMemoryLog = (broker: Broker, process: Process): Log => {
  const { topics, world } = broker
  const joined = new Set<Member>()

  const append = (share: readonly WritableRecord[]): TopicPartition => {
    for (const record of share) topics.append(record)
    return { topic: share[0]!.topic, partition: share[0]!.partition }
  }

  const leave = (member: Member): void => {
    joined.delete(member)
    broker.leave(member)
  }

  return {
    checkTopics: (specs) => process.call('log.checkTopics', () => topics.check(specs)),
    ensureTopics: (specs) => process.call('log.ensureTopics', () => topics.ensure(specs)),
    publish: (records) => {
      const shares = byPartition(records)
      const label = `log.publish ${shares.map((share) => `${share[0]!.topic}/${share[0]!.partition}x${share.length}`).join(' ')}`
      const check = (): void => {
        for (const share of shares) topics.partition(share[0]!)
        refuseTooLarge(broker.specs, records)
      }
      return process.call(
        label,
        () => {
          check()
          return shares.filter(() => !world.happens('log.unsent')).map(append)
        },
        () => {
          check()
          const all = world.random() < 0.5
          for (const share of shares) if (all || world.random() < 0.5) append(share)
        },
      )
    },
    bounds: (topic) =>
      process.call(`log.bounds ${topic}`, () => {
        const numbers = Array.from({ length: topics.partitionsOf(topic) }, (_, partition) => partition)
        return new Map(
          numbers.map((partition) => {
            const stored = topics.partition({ topic, partition })
            return [partition, { low: stored.low, high: highOf(stored) }]
          }),
        )
      }),
    join: (joining) =>
      process.call(
        `log.join ${joining.group}`,
        () => {
          const member = broker.join(process, joining)
          joined.add(member)
          return { ...member.port, leave: () => process.call(`log.leave ${joining.group}`, () => leave(member)) }
        },
        // A client that could not join has no member.
        () => undefined,
      ),
    close: () =>
      process.call('log.close', () => {
        for (const member of [...joined]) leave(member)
      }),
  }
}
