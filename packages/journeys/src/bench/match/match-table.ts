/** The table of a match, for people and, with every run's figures beside it, for programs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { showingOf, type Showing } from '../../reliability/record.ts'
import { count } from '../../report/tables.ts'
import { spreadOf, tenth } from './figures.ts'
import type { MatchResult } from './match.ts'
import type { MatchRun } from './match-run.ts'

const results = join(import.meta.dirname, '../../../../../bench/results')

/** Below this a run is over before a JVM has compiled what it runs: 300,000 orders spent 40 % of their time on their first fifth. */
const COMPARABLE_ORDERS = 200_000

const whole = (microsPerEvent: Readonly<Record<string, number>>): number =>
  tenth(Object.values(microsPerEvent).reduce((sum, micros) => sum + micros, 0))

const thousands = (value: number): string => count(Math.round(value))

const told = (
  runs: readonly MatchRun[],
  of: (run: MatchRun) => number,
  write: (value: number) => string = String,
): string => {
  const { median, least, most } = spreadOf(runs.map(of))
  return least === most ? write(median) : `${write(median)} (${write(least)}–${write(most)})`
}

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
  '| contender | events/s, whole run | events/s after the first fifth | CPU µs per event: application / broker / store | whole box | whole box after the first fifth | peak MB | bytes written per event | durability |',
  '|---|---|---|---|---|---|---|---|---|',
  ...contenders
    .filter(({ runs }) => runs.length > 0)
    .map(({ name, title, durability, runs }) =>
      [
        title,
        told(runs, (run) => run.eventsPerSecond, thousands),
        told(runs, (run) => run.eventsPerSecondWarm, thousands),
        [name, 'kafka', 'mongo']
          .map((process) => spreadOf(runs.map((run) => run.cpuMicrosPerEvent[process] ?? 0)).median)
          .join(' / '),
        told(runs, (run) => whole(run.cpuMicrosPerEvent)),
        told(runs, (run) => whole(run.cpuMicrosPerEventWarm)),
        told(runs, (run) => run.peakMegabytes, thousands),
        told(runs, (run) => run.writtenBytesPerEvent, thousands),
        durability,
      ].join(' | '),
    )
    .map((row) => `| ${row} |`),
]

/** Replaces what the last recorded run showed; resolves with the file of the table. */
export const recordMatch = (command: string, result: MatchResult): string => {
  const showing = showingOf(command, result)
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, 'match.json'), `${JSON.stringify(showing, null, 2)}\n`)
  const file = join(results, 'match.md')
  writeFileSync(file, `${pageOf(showing).join('\n')}\n`)
  return file
}

const pageOf = ({ command, commit, date, node, cores, result }: Showing<MatchResult>): string[] => [
  '# The match of three flows, beside Kafka Streams',
  '',
  `\`${command}\`, ${date}, commit ${commit}, Node ${node}, ${cores} cores that broker, store, contender and bench share. How to read it: [README](../README.md).`,
  '',
  ...tellMatch(result),
]
