/** What a desk has received and not yet decided: bounded, in order per topic, and never from another offset than its own next. */
import { Halted } from './core.ts'
import { open, type Opened } from './opened.ts'
import type { Batch, Clock, LogRecord, Membership, TopicPartition, Witness } from './ports.ts'
import { fingerprint, isIntact } from './record.ts'

export type Inbox = ReturnType<typeof createInbox>

/** Times a record whose checksum is wrong is fetched again before it is called dead. */
const REFETCHES = 2

interface Start {
  readonly next: ReadonlyMap<string, number>
  readonly lastHash: ReadonlyMap<string, string>
}

export const createInbox = (
  desk: string,
  partition: number,
  topics: readonly string[],
  start: Start,
  limitBytes: number,
  membership: () => Membership | undefined,
  witness: Witness,
) => {
  const expected = new Map(topics.map((topic) => [topic, start.next.get(topic) ?? 0]))
  /** Of the record before the first: compared with what the journal says, then let go. */
  const toCompare = new Map<string, { offset: number; hash: string }>()
  const suspects = new Map<string, { offset: number; times: number }>()
  const places = topics.map((topic) => ({ topic, partition }))
  /** Unopened: what a record says is many small objects, which are made when they are decided on and not kept until then. */
  let queue: LogRecord[] = []
  let sizes: number[] = []
  /** Those that stayed corrupt however often they were fetched. */
  const rotten = new WeakSet<LogRecord>()
  let front = 0
  let bytes = 0
  let paused = false
  /** A stretch of the heads that is being read, and what of it has come. */
  let stretch: { next: number; readonly to: number; readonly records: LogRecord[] } | undefined

  const fetchFrom = (topic: string): number => toCompare.get(topic)?.offset ?? expected.get(topic)!

  const seekBack = (topic: string): void => membership()?.seek({ topic, partition }, fetchFrom(topic))

  /** Takes a batch in; false when nothing of it was new. Throws Halted when the log is not the one that was read before. */
  const take = (batch: Batch): boolean => {
    const { topic } = batch
    if (batch.fetchedOffset !== fetchFrom(topic)) {
      seekBack(topic)
      return false
    }
    let took = false
    for (const record of batch.records) {
      const compare = toCompare.get(topic)
      if (compare && record.offset === compare.offset) {
        if (!sameAsBefore(topic, record, compare.hash)) return took
        continue
      }
      if (record.offset < expected.get(topic)!) continue
      const isSound = isIntact(record)
      if (!isSound && fetchAgain(topic, record.offset)) return took
      expected.set(topic, record.offset + 1)
      enqueue(record, isSound)
      took = true
    }
    if (bytes > limitBytes && !paused) pause()
    return took
  }

  const sameAsBefore = (topic: string, record: LogRecord, hash: string): boolean => {
    if (fingerprint(record) === hash) {
      toCompare.delete(topic)
      return true
    }
    if (!isIntact(record)) {
      if (fetchAgain(topic, record.offset)) return false
      // It was read before, its bytes are in the journal, and a record that rotted does not tell of another log.
      witness.say('warn', 'read-record-rotted', { topic, partition, offset: record.offset })
      toCompare.delete(topic)
      return true
    }
    throw new Halted(
      'log-differs',
      `${topic}/${partition}@${record.offset} is not the record that was read before: the log was replaced`,
    )
  }

  const fetchAgain = (topic: string, offset: number): boolean => {
    const known = suspects.get(topic)
    const times = known?.offset === offset ? known.times + 1 : 1
    suspects.set(topic, { offset, times })
    if (times > REFETCHES) return false
    witness.say('warn', 'checksum-refetch', { topic, partition, offset, times })
    seekBack(topic)
    return true
  }

  const enqueue = (record: LogRecord, isSound: boolean): void => {
    const size = (record.key?.length ?? 0) + (record.value?.length ?? 0) + 500
    queue.push(record)
    if (!isSound) rotten.add(record)
    sizes.push(size)
    bytes += size
  }

  const pause = (): void => {
    paused = true
    membership()?.pause(places)
  }

  const drop = (count: number): void => {
    for (let i = 0; i < count; i++) bytes -= sizes[front + i]!
    front += count
    if (front > 4_096 || front === queue.length) {
      queue = queue.slice(front)
      sizes = sizes.slice(front)
      front = 0
    }
    if (paused && bytes < limitBytes / 2) {
      paused = false
      membership()?.resume(places)
    }
  }

  const readOnce = async (
    place: TopicPartition,
    from: number,
    to: number,
    clock: Clock,
    wanted: () => boolean,
  ): Promise<readonly LogRecord[]> => {
    const reading = { next: from, to, records: [] as LogRecord[] }
    stretch = reading
    for (let waited = 0; reading.next < to && wanted(); waited += 5) {
      if (waited % 3_000 === 0) {
        membership()?.seek(place, reading.next)
        membership()?.resume([place])
      }
      await clock.sleep(5)
    }
    stretch = undefined
    membership()?.pause([place])
    return reading.records
  }

  return {
    take,
    drop,
    peek: (most: number): Opened[] =>
      queue.slice(front, front + most).map((record) => open(desk, record, !rotten.has(record))),
    waiting: (): number => queue.length - front,
    /** Where the next batch of a topic must begin. */
    expected: fetchFrom,

    /** Seeks every input to the desk's own next record, or one before it where that can be compared, and lets them flow. */
    start: (bounds: ReadonlyMap<string, { readonly low: number }>): void => {
      for (const topic of topics) {
        const next = expected.get(topic)!
        const hash = start.lastHash.get(topic)
        if (hash && next > bounds.get(topic)!.low) toCompare.set(topic, { offset: next - 1, hash })
        membership()?.seek({ topic, partition }, fetchFrom(topic))
      }
      membership()?.resume(places)
    },

    resume: (): void => {
      if (!paused) membership()?.resume(places)
    },

    /** Reads a stretch of a topic that is otherwise kept paused; what stays corrupt is handed over so. */
    readStretch: async (
      place: TopicPartition,
      from: number,
      to: number,
      clock: Clock,
      wanted: () => boolean,
    ): Promise<readonly LogRecord[]> => {
      const found = new Map<number, LogRecord>()
      for (let times = 0; times <= REFETCHES && wanted(); times++) {
        for (const record of await readOnce(place, from, to, clock, wanted))
          if (!found.has(record.offset) || isIntact(record)) found.set(record.offset, record)
        if ([...found.values()].every(isIntact)) break
      }
      return [...found.values()]
    },

    takeStretch: (batch: Batch): void => {
      if (batch.fetchedOffset !== stretch?.next) return
      for (const record of batch.records) {
        stretch.next = record.offset + 1
        if (record.offset < stretch.to) stretch.records.push(record)
      }
    },
  }
}
