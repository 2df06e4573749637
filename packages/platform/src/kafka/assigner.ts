/**
 * Gives partition p of every topic to the same member, and leaves it with the member that has it: kafkajs ships only a
 * round-robin over all topics, which would tear a desk's inputs apart. It has its own protocol name, so that no other
 * assigner can ever serve our groups.
 */
import { AssignerProtocol, type PartitionAssigner } from './kafkajs.ts'

const NAME = 'triflow-copartition'
const VERSION = 1

/** What a member says it holds, and since when: of two that claim the same partition the later assignment is right. */
export interface Holding {
  readonly partitions: readonly number[]
  readonly since: number
}

export interface Claimant {
  readonly id: string
  readonly holding: Holding
}

const nothingHeld: Holding = { partitions: [], since: 0 }

/**
 * Partitions 0..count-1 over members: counts differ by at most one, and as much as that allows stays where it is.
 * Every order is by number or id, so each leader would decide the same.
 */
export const assignSticky = (count: number, members: readonly Claimant[]): Map<string, number[]> => {
  const given = new Map<string, number[]>(members.map(({ id }) => [id, []]))
  if (members.length === 0) return given
  const holders = holdersOf(count, members)
  const claims = (id: string): number[] =>
    [...holders].filter(([, holder]) => holder === id).map(([partition]) => partition)
  const byClaims = [...members].sort((a, b) => claims(b.id).length - claims(a.id).length || (a.id < b.id ? -1 : 1))
  const base = Math.floor(count / members.length)
  const limits = new Map(byClaims.map(({ id }, rank) => [id, rank < count % members.length ? base + 1 : base]))
  const free: number[] = []
  for (const { id } of byClaims) {
    const claimed = claims(id).sort((a, b) => a - b)
    given.set(id, claimed.slice(0, limits.get(id)!))
  }
  const kept = new Set([...given.values()].flat())
  for (let partition = 0; partition < count; partition++) if (!kept.has(partition)) free.push(partition)
  for (const { id } of byClaims) {
    const share = given.get(id)!
    share.push(...free.splice(0, limits.get(id)! - share.length))
    share.sort((a, b) => a - b)
  }
  return given
}

const holdersOf = (count: number, members: readonly Claimant[]): Map<number, string> => {
  const holders = new Map<number, string>()
  const later = [...members].sort((a, b) => b.holding.since - a.holding.since || (a.id < b.id ? -1 : 1))
  for (const { id, holding } of later) {
    for (const partition of holding.partitions) {
      if (partition < count && !holders.has(partition)) holders.set(partition, id)
    }
  }
  return holders
}

const encodeHolding = ({ partitions, since }: Holding): Buffer => Buffer.from(JSON.stringify({ partitions, since }))

/** Bytes from another process are believed only as far as they make sense; nonsense costs stickiness, nothing else. */
const decodeHolding = (bytes: Buffer | null | undefined): Holding => {
  try {
    const read = JSON.parse(bytes?.toString('utf8') ?? '') as Holding
    const sound =
      Array.isArray(read.partitions) &&
      read.partitions.every((p) => Number.isInteger(p) && p >= 0) &&
      Number.isFinite(read.since)
    return sound ? { partitions: read.partitions, since: read.since } : nothingHeld
  } catch {
    return nothingHeld
  }
}

/** The assigner as kafkajs wants it; `held` tells what this member holds at the moment it joins. */
export const copartitionAssigner =
  (held: () => Holding): PartitionAssigner =>
  ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: encodeHolding(held()) }),
    }),
    assign: async ({ members, topics }) => {
      const partitionsOf = new Map(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]))
      const joined = members.map(({ memberId, memberMetadata }) => {
        const metadata = AssignerProtocol.MemberMetadata.decode(memberMetadata)
        return { id: memberId, holding: decodeHolding(metadata?.userData), topics: metadata?.topics ?? topics }
      })
      const given = assignSticky(Math.max(0, ...partitionsOf.values()), joined)
      return joined.map(({ id, topics: subscribed }) => ({
        memberId: id,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment: Object.fromEntries(
            subscribed.map((topic) => [
              topic,
              given.get(id)!.filter((partition) => partition < (partitionsOf.get(topic) ?? 0)),
            ]),
          ),
          userData: Buffer.alloc(0),
        }),
      }))
    },
  })
