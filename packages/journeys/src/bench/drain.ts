/** How fast the financing service, as shipped, works through a backlog: its own process, real engines, nothing switched off. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openKafkaLog, systemClock, topicsFor } from '@triflow/platform'
import type { Log, Witness } from '@triflow/desk'
import { preload, type BacklogPlan } from './backlog.ts'
import { cpuSecondsOf, rssMegabytesOf } from './process-figures.ts'

const silent: Witness = { say: () => {}, count: () => {}, observe: () => {} }

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

export interface DrainOptions {
  readonly env: NodeJS.ProcessEnv
  readonly plan: BacklogPlan
  readonly enginePids: Readonly<Record<string, number>>
  /** Starts the service as the launcher does and resolves at once; the backlog is waiting for it. */
  readonly start: () => Promise<{ pid: number; adminUrl: string }>
  readonly stop: () => Promise<unknown>
  readonly say: (line: string) => void
}

/** Needs a world whose financing service is stopped and has never run on these engines. */
export const drain = async ({ env, plan, enginePids, start, stop, say }: DrainOptions): Promise<DrainFigures> => {
  const log = await openKafkaLog({
    brokers: env.TRIFLOW_KAFKA_BROKERS!.split(','),
    clientId: 'bench',
    clock: systemClock,
    witness: silent,
  })
  await log.ensureTopics(topicsFor(['financing.trade', 'financing.obligor'], [], plan.desks))
  const records = await preload(log, plan, (done) => done % 100_000 < 4_000 && say(`preloaded ${done} records`))
  const cpuBefore = cpuOf(enginePids)
  const service = await start()
  const pids = { ...enginePids, financing: service.pid }
  try {
    const wanted = plan.trades
    let first: number | undefined
    let warmAt: { at: number; trades: number } | undefined
    let financed = 0
    while (financed < wanted) {
      await sleep(100)
      financed = await countFinanced(log)
      if (financed > 0) first ??= performance.now()
      if (financed >= wanted * 0.2) warmAt ??= { at: performance.now(), trades: financed }
    }
    const end = performance.now()
    const metrics = await metricsOf(service.adminUrl)
    // What the obligor desk hears of the trade desk is an input too.
    const events = metrics.records
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
      cpuMicrosPerEvent: Object.fromEntries(
        Object.keys(pids).map((name) => [
          name,
          Math.round((((cpuAfter[name] ?? 0) - (cpuBefore[name] ?? 0)) * 1e7) / events) / 10,
        ]),
      ),
      rssMegabytes: rssMegabytesOf(service.pid),
      entries: metrics.entries,
      journalBytesPerEvent: Math.round(metrics.journalBytes / events),
      factsPerEvent: Math.round((metrics.facts / events) * 100) / 100,
    }
  } finally {
    await stop()
    await log.close()
  }
}

const cpuOf = (pids: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSecondsOf(pid)]))

/** Decisions are told once by pair: their number on the log is the number of claims financed. */
const countFinanced = async (log: Log): Promise<number> => {
  let total = 0
  for (const { low, high } of (await log.bounds('triflow.financing.obligor.by-pair')).values()) total += high - low
  return total
}

const metricsOf = async (adminUrl: string) => {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^triflow_${name}(?:\\{[^}]*\\})? ([0-9.e+]+)$`, 'gm'))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    )
  return {
    records: sum('records_total'),
    entries: sum('entries_total'),
    facts: sum('facts_total'),
    journalBytes: sum('journal_bytes_total'),
  }
}
