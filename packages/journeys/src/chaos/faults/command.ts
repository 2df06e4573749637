/** `triflow chaos --faults`: the fault catalogue on one world, a line per fault, and what it showed kept on demand. */
import { keepShowing } from '../../reliability/record.ts'
import { stateFor } from '../world.ts'
import { chosenFaults } from './registry.ts'
import { runFaults, type FaultReport, type Result } from './run.ts'

const USUAL_TRADES = 6

export interface FaultsGiven {
  readonly faults: string
  readonly seed: number
  readonly trades?: number
  readonly record?: boolean
}

const commandFor = (faults: string, seed: number, trades: number): string =>
  `./triflow chaos --faults ${faults} --seed ${seed}${trades === USUAL_TRADES ? '' : ` --trades ${trades}`}`

/** As in "31 held, 2 FAILED". */
const counted = (reports: readonly FaultReport[]): string => {
  const counts = new Map<Result, number>()
  for (const { result } of reports) counts.set(result, (counts.get(result) ?? 0) + 1)
  return [...counts].map(([result, count]) => `${count} ${result}`).join(', ')
}

/** True when everything that could be made held. */
export const runFaultsCommand = async ({
  faults: asked,
  seed,
  trades = USUAL_TRADES,
  record = false,
}: FaultsGiven): Promise<boolean> => {
  const say = (sentence: string): void => console.log(sentence)
  const state = stateFor('chaos-faults')
  const report = await runFaults({ faults: chosenFaults(asked), seed, trades, state, say })
  const failed = report.faults.filter(({ result }) => result === 'FAILED')
  say(`${counted(report.faults)} in ${report.seconds} s; the log is ${state}/faults.log`)
  if (report.historyFile) say(`The calls are in ${report.historyFile}: ./triflow check-history ${report.historyFile}`)
  for (const { id } of failed) say(`Repeat it with: ${commandFor(id, seed, trades)}`)
  if (failed.length > 0) say(`Data and logs of the world are in ${state}/world until the next run.`)
  if (record) {
    const { faults, history, seconds } = report
    say(`Kept in ${keepShowing('faults', commandFor(asked, seed, trades), { seed, trades, seconds, faults, history })}`)
  }
  return failed.length === 0 && report.historyHolds
}
