/** What every `Log` must do, in memory or on real brokers. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Batch, Log, Membership, OutgoingRecord, TopicPartition } from '../ports.ts'
import {
  aWhile,
  bytes,
  contractTimeoutMs,
  eventually,
  text,
  unique,
  type MakeSubject,
  type Subject,
} from './subject.ts'

const partitions = 4

const record = (
  topic: string,
  partition: number,
  value: string,
  headers: Record<string, Uint8Array> = {},
): OutgoingRecord => ({
  topic,
  partition,
  key: bytes(`key-${partition}`),
  value: bytes(value),
  headers,
})

interface Reader {
  readonly membership: Membership
  readonly batches: Batch[]
  /** Every assignment so far. */
  readonly assignments: (readonly number[])[]
  readonly events: string[]
  revocations: number
  held(): readonly number[]
  values(topic: string, partition?: number): string[]
}

/** Joins a group; starts every partition it is given at `from` at once, or leaves it paused when `from` is absent. */
const read = async (log: Log, group: string, topics: readonly string[], from?: number): Promise<Reader> => {
  const batches: Batch[] = []
  const assignments: (readonly number[])[] = []
  const events: string[] = []
  const joined = Promise.withResolvers<Membership>()
  const start = (membership: Membership, given: readonly number[]): void => {
    if (from === undefined) return
    const all = topics.flatMap((topic) => given.map((partition): TopicPartition => ({ topic, partition })))
    for (const at of all) membership.seek(at, from)
    membership.resume(all)
  }
  const reader = {
    batches,
    assignments,
    events,
    revocations: 0,
    held: () => assignments.at(-1) ?? [],
    values: (topic: string, partition?: number) =>
      batches
        .filter((batch) => batch.topic === topic && (partition === undefined || batch.partition === partition))
        .flatMap((batch) => batch.records.map((one) => text(one.value))),
  }
  const membership = await log.join({
    group,
    topics,
    onAssigned: (given) => {
      assignments.push(given)
      events.push('assigned')
      void joined.promise.then((member) => {
        if (assignments.at(-1) === given) start(member, given)
      })
    },
    onBatch: (batch) => {
      batches.push(batch)
      events.push('batch')
    },
    onRevoked: () => {
      reader.revocations++
    },
  })
  joined.resolve(membership)
  return Object.assign(reader, { membership })
}

const isWhole = (readers: readonly Reader[]): boolean => {
  const all = readers.flatMap((reader) => [...reader.held()]).sort((a, b) => a - b)
  return all.length === partitions && all.every((partition, index) => partition === index)
}

