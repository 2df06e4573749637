/** `triflow simulate`: the whole platform in one process, from seeds; needs no engines and starts no services. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { keepShowing } from '@triflow/journeys/reliability'
import { atLeastOne } from '@triflow/journeys/whole-number'
import { runSeed, type RunOptions, type RunReport } from './run.ts'
import { shrink } from './shrink.ts'
import { addRun, coverageTableOf, noTotals, showingOf, summaryOf, tradesPerSecond, type Totals } from './summary.ts'

export interface SimulateOptions {
  /** The first seed; the following ones count up from it. */
  readonly seed: number
  /** How many; as many as fit into the time when left out, one when there is no time either. */
  readonly seeds?: number
  readonly minutes?: number
  readonly trades: number
  readonly calm?: boolean
  /** Kinds of faults left out of what each seed draws. */
  readonly without?: readonly string[]
  /** File for the story of every step of the first seed. */
  readonly trace?: string
  /** Takes a safeguard away, for tests. */
  readonly spoil?: RunOptions['spoil']
  readonly say: (sentence: string) => void
  /** Called after each seed. */
  readonly onProgress?: (totals: Totals, seed: number) => void
}

const MINUTE_MS = 60_000
const FINDINGS_SHOWN = 10
/** How long a smaller story is looked for. */
const SHRINK_MS = 60_000

export const replayCommand = (
  seed: number,
  trades: number,
  { calm = false, without = [] }: Pick<SimulateOptions, 'calm' | 'without'> = {},
): string =>
  `./triflow simulate --seed ${seed} --trades ${trades}${calm ? ' --calm' : ''}${without.length > 0 ? ` --without ${without.join(' ')}` : ''}`

const tellFindings = async (run: RunReport, options: SimulateOptions): Promise<void> => {
  const { say, calm, without, spoil } = options
  const { wrong } = run.findings
  say(`Seed ${run.seed} (${run.hash}): ${wrong.length} things are not as they must be.`)
  for (const { invariant, sentence } of wrong.slice(0, FINDINGS_SHOWN)) say(`  ${invariant}: ${sentence}`)
  say(`Repeat it with: ${replayCommand(run.seed, run.trades, options)}`)
  const asked = { ...(calm ? { calm } : {}), ...(without ? { without } : {}), ...(spoil ? { spoil } : {}) }
  const smallest = await shrink(run, asked, performance.now() + SHRINK_MS)
  if (smallest.trades < run.trades || smallest.without.length > (without?.length ?? 0))
    say(`As small as it gets: ${replayCommand(run.seed, smallest.trades, { ...asked, ...smallest })}`)
}

/** Runs seeds in turn; ends at the first that is not as it must be. */
export const simulate = async (options: SimulateOptions): Promise<Totals> => {
  const { seed: first, minutes, trades, calm = false, without = [], trace, spoil, say, onProgress } = options
  const most = options.seeds ?? (minutes === undefined ? 1 : Infinity)
  const until = minutes === undefined ? Infinity : performance.now() + minutes * MINUTE_MS
  const totals = noTotals()
  for (let seed = first; seed < first + most && performance.now() < until; seed++) {
    const run = await runSeed({ seed, trades, calm, without, traced: trace !== undefined, ...(spoil ? { spoil } : {}) })
    addRun(totals, run)
    onProgress?.(totals, seed)
    if (trace !== undefined) writeFileSync(trace, `${run.story().join('\n')}\n`)
    if (most === 1) say(`Seed ${seed} ended in ${run.hash} after ${run.steps} steps.`)
    if (run.findings.wrong.length > 0) {
      await tellFindings(run, options)
      break
    }
    if (trace !== undefined) break
  }
  return totals
}

const TELL_EVERY_MS = 10_000

/** One line that is written over on a terminal; elsewhere a line now and then. */
const progress = (): ((totals: Totals, seed: number) => void) => {
  let toldAt = performance.now()
  return (totals, seed) => {
    const isTerminal = process.stdout.isTTY
    if (!isTerminal && performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    const line = `seed ${seed}: ${totals.seeds} seeds, ${totals.trades} trades, ${Math.round(tradesPerSecond(totals))} trades/s`
    process.stdout.write(isTerminal ? `\r${line}   ` : `${line}\n`)
  }
}

interface Given extends Omit<SimulateOptions, 'say'> {
  readonly defects?: true | string[]
  readonly record?: true
}

/** As many seeds as were run, so that the same can be run again. */
const commandOf = ({ seed, trades, ...options }: Given, { seeds }: Totals): string =>
  `${replayCommand(seed, trades, options)} --seeds ${seeds}`

export const register = (program: Command): void => {
  program
    .command('simulate')
    .description(
      'the whole platform in one process on a virtual clock: trade, faults, and every invariant, from a seed',
    )
    .option('--seed <number>', 'of story, faults and order of steps; further seeds count up from it', atLeastOne, 1)
    .option('--seeds <number>', 'how many; as many as fit into --minutes, else one', atLeastOne)
    .option('--minutes <number>', 'no further seed begins after that', atLeastOne)
    .option('--trades <number>', 'per seed', atLeastOne, 100)
    .option('--calm', 'without faults')
    .option('--without <faults...>', 'leave these kinds of faults out, as a shrunk seed says')
    .option('--defects [names...]', 'plant these (or all) known defects in a copy of the sources and look for each')
    .option('--trace <file>', 'write every step of the first seed to a file')
    .option('--record', 'keep the result for docs/reliability.md')
    .action(async ({ defects, record, ...given }: Given) => {
      if (defects !== undefined) {
        const { runDefects } = await import('./defects/report.ts')
        process.exitCode = await runDefects(defects === true ? undefined : defects, record === true)
        return
      }
      const totals = await simulate({ ...given, say: (sentence) => console.log(sentence), onProgress: progress() })
      if (process.stdout.isTTY) console.log()
      console.log(summaryOf(totals))
      if (totals.seeds > 1) console.log(coverageTableOf(totals))
      if (record) console.log(`kept in ${keepShowing('simulation', commandOf(given, totals), showingOf(totals))}`)
      console.log(totals.bad > 0 ? 'simulate: not all is well' : 'simulate: all is well')
      process.exitCode = totals.bad > 0 || totals.seeds === 0 ? 1 : 0
    })
}
