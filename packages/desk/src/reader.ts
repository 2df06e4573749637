/** Hears facts in order, exactly from where it left off, and believes nothing that it has not checked. */
import type { Batch, Clock, Log, LogRecord, Membership, TopicPartition, Views, Witness } from './ports.ts'
import { backoffMs } from './reader-backoff.ts'
import { type Halt, type Heard, isHalt, judgeRecords, type Lane, openLane, type ReaderInput } from './reader-lane.ts'
import { inputName, laneName, type Mark } from './reader-numbering.ts'
import { keepPositions } from './reader-saving.ts'
import { isIntact } from './record.ts'

export type { Halt, Heard } from './reader-lane.ts'

/** The assignment under which a batch was handed over. Whoever works on it asks before every further try. */
export interface Tenure {
  readonly epoch: number
  readonly stillOurs: () => boolean
}

export interface ReaderOptions {
  /** Name of the reader: its group on the log and, with a partition, the name of its saved positions. */
  readonly reader: string
  /** Topics of facts. Topics of commands have many writers and no numbers, and are not read here. */
  readonly topics: readonly string[]
  readonly log: Log
  readonly store: Views
  readonly clock: Clock
  readonly witness: Witness
  /** Called again, after a pause, when it throws; a batch is never skipped. Must bear being called twice. */
  readonly hear: (batch: readonly Heard[], tenure: Tenure) => Promise<void>
  /** Batches that may be in the handler's hands at once; positions follow the unbroken run of finished ones. */
  readonly ahead?: number
  readonly batchRecords?: number
  /**
   * Least time from one batch to the next while nobody watches: what arrives meanwhile goes together. The first after a
   * quiet time is handed over at once.
   */
  readonly gatherMs?: number
  readonly inboxBytes?: number
  /** Positions lag behind what was handled by about this much; what is heard again after a crash is known by its marks. */
  readonly saveEveryMs?: number
  readonly random?: () => number
}

export interface Reader {
  /** An assignment is loaded and being read (it may be empty when others have all partitions). */
  ready(): boolean
  halted(): Halt | undefined
  /** Partitions being read here, and how far everything of them has been handled. */
  lanes(): ReadonlyMap<number, Pick<Lane, 'handled' | 'inputs'>>
  /** Called after each step of progress; returns how to stop being called. */
  watch(listener: () => void): () => void
  stop(): Promise<void>
}

interface Chunk {
  readonly lane: Lane
  readonly input: ReaderInput
  readonly records: readonly LogRecord[]
  readonly next: number
  readonly bytes: number
}

/** What a batch moves once its handler, and every one before it, has finished. */
interface InHand {
  readonly steps: readonly {
    readonly lane: Lane
    readonly name: string
    readonly next: number
    readonly marks: ReadonlyMap<string, Mark>
  }[]
  done: boolean
}

/** Fetching twice more tells a byte that was flipped on the way from one that is wrong on the log. */
const FETCH_AGAIN_MAX = 2
const LEAVE_WITHIN_MS = 5_000
/** Headers and bookkeeping of a record in memory, besides its key and value. */
const RECORD_OVERHEAD_BYTES = 512

const sizeOf = (record: LogRecord): number =>
  (record.key?.length ?? 0) + (record.value?.length ?? 0) + RECORD_OVERHEAD_BYTES

