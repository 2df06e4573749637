/** What a batch of runs came to: seeds, trades, faults by kind, what was checked, how fast, and which fault met which step. */
import Table from 'cli-table3'
import type { SimulationShowing } from '@triflow/journeys/reliability/showings'
import {
  addCoverage,
  callFaults,
  faultsFor,
  noCoverage,
  pairsOf,
  processFaults,
  type Coverage,
} from './faults/coverage.ts'
import type { RunReport } from './run.ts'

export interface Totals {
  seeds: number
  bad: number
  trades: number
  steps: number
  entries: number
  records: number
  playingMs: number
  checkingMs: number
  readonly struck: Map<string, number>
  readonly checked: Map<string, number>
  readonly wrong: Map<string, number>
  readonly coverage: Coverage
}

export const noTotals = (): Totals => ({
  seeds: 0,
  bad: 0,
  trades: 0,
  steps: 0,
  entries: 0,
  records: 0,
  playingMs: 0,
  checkingMs: 0,
  struck: new Map(),
  checked: new Map(),
  wrong: new Map(),
  coverage: noCoverage(),
})

const addAll = (into: Map<string, number>, counts: ReadonlyMap<string, number>): void => {
  for (const [name, count] of counts) into.set(name, (into.get(name) ?? 0) + count)
}

export const addRun = (totals: Totals, run: RunReport): void => {
  totals.seeds += 1
  totals.bad += run.findings.wrong.length > 0 ? 1 : 0
  totals.trades += run.trades
  totals.steps += run.steps
  totals.entries += run.entries
  totals.records += run.records
  totals.playingMs += run.tookMs.playing
  totals.checkingMs += run.tookMs.checking
  addAll(totals.struck, run.struck)
  addCoverage(totals.coverage, run.coverage)
  addAll(totals.checked, run.findings.checked)
  for (const { invariant } of run.findings.wrong) addAll(totals.wrong, new Map([[invariant, 1]]))
}

const number = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=([0-9]{3})+$)/g, ',')

/** I1, I2, … I18, then the rest. */
const byNumber = ([a]: [string, number], [b]: [string, number]): number =>
  Number(a.slice(1)) - Number(b.slice(1)) || (a < b ? -1 : 1)

const byName = ([a]: [string, number], [b]: [string, number]): number => (a < b ? -1 : 1)

export const tradesPerSecond = ({ trades, playingMs, checkingMs }: Totals): number =>
  trades / Math.max(0.001, (playingMs + checkingMs) / 1000)

export const summaryOf = (totals: Totals): string => {
  const table = new Table({
    head: ['what', 'how many'],
    colAligns: ['left', 'right'],
    style: { head: [], border: [], compact: true },
  })
  const { playingMs, checkingMs } = totals
  table.push(
    ['seeds', number(totals.seeds)],
    ['trades', number(totals.trades)],
    ['steps', number(totals.steps)],
    ['journal entries', number(totals.entries)],
    ['records on the log', number(totals.records)],
    ...[...totals.struck].sort(byName).map(([name, count]) => [`fault ${name}`, number(count)]),
    ...[...totals.checked]
      .sort(byNumber)
      .map(([name, count]) => [
        `${name} looked at`,
        `${number(count)}${totals.wrong.has(name) ? `, ${totals.wrong.get(name)} wrong` : ''}`,
      ]),
    ['trades/s and core, played and checked', number(tradesPerSecond(totals))],
    ['processor time playing / checking', `${(playingMs / 1000).toFixed(1)} s / ${(checkingMs / 1000).toFixed(1)} s`],
  )
  return table.toString()
}

/** Kinds of steps against faults; an empty cell was never met, a dot cannot be. */
export const coverageTableOf = ({ coverage }: Totals): string => {
  const faults = [...callFaults, ...processFaults]
  const table = new Table({
    head: ['step', 'taken', ...faults],
    colAligns: ['left', ...Array.from({ length: faults.length + 1 }, () => 'right' as const)],
    style: { head: [], border: [], compact: true },
  })
  for (const [kind, { taken, request, struck }] of [...coverage.steps].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const possible = faultsFor(kind, request)
    const cells = faults.map((fault) => (possible.includes(fault) ? number(struck.get(fault) ?? 0) : '.'))
    table.push([kind, number(taken), ...cells.map((cell) => (cell === '0' ? '' : cell))])
  }
  const { met, possible } = pairsOf(coverage)
  return `${table.toString()}\n${met} of ${possible} pairs of step and fault were met`
}

export const showingOf = (totals: Totals): SimulationShowing => ({
  seeds: totals.seeds,
  bad: totals.bad,
  trades: totals.trades,
  steps: totals.steps,
  entries: totals.entries,
  records: totals.records,
  tradesPerSecondAndCore: Math.round(tradesPerSecond(totals)),
  faults: Object.fromEntries([...totals.struck].sort(byName)),
  checked: Object.fromEntries([...totals.checked].sort(byNumber)),
  pairs: pairsOf(totals.coverage),
})
