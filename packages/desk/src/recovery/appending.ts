/** Appends records to a log that has no other writer, each exactly once: every reader's offsets depend on it. */
import { createHash, type Hash } from 'node:crypto'
import type { Clock, Log, LogRecord, WritableRecord } from '../ports.ts'
import { inputName } from '../reader-numbering.ts'
import { readRanges, wholeOf } from '../reading.ts'
import { fingerprint } from '../record.ts'
import { RecoveryRefused } from './refused.ts'

export interface Appender {
  /** Where the next record of this topic-partition will stand. */
  next(topic: string, partition: number): number
  append(record: WritableRecord): Promise<void>
  /** Resolves when everything is on the log and was read back from it: just that, in that order. */
  finish(): Promise<number>
}

const BYTES_AT_ONCE = 2_000_000
const RECORDS_AT_ONCE = 5_000
const TRIES = 8
/** A request that got no answer may still be served; longer than the log's client gives it. */
const SETTLED_MS = 12_000

const sizeOf = ({ key, value }: WritableRecord): number => (key?.length ?? 0) + (value?.length ?? 0) + 400

export const openAppender = (log: Log, clock: Clock, reader: string): Appender => {
  /** Of each place, over all that was to be written there, in order. */
  const written = new Map<string, Hash>()
  const taken = new Map<string, number>()
  const standing = new Map<string, number>()
  let waiting: WritableRecord[] = []
  let bytes = 0
  let total = 0
  const placeOf = ({ topic, partition }: WritableRecord): string => inputName(topic, partition)

  /** What of these is not on the log: asked of the log itself, since an answer may have been lost. */
  const missing = async (records: readonly WritableRecord[]): Promise<WritableRecord[]> => {
    await clock.sleep(SETTLED_MS)
    const there = new Map<string, number>()
    for (const topic of new Set(records.map(({ topic: of }) => of)))
      for (const [partition, { high }] of await log.bounds(topic)) {
        const place = inputName(topic, partition)
        there.set(place, high - (standing.get(place) ?? 0))
      }
    return records.filter((record) => {
      const left = there.get(placeOf(record)) ?? 0
      if (left <= 0) return true
      there.set(placeOf(record), left - 1)
      standing.set(placeOf(record), (standing.get(placeOf(record)) ?? 0) + 1)
      return false
    })
  }

  const flush = async (): Promise<void> => {
    let left = waiting
    waiting = []
    bytes = 0
    for (let attempt = 1; left.length > 0; attempt++) {
      try {
        const named = new Set((await log.publish(left)).map(({ topic, partition }) => inputName(topic, partition)))
        for (const record of left)
          if (named.has(placeOf(record))) standing.set(placeOf(record), (standing.get(placeOf(record)) ?? 0) + 1)
        left = left.filter((record) => !named.has(placeOf(record)))
        if (left.length === 0) return
      } catch (error) {
        if (attempt === TRIES) throw error
      }
      left = await missing(left)
      if (attempt === TRIES) throw new RecoveryRefused('log-unwritable', `the log does not take ${left.length} records`)
    }
  }

  return {
    next: (topic, partition) => taken.get(inputName(topic, partition)) ?? 0,
    append: async (record) => {
      const place = placeOf(record)
      taken.set(place, (taken.get(place) ?? 0) + 1)
      add(written, record)
      waiting.push(record)
      bytes += sizeOf(record)
      total += 1
      if (bytes >= BYTES_AT_ONCE || waiting.length >= RECORDS_AT_ONCE) await flush()
    },
    finish: async () => {
      await flush()
      const readBack = new Map<string, Hash>()
      const topics = new Set([...written.keys()].map((place) => place.slice(0, place.lastIndexOf('/'))))
      await readRanges(log, reader, await wholeOf(log, [...topics]), (record) => add(readBack, record))
      for (const place of new Set([...written.keys(), ...readBack.keys()]))
        if (digestOf(written, place) !== digestOf(readBack, place))
          throw new RecoveryRefused(
            'log-shared',
            `${place} does not hold what was written: somebody else writes too, or a request was served twice; begin again`,
          )
      return total
    },
  }
}

const add = (
  hashes: Map<string, Hash>,
  record: Pick<LogRecord, 'topic' | 'partition' | 'key' | 'value' | 'headers'>,
): void => {
  const place = inputName(record.topic, record.partition)
  const hash = hashes.get(place) ?? createHash('sha256')
  hashes.set(place, hash.update(fingerprint(record)))
}

const digestOf = (hashes: ReadonlyMap<string, Hash>, place: string): string =>
  hashes.get(place)?.copy().digest('hex') ?? ''