export const openReader = (options: ReaderOptions): Reader => {
  const { reader, topics, log, store, clock, witness, hear, random } = options
  const ahead = options.ahead ?? 1
  const batchRecords = options.batchRecords ?? 1_000
  const inboxBytesMax = options.inboxBytes ?? 8 * 1024 * 1024
  const gatherMs = options.gatherMs ?? 0

  const commands = topics.find((topic) => topic.endsWith('.commands'))
  if (commands) throw new Error(`${commands} has many writers and no numbers: a reader cannot hear it`)

  let epoch = 0
  let assignment: readonly number[] | undefined
  let lanes = new Map<number, Lane>()
  let live = false
  let inbox: Chunk[] = []
  let inboxBytes = 0
  let paused = false
  let inHand: InHand[] = []
  let halt: Halt | undefined
  let stopping = false
  let membership: Membership | undefined
  let gatheredAt = Number.NEGATIVE_INFINITY
  let gathering = false
  const listeners = new Set<() => void>()

  let rung = false
  let bell: (() => void) | undefined
  const ring = (): void => {
    rung = true
    bell?.()
  }
  const rungAgain = async (): Promise<void> => {
    if (!rung) await new Promise<void>((resolve) => (bell = resolve))
    bell = undefined
    rung = false
  }

  const everything = (): TopicPartition[] =>
    [...lanes.values()].flatMap((lane) =>
      [...lane.inputs.values()].map(({ topic, partition }) => ({ topic, partition })),
    )

  const stopAt = (reason: Halt): void => {
    if (halt) return
    halt = reason
    live = false
    witness.say('error', 'reader-halted', { reader, ...reason })
    witness.count('triflow_reader_halts', 1, { reader, reason: reason.reason })
    membership?.pause(everything())
    ring()
  }

  const forget = (): void => {
    epoch++
    live = false
    paused = false
    lanes = new Map()
    inbox = []
    inboxBytes = 0
  }

  const onAssigned = (partitions: readonly number[]): void => {
    forget()
    assignment = partitions
    ring()
  }

  const onRevoked = (): void => {
    forget()
    assignment = undefined
    ring()
  }

  /** kafkajs silently jumps to one end when a position is out of range; seeking back for ever would hide that. */
  const checkBounds = async (input: ReaderInput): Promise<void> => {
    const during = epoch
    const asked = input.next
    input.checking = true
    const held = await log.bounds(input.topic).then(
      (bounds) => bounds.get(input.partition),
      () => undefined,
    )
    input.checking = false
    // What has moved on since is within the log, and maybe beyond where the log ended when it answered.
    if (!held || during !== epoch || input.next !== asked || (asked >= held.low && asked <= held.high)) return
    const detail = `next offset ${asked} is not within ${held.low}..${held.high}`
    stopAt({ reason: 'position-outside-log', topic: input.topic, partition: input.partition, detail })
  }

  const onBatch = (batch: Batch): void => {
    const lane = lanes.get(batch.partition)
    const input = lane?.inputs.get(batch.topic)
    if (!lane || !input || !membership || halt || stopping || batch.records.length === 0) return
    if (batch.fetchedOffset !== input.next) {
      witness.count('triflow_reader_strays', 1, { reader, topic: batch.topic })
      if (!input.checking) void checkBounds(input)
      membership.seek(input, input.next)
      return
    }
    const taken: LogRecord[] = []
    let next = input.next
    let bytes = 0
    for (const record of batch.records) {
      if (record.offset < next) continue
      if (!isIntact(record)) {
        const tries = input.suspect?.offset === record.offset ? input.suspect.fetchedAgain : 0
        if (tries < FETCH_AGAIN_MAX) {
          input.suspect = { offset: record.offset, fetchedAgain: tries + 1 }
          witness.count('triflow_reader_checksum_failures', 1, { reader, topic: batch.topic })
          next = record.offset
          membership.seek(input, next)
          break
        }
        const { topic, partition, offset } = record
        // No mark moves: were this a fact, the next one of its desk will miss it and stop the reader.
        witness.say('error', 'reader-dead-letter', { reader, topic, partition, offset, reason: 'corrupt' })
        witness.count('triflow_reader_dead_letters', 1, { reader, topic, reason: 'corrupt' })
      } else taken.push(record)
      next = record.offset + 1
      bytes += sizeOf(record)
    }
    if (next === input.next) return
    input.next = next
    inbox.push({ lane, input, records: taken, next, bytes })
    inboxBytes += bytes
    if (inboxBytes >= inboxBytesMax && !paused) {
      paused = true
      membership.pause(everything())
    }
    ring()
  }

  const joined = (async (): Promise<void> => {
    for (let attempt = 1; !stopping; attempt++) {
      try {
        membership = await log.join({ group: reader, topics, gatherMs, onAssigned, onBatch, onRevoked })
        if (stopping) await membership.leave()
        ring()
        return
      } catch (error) {
        witness.say('warn', 'reader-join-failed', { reader, attempt, error: String(error) })
        await clock.sleep(backoffMs(attempt, random))
      }
    }
  })()

  const positions = keepPositions({
    reader,
    store,
    clock,
    witness,
    everyMs: options.saveEveryMs ?? 200,
    assigned: () => ({ epoch, lanes: lanes.values() }),
    stopping: () => stopping,
  })

  const finished = (): void => {
    while (inHand[0]?.done) {
      for (const { lane, name, next, marks } of inHand.shift()!.steps) {
        lane.handled.next[name] = next
        for (const [mark, value] of marks) lane.handled.marks[mark] = value
        lane.unsaved = true
      }
      positions.saveSoon()
      for (const listener of [...listeners]) listener()
    }
  }

  const handOver = async (batch: readonly Heard[], tenure: Tenure): Promise<void> => {
    for (let attempt = 1; tenure.stillOurs(); attempt++) {
      try {
        return await hear(batch, tenure)
      } catch (error) {
        witness.say('warn', 'reader-handler-failed', { reader, attempt, error: String(error) })
        witness.count('triflow_reader_handler_failures', 1, { reader })
        await clock.sleep(backoffMs(attempt, random))
      }
    }
  }

  const handsEmpty = async (): Promise<void> => {
    const until = clock.now() + LEAVE_WITHIN_MS
    while (inHand.length > 0 && clock.now() < until) await Promise.race([rungAgain(), clock.sleep(250)])
    inHand = []
  }

  /** Loads the positions of a new assignment and starts reading; tries until it can or another assignment comes. */
  const takeOver = async (partitions: readonly number[]): Promise<void> => {
    const during = epoch
    const lost = (): boolean => during !== epoch || stopping
    await handsEmpty()
    for (let attempt = 1; !lost() && !halt; attempt++) {
      try {
        // Positions first: one that was saved after the ends of the log were asked for would seem to lie beyond them.
        const saved = await Promise.all(partitions.map((partition) => store.position(laneName(reader, partition))))
        const bounds = new Map(
          await Promise.all(topics.map(async (topic) => [topic, await log.bounds(topic)] as const)),
        )
        if (lost()) return
        const opened = partitions.map((partition, index) => openLane(partition, saved[index], bounds))
        const bad = opened.find(isHalt)
        if (bad) return stopAt(bad)
        lanes = new Map((opened as Lane[]).map((lane) => [lane.partition, lane]))
        for (const lane of lanes.values()) for (const input of lane.inputs.values()) membership!.seek(input, input.next)
        membership!.resume(everything())
        live = true
        witness.say('info', 'reader-assigned', { reader, partitions: [...partitions] })
        for (const listener of [...listeners]) listener()
        return
      } catch (error) {
        witness.say('warn', 'reader-takeover-failed', { reader, attempt, error: String(error) })
        await clock.sleep(backoffMs(attempt, random))
      }
    }
  }

  /** Whether the next batch may still grow; the bell then rings when it is time. */
  const mayGather = (): boolean => {
    const leftMs = gatheredAt + gatherMs - clock.now()
    // More than all of it is left when the clock was set back.
    if (leftMs <= 0 || leftMs > gatherMs || paused || listeners.size > 0) return false
    if (gathering) return true
    gathering = true
    void clock.sleep(leftMs).then(() => {
      gathering = false
      ring()
    })
    return true
  }

  /** Judges what the inbox holds, up to a batch, and hands it over; false when the reader had to stop. */
  const takeBatch = (): void => {
    gatheredAt = clock.now()
    const heard: Heard[] = []
    const steps: InHand['steps'][number][] = []
    let records = 0
    while (inbox.length > 0 && records < batchRecords) {
      const chunk = inbox.shift()!
      inboxBytes -= chunk.bytes
      records += chunk.records.length
      const judged = judgeRecords(chunk.lane, chunk.records, reader, witness)
      if ('reason' in judged) return stopAt(judged)
      heard.push(...judged.heard)
      const name = inputName(chunk.input.topic, chunk.input.partition)
      steps.push({ lane: chunk.lane, name, next: chunk.next, marks: judged.marks })
    }
    if (paused && inboxBytes < inboxBytesMax / 2) {
      paused = false
      membership!.resume(everything())
    }
    const entry: InHand = { steps, done: heard.length === 0 }
    inHand.push(entry)
    if (entry.done) return finished()
    const during = epoch
    const tenure: Tenure = { epoch: during, stillOurs: () => during === epoch && !halt }
    void handOver(heard, tenure).then(() => {
      if (tenure.stillOurs()) entry.done = true
      else inHand = inHand.filter((other) => other !== entry)
      finished()
      ring()
    })
  }

  const working = (async (): Promise<void> => {
    await joined
    while (!stopping) {
      if (halt) await rungAgain()
      else if (assignment) {
        const partitions = assignment
        assignment = undefined
        await takeOver(partitions)
      } else if (live && inbox.length > 0 && inHand.length < ahead && !mayGather()) takeBatch()
      else await rungAgain()
    }
  })()

  return {
    ready: () => live,
    halted: () => halt,
    lanes: () => lanes,
    watch: (listener) => {
      listeners.add(listener)
      ring()
      return () => listeners.delete(listener)
    },
    stop: async () => {
      if (stopping) return
      stopping = true
      ring()
      if (membership) await working
      await handsEmpty()
      await positions.save()
      forget()
      await membership?.leave()
    },
  }
}
