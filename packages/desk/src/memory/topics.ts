/** What an in-memory broker keeps: topics with their partitions, as bytes. */
import type { LogRecord, TopicPartition, TopicSpec, WritableRecord } from '../ports.ts'
import { copyBytes, copyHeaders } from './copy.ts'

export interface StoredPartition {
  low: number
  /** The record at `low` is the first. */
  readonly records: LogRecord[]
}

export interface Topics {
  ensure(specs: readonly TopicSpec[]): void
  /** Throws when one that is there has another number of partitions. */
  check(specs: readonly TopicSpec[]): void
  partitionsOf(topic: string): number
  partition(at: TopicPartition): StoredPartition
  append(record: WritableRecord): void
  /** Everything still held of a partition, for assertions. */
  read(at: TopicPartition): readonly LogRecord[]
  /** Drops what is below an offset, as retention does. */
  trim(at: TopicPartition, low: number): void
  /** Forgets every record of every topic: the disks are gone. */
  lose(): void
  onAppend(listener: (at: TopicPartition) => void): void
  /** How much was ever appended. */
  appended(): number
}

export const highOf = (stored: StoredPartition): number => stored.low + stored.records.length

/** Most bytes of one produce request per partition, unless the topic says otherwise; Kafka's own default. */
const mostBytesDefault = 1_048_588

const overhead = 70

/** Throws when one partition's share of a request is more than its topic takes; nothing is written then. */
export const refuseTooLarge = (specs: ReadonlyMap<string, TopicSpec>, records: readonly WritableRecord[]): void => {
  const sizes = new Map<string, number>()
  for (const record of records) {
    const at = `${record.topic}/${record.partition}`
    const headers = Object.values(record.headers).reduce((sum, bytes) => sum + bytes.length + 20, 0)
    const size = (sizes.get(at) ?? 0) + (record.key?.length ?? 0) + (record.value?.length ?? 0) + headers + overhead
    const most = Number(specs.get(record.topic)?.settings['max.message.bytes'] ?? mostBytesDefault)
    if (size > most) throw new Error(`${at}: the request is larger than the ${most} bytes the topic takes`)
    sizes.set(at, size)
  }
}

export const createTopics = (specs: Map<string, TopicSpec>): Topics => {
  const stored = new Map<string, StoredPartition[]>()
  const listeners: ((at: TopicPartition) => void)[] = []
  let appended = 0

  const partition = ({ topic, partition }: TopicPartition): StoredPartition => {
    const found = stored.get(topic)?.[partition]
    if (!found) throw new Error(`there is no ${topic}/${partition}`)
    return found
  }

  const check = (wanted: readonly TopicSpec[]): void => {
    for (const spec of wanted) {
      const there = specs.get(spec.name)
      if (there && there.partitions !== spec.partitions)
        throw new Error(
          `${spec.name} has ${there.partitions} partitions, not ${spec.partitions}: growing is an offline re-keying`,
        )
    }
  }

  return {
    check,
    ensure: (wanted) => {
      check(wanted)
      for (const spec of wanted) {
        if (specs.has(spec.name)) continue
        specs.set(spec.name, spec)
        stored.set(
          spec.name,
          Array.from({ length: spec.partitions }, () => ({ low: 0, records: [] })),
        )
      }
    },
    partitionsOf: (topic) => {
      const spec = specs.get(topic)
      if (!spec) throw new Error(`there is no topic ${topic}`)
      return spec.partitions
    },
    partition,
    append: (record) => {
      const into = partition(record)
      into.records.push({
        topic: record.topic,
        partition: record.partition,
        offset: highOf(into),
        key: record.key && copyBytes(record.key),
        value: record.value && copyBytes(record.value),
        headers: copyHeaders(record.headers),
      })
      appended++
      for (const listener of listeners) listener(record)
    },
    read: (at) => partition(at).records,
    trim: (at, low) => {
      const from = partition(at)
      from.records.splice(0, Math.max(0, low - from.low))
      from.low = Math.max(from.low, low)
    },
    lose: () => {
      for (const one of [...stored.values()].flat()) {
        one.records.length = 0
        one.low = 0
      }
    },
    onAppend: (listener) => void listeners.push(listener),
    appended: () => appended,
  }
}
