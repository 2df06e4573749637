/** Sends acknowledged entries to the log, one call in flight; an entry is published when every place of it has been named. */
import type { Clock, Log, OutgoingRecord, TopicPartition, Witness } from './ports.ts'

export interface Publishable {
  readonly records: readonly OutgoingRecord[]
  /** False when the desk was lost meanwhile: what was not sent is the next owner's to send. */
  readonly wanted: () => boolean
  /** Called once, when the log has named every topic-partition of it. */
  readonly published: () => void
}

/** Bytes of one call; the adapter cuts it further where a request would grow too large. */
const CALL_BYTES = 4_000_000

const placeOf = (p: TopicPartition): string => `${p.topic}/${p.partition}`

export const createPublisher = (log: Log, clock: Clock, witness: Witness) => {
  const queue: Publishable[] = []
  let busy = false
  let stopped = false

  const takeBatch = (): Publishable[] => {
    let bytes = 0
    let count = 0
    for (const item of queue) {
      for (const record of item.records) bytes += record.value.length + record.key.length + 400
      count += 1
      if (bytes > CALL_BYTES) break
    }
    return queue.splice(0, count)
  }

  /** Repeats what was not named, before anything later is sent: a reader would see a gap otherwise. */
  const send = async (batch: readonly Publishable[]): Promise<void> => {
    let left = batch.flatMap((item) => item.records)
    for (let attempt = 0; left.length > 0 && !stopped && batch.some((item) => item.wanted()); attempt++) {
      try {
        const named = new Set((await log.publish(left)).map(placeOf))
        left = left.filter((record) => !named.has(placeOf(record)))
        if (left.length > 0) witness.say('warn', 'publish-incomplete', { records: left.length, attempt })
      } catch (error) {
        witness.say('warn', 'publish-unknown', { records: left.length, attempt, error: String(error) })
      }
      if (left.length > 0) await clock.sleep(Math.min(2_000, 20 * 2 ** attempt))
    }
    if (left.length === 0) for (const item of batch) item.published()
  }

  const run = async (): Promise<void> => {
    busy = true
    while (queue.length > 0 && !stopped) {
      const batch = takeBatch().filter((item) => item.wanted())
      if (batch.length > 0) await send(batch)
    }
    busy = false
  }

  return {
    push: (item: Publishable): void => {
      queue.push(item)
      if (!busy) void run()
    },
    idle: (): boolean => !busy && queue.length === 0,
    stop: (): void => {
      stopped = true
    },
  }
}
