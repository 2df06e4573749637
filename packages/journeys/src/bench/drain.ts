/** How fast the financing service, as shipped, works through a backlog: its own process, real engines, nothing switched off. */
import { setTimeout as sleep } from 'node:timers/promises'
import { toldBy } from '@triflow/contracts'
import type { Log } from '@triflow/desk'
import type { Progress } from '../report/progress.ts'
import { backlog, preload, sizeOf, type BacklogPlan } from './backlog.ts'
import type { BenchWorld } from './bench-world.ts'
import { speakers } from './legs.ts'
import { openForTrade } from './opening.ts'
import { rssMegabytesOf } from './process-figures.ts'
import { countsOf, cpuMicrosPerEvent, cpuOf, tellCpu } from './service-figures.ts'

export interface DrainFigures {
  readonly records: number
  readonly trades: number
  readonly seconds: number
  readonly eventsPerSecond: number
  /** After the first fifth, when code and caches are warm. */
  readonly eventsPerSecondWarm: number
  readonly cpuMicrosPerEvent: Readonly<Record<string, number>>
  readonly rssMegabytes: number
  readonly entries: number
  readonly journalBytesPerEvent: number
  readonly factsPerEvent: number
}

/** The service is not running yet. It learns the terms and is stopped again, so that the backlog waits for it. */
export const drain = async (world: BenchWorld, plan: BacklogPlan, progress: Progress): Promise<DrainFigures> => {
  const { log, adminUrl, enginePids } = world
  const say = speakers(plan.desks)
  progress.say('Telling the financing service the terms.')
  await openForTrade(world, say, plan)
  await world.stop()
  const preloading = progress.bar('records preloaded', sizeOf(plan))
  const records = await preload(log, backlog(say, plan), ({ length }) => preloading.advance(length))
  const cpuBefore = cpuOf(enginePids)
  const pids = { ...enginePids, financing: await world.start() }
  const wanted = plan.trades
  const financing = progress.bar('trades financed', wanted)
  let first: number | undefined
  let warmAt: { at: number; trades: number } | undefined
  let financed = 0
  while (financed < wanted) {
    await sleep(100)
    const before = financed
    financed = await countFinanced(log)
    financing.advance(financed - before)
    if (financed > 0) first ??= performance.now()
    if (financed >= wanted * 0.2) warmAt ??= { at: performance.now(), trades: financed }
  }
  const end = performance.now()
  const counts = await countsOf(adminUrl)
  const events = counts.records
  const cpuAfter = cpuOf(pids)
  const seconds = (end - first!) / 1000
  return {
    records,
    trades: plan.trades,
    seconds,
    eventsPerSecond: Math.round((events * (1 - 1 / plan.trades)) / seconds),
    eventsPerSecondWarm: Math.round(
      ((plan.trades - warmAt!.trades) * (events / plan.trades) * 1000) / (end - warmAt!.at),
    ),
    cpuMicrosPerEvent: cpuMicrosPerEvent(cpuBefore, cpuAfter, events),
    rssMegabytes: rssMegabytesOf(pids.financing),
    entries: counts.entries,
    journalBytesPerEvent: Math.round(counts.journalBytes / events),
    factsPerEvent: Math.round((counts.facts / events) * 100) / 100,
  }
}

/** Decisions are told once by pair: their number on the log is the number of claims financed. */
const countFinanced = async (log: Log): Promise<number> => {
  let total = 0
  for (const { low, high } of (await log.bounds(toldBy('financing.obligor', 'pair'))).values()) total += high - low
  return total
}

export const tellDrain = (f: DrainFigures): string[] => [
  `| drain of ${f.trades} trades | |`,
  '|---|---|',
  `| events through the financing service per second, whole run | ${f.eventsPerSecond} |`,
  `| after the first fifth | ${f.eventsPerSecondWarm} |`,
  `| CPU per event, µs | ${tellCpu(f.cpuMicrosPerEvent)} |`,
  `| facts said per event | ${f.factsPerEvent} |`,
  `| journal bytes per event | ${f.journalBytesPerEvent} |`,
  `| journal entries | ${f.entries} |`,
  `| memory of the service, MB | ${f.rssMegabytes} |`,
  `| records preloaded, seconds measured | ${f.records}, ${f.seconds.toFixed(1)} |`,
]
