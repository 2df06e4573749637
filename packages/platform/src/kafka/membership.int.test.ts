/** Positions under churn: what kafkajs believes after each rejoin must never reach a reader. */
import type { Batch, Log, Membership, OutgoingRecord, TopicPartition } from '@triflow/desk'
import { eventually, unique } from '@triflow/desk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { engines, unheard, withoutKafka } from '../testing.ts'
import { openKafkaLog } from './log.ts'
import type { Members } from './membership.ts'

const PARTITIONS = 4
const REJOINS = 8

const openLog = (members?: Members): Promise<Log> =>
  openKafkaLog({ brokers: engines.brokers, clientId: 'churn', members, clock: systemClock, witness: unheard })

const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

/** Members of one group that keep their positions in one place, as desks do in the journal. */
const group = (name: string, topics: readonly string[]) => {
  const next = new Map<string, number>()
  const taken = new Map<string, number[]>()
  let wrongStarts = 0
  let early = 0
  let rejoins = 0
  const member = async (log: Log): Promise<Membership> => {
    let epoch = 0
    let held: readonly number[] = []
    let loading = false
    const take = (batch: Batch): void => {
      const at = nameOf(batch)
      if (loading) early++
      if (!held.includes(batch.partition)) return
      if (batch.fetchedOffset !== (next.get(at) ?? 0)) {
        wrongStarts++
        membership.seek(batch, next.get(at) ?? 0)
        return
      }
      for (const { offset } of batch.records) taken.set(at, [...(taken.get(at) ?? []), offset])
      next.set(at, batch.records.at(-1)!.offset + 1)
    }
    const membership: Membership = await log.join({
      group: name,
      topics,
      onAssigned: (partitions) => {
        const mine = ++epoch
        rejoins++
        held = []
        loading = true
        // Loading takes a while, in which the client believes what it likes.
        setTimeout(() => {
          if (mine !== epoch) return
          held = partitions
          loading = false
          const inputs = topics.flatMap((topic) => partitions.map((partition) => ({ topic, partition })))
          for (const input of inputs) membership.seek(input, next.get(nameOf(input)) ?? 0)
          membership.resume(inputs)
        }, 30)
      },
      onBatch: take,
      onRevoked: () => {
        epoch++
        held = []
        loading = false
      },
    })
    return membership
  }
  return {
    member,
    taken,
    rejoins: () => rejoins,
    wrongStarts: () => wrongStarts,
    early: () => early,
    count: () => [...taken.values()].reduce((all, offsets) => all + offsets.length, 0),
  }
}

