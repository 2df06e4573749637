/** What an event costs as more trades are open and as there are more partitions: the same drain each time, beside what is held. */
import { markdown } from '../report/markdown.ts'
import type { Progress } from '../report/progress.ts'
import { count } from '../report/tables.ts'
import { inBenchWorld, type BenchWorld } from './bench-world.ts'
import { consume } from './consuming.ts'
import { decided } from './deciding.ts'
import { watchDecisions } from './decisions.ts'
import { microsPerEvent, spreadOf, tellSpread, wholeBox, type Spread } from './figures.ts'
import { financingOf, invoiceIdOf, speakers, type Financing } from './legs.ts'
import { openForTrade } from './opening.ts'
import { rssMegabytesOf } from './process-figures.ts'
import { type Outcome } from './results.ts'
import { cpuOf } from './service-figures.ts'

export interface GrowthPlan {
  /** Open trades already held, ascending. */
  readonly held: readonly number[]
  /** Of each topic, and desks of each kind; the first has a row for each of `held`, the others for the fewest. */
  readonly partitions: readonly number[]
  /** Drained beside them, in each round. */
  readonly trades: number
  readonly rounds: number
  readonly debtors: number
  readonly linesPerOrder: number
}

export interface GrowthRow {
  readonly held: number
  readonly partitions: number
  readonly events: number
  /** Of the rounds, whole box. */
  readonly cpuMicrosPerEvent: Spread
  /** Of the median round, by process. */
  readonly byProcess: Readonly<Record<string, number>>
  readonly eventsPerSecond: Spread
  /** Of the service, at the end of the row. */
  readonly rssMegabytes: number
}

const WINDOW = 5_000
/** Longer than a turn, and than what the views wait for. */
const QUIET_MS = 2_000

export const growth = async (plan: GrowthPlan, profile: string | undefined, progress: Progress): Promise<Outcome> => {
  const rows: GrowthRow[] = []
  const wrong: string[] = []
  for (const [index, partitions] of plan.partitions.entries()) {
    const levels = index === 0 ? plan.held : plan.held.slice(0, 1)
    progress.say(`${partitions} partitions.`)
    wrong.push(
      ...(await inBenchWorld({ say: progress.say, profile, desks: partitions }, (world) =>
        rowsOf(world, plan, levels, rows, progress),
      )),
    )
    if (wrong.length > 0) break
  }
  return {
    wrong,
    result: { plan, rows },
    headlines: rows.map((row) => ({
      what: `µs of whole-box CPU per event with ${count(row.held)} open trades and ${row.partitions} partitions, and its ratio to the first row`,
      figure: `${row.cpuMicrosPerEvent.median}, ${ratioOf(row, rows)}`,
    })),
    table: tellGrowth(plan, rows),
  }
}

/** Adds the rows of one world; resolves with what was wrong with its decisions. */
const rowsOf = async (
  world: BenchWorld,
  plan: GrowthPlan,
  levels: readonly number[],
  rows: GrowthRow[],
  progress: Progress,
): Promise<readonly string[]> => {
  const shape = { desks: world.desks, debtors: plan.debtors, linesPerOrder: plan.linesPerOrder }
  const say = speakers(world.desks)
  progress.say('Telling the financing service the terms.')
  const pid = await openForTrade(world, say, shape)
  const pids = { financing: pid, ...world.enginePids }
  const watch = await watchDecisions(world.log)
  const expected = new Map<string, Financing>()
  let first = 0
  const next = (trades: number) => {
    const backlog = { ...shape, first, trades, window: WINDOW }
    first += trades
    return backlog
  }
  const drainOnce = async () => {
    const backlog = next(plan.trades)
    for (let trade = backlog.first; trade < first; trade++)
      expected.set(invoiceIdOf(shape, trade), financingOf(shape, trade))
    const cpuBefore = cpuOf(pids)
    const { before, after, seconds } = await consume(world, say, backlog, progress, QUIET_MS)
    const events = after.records - before.records
    const byProcess = microsPerEvent(cpuBefore, cpuOf(pids), events)
    return { events, byProcess, whole: wholeBox(byProcess), eventsPerSecond: Math.round(events / seconds) }
  }
  try {
    progress.say('A drain that is not counted, for code and caches to be warm.')
    await drainOnce()
    let held = 0
    for (const level of levels) {
      progress.say(`Holding ${count(level)} open trades.`)
      await consume(world, say, { ...next(level - held), without: 'goods' }, progress, QUIET_MS)
      held = level
      const rounds = []
      for (let round = 0; round < plan.rounds; round++) rounds.push(await drainOnce())
      const byCost = rounds.toSorted((a, b) => a.whole - b.whole)
      const row: GrowthRow = {
        held,
        partitions: world.desks,
        events: rounds[0]!.events,
        cpuMicrosPerEvent: spreadOf(rounds.map(({ whole }) => whole)),
        byProcess: byCost[(byCost.length - 1) >> 1]!.byProcess,
        eventsPerSecond: spreadOf(rounds.map(({ eventsPerSecond }) => eventsPerSecond)),
        rssMegabytes: rssMegabytesOf(pid),
      }
      rows.push(row)
      progress.say(`  ${row.cpuMicrosPerEvent.median} µs of whole-box CPU per event, ${row.rssMegabytes} MB.`)
    }
    // What is held lacks a leg: any decision about it is one too many.
    return await decided(watch, expected, progress)
  } finally {
    await watch.stop()
  }
}

const ratioOf = (row: GrowthRow, rows: readonly GrowthRow[]): string =>
  (row.cpuMicrosPerEvent.median / rows[0]!.cpuMicrosPerEvent.median).toFixed(2)

export const tellGrowth = (plan: GrowthPlan, rows: readonly GrowthRow[]): string[] => [
  `The same drain of ${count(plan.trades)} trades in each round, ${plan.rounds} rounds a row, beside trades that lack their goods; ${plan.debtors} debtors, ${plan.linesPerOrder} lines per order.`,
  'The service consumes while the backlog is appended. Snapshots, collector and views are in the cost. Medians, with the least and the most.',
  '',
  ...markdown(
    [
      'open trades held',
      'partitions',
      'whole-box CPU per event, µs',
      'ratio to the first row',
      'service / broker / store',
      'events per second',
      'memory of the service, MB',
    ],
    rows.map((row) => [
      count(row.held),
      String(row.partitions),
      tellSpread(row.cpuMicrosPerEvent, count),
      ratioOf(row, rows),
      ['financing', 'kafka', 'mongo'].map((name) => row.byProcess[name]).join(' / '),
      tellSpread(row.eventsPerSecond, count),
      count(row.rssMegabytes),
    ]),
  ),
]
