/** An in-memory broker: topics as bytes, groups whose members come, go and fall silent. */
import type { Joining, TopicSpec } from '../ports.ts'
import { assignPartitions } from './assignment.ts'
import { createMember, type Member } from './membership.ts'
import { createTopics, type Topics } from './topics.ts'
import type { Process, World } from './world.ts'

/** A member not heard of for so long is taken for dead, as in the real settings. */
export const sessionTimeoutMs = 6000

const heartbeatMs = 1000

export interface Broker {
  readonly world: World
  readonly topics: Topics
  readonly specs: ReadonlyMap<string, TopicSpec>
  join(process: Process, joining: Joining): Member
  leave(member: Member): void
  /** Deals the partitions of a group again though nobody came or went. */
  rebalance(group: string): void
  /** The group takes a member for dead that is not: it works on until a heartbeat of its gets through again. */
  expel(member: Member): void
  /** Those that have members, in the order of their founding. */
  groups(): readonly string[]
  members(group: string): readonly Member[]
}

interface Group {
  generation: number
  members: Member[]
  /** Taken for dead and not told yet: the log serves whoever asks, a member or not. */
  readonly unaware: Set<Member>
}

export const createBroker = (world: World): Broker => {
  const specs = new Map<string, TopicSpec>()
  const topics = createTopics(specs)
  const groups = new Map<string, Group>()

  const groupNamed = (name: string): Group => {
    const found = groups.get(name) ?? { generation: 0, members: [], unaware: new Set() }
    groups.set(name, found)
    return found
  }

  const rebalance = (name: string): void => {
    const group = groupNamed(name)
    group.generation++
    const read = new Set(group.members.flatMap((member) => member.joining.topics))
    const partitions = Math.max(0, ...[...read].map(topics.partitionsOf))
    const shares = assignPartitions(
      partitions,
      group.members.map((member) => member.held),
    )
    group.members.forEach((member, index) => {
      member.held = shares[index]!
      member.assign(group.generation, member.held)
    })
  }

  const remove = (member: Member): void => {
    const group = groupNamed(member.joining.group)
    group.unaware.delete(member)
    if (!group.members.includes(member)) return
    group.members = group.members.filter((other) => other !== member)
    member.held = []
    member.evicted = true
    if (group.members.length > 0) rebalance(member.joining.group)
  }

  const add = (member: Member): void => {
    const group = groupNamed(member.joining.group)
    group.unaware.delete(member)
    group.members.push(member)
    member.evicted = false
    rebalance(member.joining.group)
  }

  /** Looks now and then whether a member still answers; one that woke up too late is told and joins again. */
  const watch = (member: Member): void => {
    const forget = (): void => {
      member.stop()
      world.cluster.turn(`session ${member.process.name}`, () => remove(member), sessionTimeoutMs)
    }
    // The request of a process that has died since still makes it a member, for one session.
    if (member.process.isAlive()) member.process.onKill(forget)
    else forget()
    member.process.onFreeze(() => {
      const expire = (): void => {
        if (member.process.isAlive() && !member.process.isResponsive()) takeForDead(member)
      }
      world.cluster.turn(`session ${member.process.name}`, expire, sessionTimeoutMs)
    })
    member.process.onThaw(() => awake(member))
  }

  const takeForDead = (member: Member): void => {
    remove(member)
    groupNamed(member.joining.group).unaware.add(member)
  }

  /** A client hears with its next heartbeat that the group has gone on without it, and works on until then. */
  const awake = (member: Member, withinMs = heartbeatMs): void => {
    const rejoin = (): void => {
      if (!member.evicted) return
      member.revoke()
      add(member)
    }
    member.process.turn('log.awake', rejoin, Math.floor(world.random() * withinMs))
  }

  topics.onAppend((at) => {
    for (const { members, unaware } of groups.values()) for (const member of [...members, ...unaware]) member.wake(at)
  })

  return {
    world,
    topics,
    specs,
    join: (process, joining) => {
      for (const topic of joining.topics) topics.partitionsOf(topic)
      const member = createMember(world, topics, process, joining)
      watch(member)
      add(member)
      return member
    },
    leave: (member) => {
      member.stop()
      remove(member)
    },
    rebalance,
    expel: (member) => {
      takeForDead(member)
      awake(member, sessionTimeoutMs)
    },
    groups: () => [...groups].filter(([, { members }]) => members.length > 0).map(([name]) => name),
    members: (name) => groupNamed(name).members,
  }
}
