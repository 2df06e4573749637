/** Puts commands on their logs, many callers' in one request, and says of each when it is surely there. */
import type { Clock, Log, OutgoingRecord, Witness } from './ports.ts'
import { backoffMs } from './reader-backoff.ts'
import { inputName } from './reader-numbering.ts'

export interface CommandPublisher {
  /** True once the log has named the record's topic-partition as written; false when nobody wanted it any more. */
  publish(record: OutgoingRecord, wanted: () => boolean): Promise<boolean>
  /** Resolves when nothing is waiting to be written. */
  idle(): Promise<void>
}

interface Waiting {
  readonly record: OutgoingRecord
  readonly wanted: () => boolean
  readonly settle: (logged: boolean) => void
}

const REQUEST_RECORDS_MAX = 2_000
/** A request stays under this per topic-partition: it is one record batch there, and the log has a size limit. */
const PARTITION_BYTES_MAX = 900_000
const REQUEST_BYTES_MAX = 8_000_000
/** Headers, checksum and framing of a command record, besides its key and value. */
const RECORD_OVERHEAD_BYTES = 600

export const commandBytesMax = PARTITION_BYTES_MAX - 100_000

const sizeOf = (record: OutgoingRecord): number => record.key.length + record.value.length + RECORD_OVERHEAD_BYTES

/** The records of one request, and what waits for the next; the order within a topic-partition is kept. */
const oneRequest = (queue: readonly Waiting[]): { readonly taken: Waiting[]; readonly left: Waiting[] } => {
  const bytesIn = new Map<string, number>()
  const full = new Set<string>()
  const taken: Waiting[] = []
  const left: Waiting[] = []
  let bytes = 0
  for (const waiting of queue) {
    const input = inputName(waiting.record.topic, waiting.record.partition)
    const size = sizeOf(waiting.record)
    const there = (bytesIn.get(input) ?? 0) + size
    if (
      full.has(input) ||
      there > PARTITION_BYTES_MAX ||
      bytes + size > REQUEST_BYTES_MAX ||
      taken.length >= REQUEST_RECORDS_MAX
    ) {
      full.add(input)
      left.push(waiting)
      continue
    }
    bytesIn.set(input, there)
    bytes += size
    taken.push(waiting)
  }
  return { taken, left }
}

/**
 * One request is in flight; what arrives meanwhile goes with the next. What the log did not name was not sent and goes
 * again, as does everything of a request whose result is unknown: a desk knows a repeated command by its id.
 */
export const openPublisher = (log: Log, clock: Clock, witness: Witness, random?: () => number): CommandPublisher => {
  let queue: Waiting[] = []
  let running: Promise<void> | undefined

  const send = async (taken: readonly Waiting[]): Promise<readonly Waiting[]> => {
    try {
      const written = await log.publish(taken.map(({ record }) => record))
      const named = new Set(written.map(({ topic, partition }) => inputName(topic, partition)))
      const unsent = taken.filter(({ record }) => !named.has(inputName(record.topic, record.partition)))
      for (const { record, settle } of taken) if (named.has(inputName(record.topic, record.partition))) settle(true)
      if (unsent.length > 0) witness.count('triflow_door_unsent', unsent.length)
      return unsent
    } catch (error) {
      witness.say('warn', 'door-publish-unknown', { commands: taken.length, error: String(error) })
      return taken
    }
  }

  const run = async (): Promise<void> => {
    // One turn, so that callers of the same moment share the request.
    await new Promise<void>((resolve) => clock.soon(resolve))
    for (let failures = 0; ;) {
      const wanted: Waiting[] = []
      for (const waiting of queue) {
        if (waiting.wanted()) wanted.push(waiting)
        else waiting.settle(false)
      }
      queue = wanted
      if (queue.length === 0) return
      const { taken, left } = oneRequest(queue)
      queue = left
      witness.observe('triflow_door_request_commands', taken.length)
      const again = await send(taken)
      queue = [...again, ...queue]
      failures = again.length > 0 ? failures + 1 : 0
      if (failures > 0) await clock.sleep(backoffMs(failures, random))
    }
  }

  return {
    publish: (record, wanted) =>
      new Promise<boolean>((settle) => {
        queue.push({ record, wanted, settle })
        running ??= run().finally(() => (running = undefined))
      }),
    idle: async () => {
      while (running) await running
    },
  }
}
