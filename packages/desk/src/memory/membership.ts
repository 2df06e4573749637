/** One member of a group as the client library runs it: what it has been given, where it reads, what it delivers. */
import type { Batch, Joining, LogRecord, Membership, TopicPartition } from '../ports.ts'
import { copyBytes } from './copy.ts'
import { highOf, type Topics } from './topics.ts'
import type { Process, World } from './world.ts'

interface Reading {
  position: number
  paused: boolean
  fetching: boolean
  /** Grows with each seek: an older fetch no longer moves the position. */
  epoch: number
}

export interface Member {
  readonly process: Process
  readonly joining: Joining
  held: readonly number[]
  /** The group no longer counts it, though it may not know. */
  evicted: boolean
  assign(generation: number, partitions: readonly number[]): void
  revoke(): void
  wake(at: TopicPartition): void
  stop(): void
  readonly port: Omit<Membership, 'leave'>
}

const mostRecordsPerBatch = 500

const nameOf = (at: TopicPartition): string => `${at.topic}/${at.partition}`

/** A copy of a record with one bit of its value (or key) flipped. */
const withFlippedBit = (record: LogRecord, random: () => number): LogRecord => {
  const field = record.value && record.value.length > 0 ? 'value' : 'key'
  const bytes = record[field]
  if (!bytes || bytes.length === 0) return record
  const flipped = copyBytes(bytes)
  const at = Math.floor(random() * flipped.length)
  flipped[at] = flipped[at]! ^ (1 << Math.floor(random() * 8))
  return { ...record, [field]: flipped }
}

/** Records that were once delivered with a flipped bit: a wire that flips the same record every time is rot. */
const flippedBefore = new WeakSet<LogRecord>()

export const createMember = (world: World, topics: Topics, process: Process, joining: Joining): Member => {
  const readings = new Map<string, Reading>()
  let latest = 0
  let taken = 0
  let stopped = false

  const fetch = (at: TopicPartition, reading: Reading): Batch | undefined => {
    const stored = topics.partition(at)
    const high = highOf(stored)
    if (reading.position < stored.low || reading.position > high)
      reading.position = reading.position >= 0 && world.happens('log.jump') ? high : stored.low
    const from = reading.position
    const most = Math.min(high - from, 1 + Math.floor(world.random() * mostRecordsPerBatch))
    if (most <= 0) return undefined
    const records = stored.records.slice(from - stored.low, from - stored.low + most).map((record, index) => {
      if (world.happens('log.rot')) stored.records[from - stored.low + index] = withFlippedBit(record, world.random)
      const kept = stored.records[from - stored.low + index]!
      if (flippedBefore.has(kept) || !world.happens('log.corrupt')) return kept
      flippedBefore.add(kept)
      return withFlippedBit(kept, world.random)
    })
    return { topic: at.topic, partition: at.partition, fetchedOffset: from, records }
  }

  const deliver = (at: TopicPartition, reading: Reading, epoch: number, batch: Batch): void => {
    const isCurrent = readings.get(nameOf(at)) === reading && reading.epoch === epoch && !stopped
    if (readings.get(nameOf(at)) === reading) reading.fetching = false
    if (isCurrent && !reading.paused) {
      reading.position = batch.fetchedOffset + batch.records.length
      joining.onBatch(batch)
    } else if (world.happens('log.lateDelivery')) {
      if (isCurrent) reading.position = batch.fetchedOffset + batch.records.length
      joining.onBatch(batch)
    }
    wake(at)
  }

  const wake = (at: TopicPartition): void => {
    const reading = readings.get(nameOf(at))
    if (!reading || stopped || reading.paused || reading.fetching) return
    const stored = topics.partition(at)
    if (reading.position === highOf(stored)) return
    reading.fetching = true
    const delayMs = world.happens('log.slowPartition') ? Math.floor(world.random() * 4000) : 0
    process.turn(
      `log.fetch ${nameOf(at)}`,
      () => {
        const { epoch } = reading
        const batch =
          readings.get(nameOf(at)) === reading && !reading.paused && !stopped ? fetch(at, reading) : undefined
        if (!batch) {
          reading.fetching = false
          return
        }
        process.turn(`log.deliver ${nameOf(at)}`, () => deliver(at, reading, epoch, batch))
      },
      delayMs,
    )
  }

  const each = (
    partitions: readonly TopicPartition[],
    change: (reading: Reading, at: TopicPartition) => void,
  ): void => {
    for (const at of partitions) {
      const reading = readings.get(nameOf(at))
      if (reading) change(reading, at)
    }
  }

  const take = (partitions: readonly number[]): void => {
    const before = new Map(readings)
    readings.clear()
    for (const topic of joining.topics) {
      for (const partition of partitions) {
        if (partition >= topics.partitionsOf(topic)) continue
        const kept = before.get(nameOf({ topic, partition }))
        const begins = world.happens('log.jump') ? highOf(topics.partition({ topic, partition })) : 0
        const position = kept && !world.happens('log.rewind') ? kept.position : begins
        readings.set(nameOf({ topic, partition }), { position, paused: true, fetching: false, epoch: 0 })
      }
    }
    joining.onAssigned(partitions)
  }

  return {
    process,
    joining,
    held: [],
    evicted: false,
    assign: (generation, partitions) => {
      latest = generation
      // Turns fall in any order; a revocation never comes after the assignment that it announces.
      if (world.happens('log.announced'))
        process.turn('log.revoked', () => void (!stopped && taken < generation && joining.onRevoked()))
      process.turn('log.assigned', () => {
        if (stopped || generation !== latest) return
        taken = generation
        take(partitions)
      })
    },
    revoke: () => {
      latest++
      readings.clear()
      joining.onRevoked()
    },
    wake,
    stop: () => {
      stopped = true
    },
    port: {
      pause: (partitions) => each(partitions, (reading) => (reading.paused = true)),
      resume: (partitions) =>
        each(partitions, (reading, at) => {
          reading.paused = false
          wake(at)
        }),
      seek: (at, offset) =>
        each([at], (reading) => {
          reading.position = offset
          reading.epoch++
          wake(at)
        }),
    },
  }
}
