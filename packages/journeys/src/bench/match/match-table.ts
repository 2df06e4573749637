/** The table of a match, for people. */
import { markdown } from '../../report/markdown.ts'
import { count } from '../../report/tables.ts'
import { spreadOf, tellSpread, wholeBox } from '../figures.ts'
import { type Headline } from '../results.ts'
import type { MatchResult } from './match.ts'
import type { WatchedRun } from '../watched-run.ts'

/** Below this a run is over before a JVM has compiled what it runs: 300,000 orders spent 40 % of their time on their first fifth. */
const COMPARABLE_ORDERS = 200_000

const thousands = (value: number): string => count(Math.round(value))

const told = (
  runs: readonly WatchedRun[],
  of: (run: WatchedRun) => number,
  write: (value: number) => string = String,
): string => tellSpread(spreadOf(runs.map(of)), write)

/** Medians, with the least and the most of all runs behind them. */
export const tellMatch = ({ plan, records, events, sha256, rounds, contenders }: MatchResult): string[] => [
  `${count(plan.orders)} orders, ${count(events)} events of the trade desk (${count(records)} records in all), shuffled within ${count(plan.window)} orders,`,
  `seed ${plan.seed}, SHA-256 \`${sha256.slice(0, 16)}…\`; ${plan.desks} partitions, ${plan.linesPerOrder} lines per order; ${rounds} ${rounds === 1 ? 'run' : 'runs'} of each contender, in turn.`,
  plan.withClaims
    ? 'Triflow also finances each matched claim and archives its trade meanwhile; the peer stops at the match.'
    : 'Debtors hear of no invoice, so Triflow matches and finances nothing.',
  ...(plan.orders < COMPARABLE_ORDERS
    ? ['A short set: compilers are still at work after its first fifth, the JVM’s most of all. Only `--full` compares.']
    : []),
  '',
  ...markdown(
    [
      'contender',
      'events/s, whole run',
      'events/s after the first fifth',
      'CPU µs per event: application / broker / store',
      'whole box',
      'whole box after the first fifth',
      'peak MB',
      'bytes per event: wire / log / disk',
      'durability',
    ],
    contenders
      .filter(({ runs }) => runs.length > 0)
      .map(({ name, title, durability, runs }) => [
        title,
        told(runs, (run) => run.eventsPerSecond, thousands),
        told(runs, (run) => run.eventsPerSecondWarm, thousands),
        [name, 'kafka', 'mongo']
          .map((process) => spreadOf(runs.map((run) => run.cpuMicrosPerEvent[process] ?? 0)).median)
          .join(' / '),
        told(runs, (run) => wholeBox(run.cpuMicrosPerEvent)),
        told(runs, (run) => wholeBox(run.cpuMicrosPerEventWarm)),
        told(runs, (run) => run.peakMegabytes, thousands),
        [
          told(runs, (run) => run.wireBytesPerEvent, thousands),
          told(runs, (run) => run.logBytesPerEvent, thousands),
          told(runs, (run) => run.writtenBytesPerEvent, thousands),
        ].join(' / '),
        durability,
      ]),
  ),
]

/** For the table over all workloads. */
export const matchHeadlines = ({ contenders }: MatchResult): Headline[] =>
  contenders
    .filter(({ runs }) => runs.length > 0)
    .map(({ title, runs }) => ({
      what: `${title}: events per second, whole run and once warm; µs of whole-box CPU per event`,
      figure: [
        told(runs, (run) => run.eventsPerSecond, thousands),
        told(runs, (run) => run.eventsPerSecondWarm, thousands),
        told(runs, (run) => wholeBox(run.cpuMicrosPerEvent)),
      ].join('; '),
    }))