export const logContract = (name: string, make: MakeSubject<Log>): void => {
  describe(`${name} as a log`, { timeout: contractTimeoutMs }, () => {
    const open: Subject<Log>[] = []

    const start = async (topicsWanted = 1): Promise<{ log: Log; topics: string[]; topic: string; group: string }> => {
      const subject = await make()
      open.push(subject)
      const topics = Array.from({ length: topicsWanted }, (_, index) => unique(`contract-${index}`))
      await subject.port.ensureTopics(topics.map((topic) => ({ name: topic, partitions, settings: {} })))
      return { log: subject.port, topics, topic: topics[0]!, group: unique('group') }
    }

    afterEach(async () => {
      for (const subject of open.splice(0)) await subject.close()
    }, contractTimeoutMs)

    it('makes missing topics, and leaves those that are there as they are', async () => {
      const { log, topic } = await start()
      await log.publish([record(topic, 1, 'kept')])
      const other = unique('contract')
      await log.ensureTopics([
        { name: topic, partitions, settings: {} },
        { name: other, partitions: 2, settings: {} },
      ])
      expect((await log.bounds(topic)).get(1)).toEqual({ low: 0, high: 1 })
      expect([...(await log.bounds(other)).keys()].sort()).toEqual([0, 1])
    })

    it('refuses a topic that is there with another number of partitions', async () => {
      const { log, topic } = await start()
      await expect(log.ensureTopics([{ name: topic, partitions: partitions + 1, settings: {} }])).rejects.toThrow(
        /partition/,
      )
    })

    it('checks the same later on, and makes no topic that is missing', async () => {
      const { log, topic } = await start()
      const absent = { name: unique('contract'), partitions: 2, settings: {} }
      await log.checkTopics([{ name: topic, partitions, settings: {} }, absent])
      await expect(
        log.checkTopics([{ name: topic, partitions: partitions + 1, settings: {} }, absent]),
      ).rejects.toThrow(/partition/)
      await expect(log.bounds(absent.name)).rejects.toThrow()
    })

    it('names every topic-partition that it has written', async () => {
      const { log, topics } = await start(2)
      const [a, b] = topics as [string, string]
      const named = await log.publish([
        record(a, 0, 'one'),
        record(b, 3, 'two'),
        record(a, 0, 'three'),
        record(a, 2, 'four'),
      ])
      expect(named.map((at) => `${at.topic}/${at.partition}`).sort()).toEqual([`${a}/0`, `${a}/2`, `${b}/3`].sort())
    })

    it('takes a record without key or value, as a stranger may write it, and delivers it so', async () => {
      const { log, topic, group } = await start()
      await log.publish([
        { topic, partition: 0, key: null, value: bytes('no key'), headers: {} },
        { topic, partition: 0, key: bytes('no value'), value: null, headers: {} },
      ])
      const reader = await read(log, group, [topic], 0)
      const seen = () => reader.batches.flatMap(({ records }) => records)
      await eventually(() => seen().length === 2, 'both are read')
      expect(seen().map(({ key, value }) => [key && text(key), value && text(value)])).toEqual([
        [null, 'no key'],
        ['no value', null],
      ])
    })

    it('counts records from 0 and tells the bounds of all partitions', async () => {
      const { log, topic } = await start()
      await log.publish([record(topic, 2, 'one'), record(topic, 2, 'two')])
      await log.publish([record(topic, 2, 'three')])
      const bounds = await log.bounds(topic)
      expect([...bounds.keys()].sort()).toEqual([0, 1, 2, 3])
      expect(bounds.get(2)).toEqual({ low: 0, high: 3 })
      expect(bounds.get(0)).toEqual({ low: 0, high: 0 })
    })

    it('refuses to publish to a topic that is not there', async () => {
      const { log } = await start()
      await expect(log.publish([record(unique('never-made'), 0, 'lost')])).rejects.toThrow()
    })

    it('keeps the order of each partition, within a publish and from one to the next', async () => {
      const { log, topic, group } = await start()
      const sent = Array.from({ length: 60 }, (_, index) => `record-${index}`)
      for (let at = 0; at < sent.length; at += 7)
        await log.publish(sent.slice(at, at + 7).map((value) => record(topic, 1, value)))
      const reader = await read(log, group, [topic], 0)
      await eventually(() => reader.values(topic, 1).length >= sent.length, 'all records arrive')
      expect(reader.values(topic, 1)).toEqual(sent)
    })

    it('hands over the very bytes of key, value and headers, and the place they stand', async () => {
      const { log, topic, group } = await start()
      const value = Uint8Array.from([0, 255, 128, 10, 13, 0])
      const headers = { ce_id: bytes('π-7'), 'triflow-empty': new Uint8Array(0) }
      const key = Uint8Array.from([195, 40, 0])
      await log.publish([{ topic, partition: 3, key, value, headers }])
      value.fill(7)
      const reader = await read(log, group, [topic], 0)
      await eventually(() => reader.batches.length > 0, 'the record arrives')
      const got = reader.batches[0]!.records[0]!
      expect([...got.value!]).toEqual([0, 255, 128, 10, 13, 0])
      expect([...got.key!]).toEqual([195, 40, 0])
      expect(text(got.headers['ce_id'])).toBe('π-7')
      expect([...(got.headers['triflow-empty'] ?? [1])]).toEqual([])
      expect({ topic: got.topic, partition: got.partition, offset: got.offset }).toEqual({
        topic,
        partition: 3,
        offset: 0,
      })
    })

    it('tells an assignment before any batch of it, and delivers nothing until resumed', async () => {
      const { log, topic, group } = await start()
      await log.publish([record(topic, 0, 'waiting')])
      const reader = await read(log, group, [topic])
      await eventually(() => isWhole([reader]), 'everything is assigned')
      await aWhile()
      expect(reader.batches).toEqual([])
      for (const partition of reader.held()) reader.membership.seek({ topic, partition }, 0)
      reader.membership.resume(reader.held().map((partition) => ({ topic, partition })))
      await eventually(() => reader.batches.length > 0, 'the record arrives')
      expect(reader.events[0]).toBe('assigned')
    })

    it('starts where it is told to, and says which offset it was asked for', async () => {
      const { log, topic, group } = await start()
      await log.publish(Array.from({ length: 10 }, (_, index) => record(topic, 0, `record-${index}`)))
      const reader = await read(log, group, [topic])
      await eventually(() => isWhole([reader]), 'everything is assigned')
      for (const partition of reader.held()) reader.membership.seek({ topic, partition }, partition === 0 ? 6 : 0)
      reader.membership.resume([{ topic, partition: 0 }])
      await eventually(() => reader.values(topic, 0).length >= 4, 'the rest arrives')
      expect(reader.values(topic, 0)).toEqual(['record-6', 'record-7', 'record-8', 'record-9'])
      expect(reader.batches[0]).toMatchObject({ topic, partition: 0, fetchedOffset: 6 })
      for (const batch of reader.batches) expect(batch.records[0]!.offset).toBe(batch.fetchedOffset)
    })

    it('goes back when a running partition is told to', async () => {
      const { log, topic, group } = await start()
      await log.publish([record(topic, 0, 'one'), record(topic, 0, 'two')])
      const reader = await read(log, group, [topic], 0)
      await eventually(() => reader.values(topic, 0).length >= 2, 'both arrive')
      reader.membership.seek({ topic, partition: 0 }, 1)
      await eventually(() => reader.values(topic, 0).length >= 3, 'the second arrives again')
      expect(reader.values(topic, 0)).toEqual(['one', 'two', 'two'])
      expect(reader.batches.at(-1)!.fetchedOffset).toBe(1)
    })

    it('holds a paused partition back while its neighbour goes on, and loses nothing of it', async () => {
      const { log, topic, group } = await start()
      const reader = await read(log, group, [topic], 0)
      await eventually(() => isWhole([reader]), 'everything is assigned')
      await log.publish([record(topic, 0, 'early'), record(topic, 1, 'early')])
      await eventually(() => reader.values(topic).length >= 2, 'both partitions flow')
      reader.membership.pause([{ topic, partition: 0 }])
      await aWhile()
      await log.publish([record(topic, 0, 'held'), record(topic, 1, 'free')])
      await eventually(() => reader.values(topic, 1).includes('free'), 'the neighbour goes on')
      await aWhile()
      expect(reader.values(topic, 0)).toEqual(['early'])
      reader.membership.resume([{ topic, partition: 0 }])
      await eventually(() => reader.values(topic, 0).includes('held'), 'the held record arrives')
      expect(reader.values(topic, 0)).toEqual(['early', 'held'])
    })

    it('delivers what is published while it reads', async () => {
      const { log, topic, group } = await start()
      const reader = await read(log, group, [topic], 0)
      await eventually(() => isWhole([reader]), 'everything is assigned')
      for (const value of ['one', 'two', 'three']) {
        await log.publish([record(topic, 2, value)])
        await eventually(() => reader.values(topic, 2).includes(value), `${value} arrives`)
      }
      expect(reader.values(topic, 2)).toEqual(['one', 'two', 'three'])
    })

    it('gives every group its own copy', async () => {
      const { log, topic } = await start()
      await log.publish([record(topic, 0, 'for all')])
      const readers = [await read(log, unique('group'), [topic], 0), await read(log, unique('group'), [topic], 0)]
      await eventually(() => readers.every((reader) => reader.values(topic).length === 1), 'both groups hear it')
    })

    it('gives partition p of all topics to one member, and shares partitions between two', async () => {
      const { log, topics, group } = await start(3)
      const first = await read(log, group, topics, 0)
      await eventually(() => isWhole([first]), 'the first member holds everything')
      const second = await read(log, group, topics, 0)
      await eventually(() => isWhole([first, second]) && second.held().length > 0, 'the partitions are shared')
      expect([first.held().length, second.held().length]).toEqual([2, 2])
      const sent = topics.flatMap((topic) =>
        Array.from({ length: partitions }, (_, partition) => record(topic, partition, `late-${partition}`)),
      )
      await log.publish(sent)
      const isThere = (topic: string, partition: number): boolean =>
        [first, second].some((reader) => reader.values(topic, partition).includes(`late-${partition}`))
      await eventually(() => sent.every((one) => isThere(one.topic, one.partition)), 'every record arrives')
      for (const reader of [first, second])
        for (const batch of reader.batches.filter((one) => text(one.records.at(-1)!.value).startsWith('late')))
          expect(reader.held()).toContain(batch.partition)
    })

    it('gives the partitions of a member that leaves to the one that stays', async () => {
      const { log, topic, group } = await start()
      const first = await read(log, group, [topic], 0)
      await eventually(() => isWhole([first]), 'the first member holds everything')
      const second = await read(log, group, [topic], 0)
      await eventually(() => isWhole([first, second]) && second.held().length > 0, 'the partitions are shared')
      await first.membership.leave()
      await eventually(() => isWhole([second]), 'the second member holds everything')
      const before = first.batches.length
      await log.publish(Array.from({ length: partitions }, (_, partition) => record(topic, partition, 'after')))
      await eventually(
        () => second.values(topic).filter((value) => value === 'after').length === partitions,
        'all arrive at the second',
      )
      expect(first.batches.length).toBe(before)
    })

    it('publishes from several callers at once without mixing up a caller’s order', async () => {
      const { log, topic, group } = await start()
      const callers = ['a', 'b', 'c']
      await Promise.all(
        callers.map(async (caller) => {
          for (let index = 0; index < 10; index++) await log.publish([record(topic, 0, `${caller}-${index}`)])
        }),
      )
      const reader = await read(log, group, [topic], 0)
      await eventually(() => reader.values(topic).length >= 30, 'all arrive')
      for (const caller of callers)
        expect(reader.values(topic).filter((value) => value.startsWith(caller))).toEqual(
          Array.from({ length: 10 }, (_, index) => `${caller}-${index}`),
        )
    })

    it('carries a request of 800 kB to one partition whole', async () => {
      const { log, topic, group } = await start()
      const big = 'x'.repeat(40_000)
      await log.publish(Array.from({ length: 20 }, (_, index) => record(topic, 0, `${index}:${big}`)))
      const reader = await read(log, group, [topic], 0)
      await eventually(() => reader.values(topic, 0).length >= 20, 'all arrive')
      expect(reader.values(topic, 0).map((value) => value.split(':')[0])).toEqual(
        Array.from({ length: 20 }, (_, index) => String(index)),
      )
    })
  })
}