describe.skipIf(withoutKafka)(withoutKafka || 'Kafka', () => {
  describe('positions', () => {
    let log: Log
    beforeAll(async () => {
      log = await openLog()
    })
    afterAll(() => log.close())

    it(`are the reader’s own through ${REJOINS} rejoins under load: nothing skipped, nothing twice, no batch from elsewhere`, async () => {
      const topics = [unique('churn-a'), unique('churn-b'), unique('churn-c')]
      await log.ensureTopics(topics.map((name) => ({ name, partitions: PARTITIONS, settings: {} })))
      const readers = group(unique('churn'), topics)
      const steady = await readers.member(log)
      let sent = 0
      let publishing = true
      const publisher = (async () => {
        while (publishing) {
          const records = topics.flatMap((topic) =>
            Array.from({ length: 40 }, (_, i): OutgoingRecord => ({
              topic,
              partition: i % PARTITIONS,
              key: Buffer.from('k'),
              value: Buffer.from(String(sent + i)),
              headers: {},
            })),
          )
          await log.publish(records)
          sent += records.length
        }
      })()
      for (let i = 0; i < REJOINS / 2; i++) {
        const before = readers.rejoins()
        const other = await openLog()
        await readers.member(other)
        await eventually(() => readers.rejoins() >= before + 2, 'both members hold a share')
        const during = readers.count()
        await eventually(() => readers.count() > during + 500, 'both go on')
        await other.close()
        await eventually(() => readers.rejoins() >= before + 3, 'the steady one holds all again')
      }
      publishing = false
      await publisher
      await eventually(() => readers.count() >= sent, 'everything is read')
      expect({ early: readers.early(), wrongStarts: readers.wrongStarts() }).toEqual({ early: 0, wrongStarts: 0 })
      for (const offsets of readers.taken.values()) expect(offsets).toEqual(offsets.map((_, i) => i))
      expect(readers.count()).toBe(sent)
      await steady.leave()
    })

    it('may lie behind everything the client remembers: a seek wins over its own idea, forwards and backwards', async () => {
      const topic = unique('seek')
      await log.ensureTopics([{ name: topic, partitions: 1, settings: {} }])
      await log.publish(
        Array.from({ length: 50 }, (_, i) => ({
          topic,
          partition: 0,
          key: Buffer.from('k'),
          value: Buffer.from(String(i)),
          headers: {},
        })),
      )
      const starts: number[] = []
      const membership: Membership = await log.join({
        group: unique('seek'),
        topics: [topic],
        onAssigned: () =>
          setImmediate(() => {
            membership.seek({ topic, partition: 0 }, 40)
            membership.resume([{ topic, partition: 0 }])
          }),
        onBatch: ({ fetchedOffset }) => {
          starts.push(fetchedOffset)
          // Inside the handler, when the client has just noted where it thinks it is.
          if (starts.length < 4) membership.seek({ topic, partition: 0 }, [7, 45, 0][starts.length - 1]!)
        },
        onRevoked: () => {},
      })
      await eventually(() => starts.length >= 4, 'four starts')
      expect(starts.slice(0, 4)).toEqual([40, 7, 45, 0])
      await membership.leave()
    })

    const gathering = async (partitions: number, gatherMs: number, before: number) => {
      const topic = unique('gather')
      await log.ensureTopics([{ name: topic, partitions, settings: {} }])
      const inputs = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
      const record = (partition: number): OutgoingRecord => {
        const [key, value] = [Buffer.from('k'), Buffer.from('v')]
        return { topic, partition, key, value, headers: {} }
      }
      await log.publish(inputs.slice(0, before).map(({ partition }) => record(partition)))
      const batches: { readonly at: number; readonly offsets: readonly number[] }[] = []
      let isReading = false
      const membership: Membership = await log.join({
        group: unique('gather'),
        topics: [topic],
        gatherMs,
        onAssigned: () =>
          setImmediate(() => {
            for (const input of inputs) membership.seek(input, 0)
            membership.resume(inputs)
            isReading = true
          }),
        onBatch: ({ records }) =>
          void batches.push({ at: performance.now(), offsets: records.map(({ offset }) => offset) }),
        onRevoked: () => {},
      })
      await eventually(() => isReading, 'an assignment')
      return { batches, record, membership }
    }

    it('are fetched together by who has read everything and gathers; the first comes at once', async () => {
      const { batches, record, membership } = await gathering(1, 400, 0)
      for (let n = 0; n < 12; n++) {
        await log.publish([record(0)])
        if (n === 0) await eventually(() => batches.length === 1, 'the first')
      }
      await eventually(() => batches.flatMap(({ offsets }) => offsets).length === 12, 'all of them')
      expect(batches.flatMap(({ offsets }) => offsets)).toEqual(Array.from({ length: 12 }, (_, i) => i))
      expect(batches[0]!.offsets).toEqual([0])
      for (const [index, { at }] of batches.entries())
        if (index > 0) expect(at - batches[index - 1]!.at).toBeGreaterThanOrEqual(399)
      await membership.leave()
    })

    it('all come at once from one fetch, however many partitions it is of', async () => {
      const { batches, membership } = await gathering(40, 3_000, 40)
      await eventually(() => batches.length === 40, 'one of each')
      expect(batches.at(-1)!.at - batches[0]!.at).toBeLessThan(2_900)
      await membership.leave()
    })
  })

  it('gives what a dead process still holds to the one started in its place, at once and whole', async () => {
    const topic = unique('heir')
    const reader = unique('heir')
    const ids = new Map<string, string>()
    const members: Members = {
      before: async (group) => ids.get(group),
      joined: (group, memberId) => void ids.set(group, memberId),
    }
    const opened: Log[] = []
    /** The first assignment of a process that remembers `members`. */
    const firstOf = async (): Promise<readonly number[]> => {
      const { promise, resolve } = Promise.withResolvers<readonly number[]>()
      const log = await openLog(members)
      opened.push(log)
      await log.ensureTopics([{ name: topic, partitions: PARTITIONS, settings: {} }])
      await log.join({ group: reader, topics: [topic], onAssigned: resolve, onBatch: () => {}, onRevoked: () => {} })
      return promise
    }
    // To the broker, a process that goes on and one that was killed are the same for as long as a session.
    expect(await firstOf()).toEqual([0, 1, 2, 3])
    const killedAt = Date.now()
    expect(await firstOf()).toEqual([0, 1, 2, 3])
    expect(Date.now() - killedAt).toBeLessThan(5_000)
    await Promise.all(opened.map((log) => log.close()))
  })
})
