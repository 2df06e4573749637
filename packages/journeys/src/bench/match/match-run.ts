/** One contender's run over the kept backlog: started on data that nobody has touched, watched, brought to rest, judged. */
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeMessage, header } from '@triflow/contracts'
import { headerText, type Log, type LogRecord } from '@triflow/desk'
import type { BenchWorld } from '../bench-world.ts'
import { cpuSecondsOf, peakMegabytesOf, writtenBytesOf } from '../process-figures.ts'
import { readTopic } from '../topic-reading.ts'
import type { Contender } from './contenders.ts'
import { tellLanes, tellShare, type LaneWords, type ShareWords } from './expected.ts'
import { figuresOf, type RunFigures, type Sample } from './figures.ts'
import { matchGate } from './match-gate.ts'
import type { MatchPlan, Oddities } from './workload.ts'

export interface MatchRun extends RunFigures {
  readonly peakMegabytes: number
  /** Given to the file system by all processes, per event. */
  readonly writtenBytesPerEvent: number
  /** What this process used meanwhile, per event; it takes from the same cores. */
  readonly benchMicrosPerEvent: number
}

export interface Workload {
  readonly plan: MatchPlan
  readonly odd: Oddities
  readonly events: number
  /** Orders that can be matched. */
  readonly matched: number
  /** Sum over all events of the checksum of what they carry, whatever their order. */
  readonly sum: number
}

const LOOK_EVERY_MS = 100
/** Longer than any commit interval or turn: nothing new for this long, and the work is done. */
const REST_MS = 5_000
/** Start-up, class loading and a first rebalance included. */
const PATIENCE_MS = 90_000
/** Reading back is over when nothing more comes for this long. */
const READ_REST_MS = 2_000

/** `onTold` hears how many records have been told so far. */
export const runContender = async (
  world: BenchWorld,
  contender: Contender,
  workload: Workload,
  onTold: (told: number) => void,
): Promise<{ run: MatchRun; wrong: readonly string[] }> => {
  await world.putBack()
  const { enginePids, log } = world
  const others = [...contender.alsoTells, ...(contender.shares ? [contender.shares] : [])]
  const before = { out: await highOf(log, [contender.out]), others: await highOf(log, others) }
  const enginesBefore = readings(enginePids)
  const benchBefore = process.cpuUsage()
  const running = await contender.start(world)
  try {
    const samples: Sample[] = [{ atMs: performance.now(), told: 0, written: 0, cpuSeconds: {} }]
    let newsAt = performance.now()
    for (;;) {
      running.check()
      const last = samples.at(-1)!
      const told = (await highOf(log, [contender.out])) - before.out
      // Asking costs the broker something: the other topics are only looked at once this one rests.
      const moves = told > last.told
      const written = told + (moves ? last.written - last.told : (await highOf(log, others)) - before.others)
      const cpuSeconds: Record<string, number> = { [contender.name]: cpuSecondsOf(running.pid) }
      for (const [name, pid] of Object.entries(enginePids))
        cpuSeconds[name] = cpuSecondsOf(pid) - enginesBefore[name]!.cpuSeconds
      const atMs = performance.now()
      samples.push({ atMs, told, written, cpuSeconds })
      if (moves || written > last.written) newsAt = atMs
      onTold(told)
      if (atMs - newsAt > PATIENCE_MS) break
      if (atMs - newsAt > REST_MS && (await isDone(log, contender, workload, told))) break
      await sleep(LOOK_EVERY_MS)
    }
    const used = process.cpuUsage(benchBefore)
    const bytes = Object.entries(enginePids).map(([name, pid]) => writtenBytesOf(pid) - enginesBefore[name]!.bytes)
    const total = bytes.reduce((sum, each) => sum + each, writtenBytesOf(running.pid))
    const peakMegabytes = peakMegabytesOf(running.pid)
    await running.stop()
    const wrong = contender.decides
      ? await judge(log, contender, workload)
      : await compareWithHeard(log, contender, workload)
    const figures = samples.at(-1)!.told > 0 ? figuresOf(samples, workload.events) : nothing
    return {
      run: {
        ...figures,
        peakMegabytes,
        writtenBytesPerEvent: Math.round(total / workload.events),
        benchMicrosPerEvent: Math.round((used.user + used.system) / workload.events),
      },
      wrong,
    }
  } finally {
    await running.stop()
  }
}

const nothing: RunFigures = {
  seconds: 0,
  eventsPerSecond: 0,
  eventsPerSecondWarm: 0,
  cpuMicrosPerEvent: {},
  cpuMicrosPerEventWarm: {},
}

const highOf = async (log: Log, topics: readonly string[]): Promise<number> => {
  let total = 0
  for (const topic of topics) for (const { high } of (await log.bounds(topic)).values()) total += high
  return total
}

/** A pause is not the end: desks that are taken over anew tell nothing for a while. */
const isDone = async (
  log: Log,
  { shares }: Contender,
  { events, matched }: Workload,
  told: number,
): Promise<boolean> => (shares ? (await highOf(log, [shares])) >= matched : told >= events)

const readings = (pids: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, { cpuSeconds: cpuSecondsOf(pid), bytes: writtenBytesOf(pid) }]),
  )

/** The whole topic, until nothing more comes. */
const readAll = async (log: Log, topic: string, onRecord: (record: LogRecord) => void): Promise<void> => {
  let newsAt = performance.now()
  const { stop } = await readTopic(log, {
    topic,
    group: `triflow.bench.read.${topic}`,
    onRecords: (records) => {
      newsAt = performance.now()
      for (const record of records) onRecord(record)
    },
  })
  while (performance.now() - newsAt < READ_REST_MS) await sleep(LOOK_EVERY_MS)
  await stop()
}

const judge = async (log: Log, contender: Contender, { plan, odd }: Workload): Promise<readonly string[]> => {
  const gate = matchGate(plan, odd)
  const strange: string[] = []
  await readAll(log, contender.out, (record) => {
    const type = headerText(record, header.type)
    const fact = (): unknown => decodeMessage(type, record.value!)
    if (type.endsWith('.ShareMatched')) {
      const share = fact() as ShareWords & { orderId: string }
      gate.share(share.orderId, tellShare(share))
    } else if (type.endsWith('.TradeProgressed')) {
      const lanes = fact() as LaneWords & { orderId: string }
      gate.lanes(lanes.orderId, tellLanes(lanes))
    } else strange.push(`a ${type || 'record without a type'} stands among the decisions`)
  })
  for (const topic of contender.alsoTells.filter((name) => name.endsWith('.dead-letters'))) {
    const dead = await highOf(log, [topic])
    if (dead > 0) strange.push(`${dead} records could not be taken and are in ${topic}`)
  }
  return [...strange, ...gate.wrong()]
}

/** What has no logic tells everything that it heard, once. */
const compareWithHeard = async (
  log: Log,
  contender: Contender,
  { events, sum }: Workload,
): Promise<readonly string[]> => {
  let told = 0
  let toldSum = 0
  await readAll(log, contender.out, (record) => {
    told += 1
    toldSum = addTo(toldSum, record.headers)
  })
  const wrong: string[] = []
  if (told !== events) wrong.push(`${told} records were told instead of ${events}`)
  if (toldSum !== sum) wrong.push('what was told is not what was heard')
  return wrong
}

/** Adds a record's own checksum, which covers all that is believed of it; the order of adding does not matter. */
export const addTo = (sum: number, headers: LogRecord['headers']): number =>
  (sum + parseInt(Buffer.from(headers[header.checksum]!).toString('latin1'), 16)) % 2 ** 32
