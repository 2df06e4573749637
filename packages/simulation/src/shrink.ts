/** Makes a failing seed smaller: fewer trades, then one kind of fault after another left out, as long as it still fails. */
import { runSeed, type RunOptions, type RunReport } from './run.ts'
import { faultsOf } from './faults/mixture.ts'

export interface Shrunk {
  readonly trades: number
  /** Kinds of faults that are not needed. */
  readonly without: readonly string[]
}

/** What a run is asked to break again: a smaller story that breaks something else is another finding. */
const brokenBy = ({ findings }: RunReport): Set<string> => new Set(findings.wrong.map(({ invariant }) => invariant))

/** The smallest story found within the time; the one given when none is smaller. */
export const shrink = async (
  failing: RunReport,
  options: Omit<RunOptions, 'seed' | 'trades' | 'traced'>,
  untilMs: number,
): Promise<Shrunk> => {
  const wanted = brokenBy(failing)
  let smallest: Shrunk = { trades: failing.trades, without: options.without ?? [] }
  const tries = async (trades: number, without: readonly string[]): Promise<boolean> => {
    if (performance.now() >= untilMs) return false
    const broken = brokenBy(await runSeed({ ...options, seed: failing.seed, trades, without }))
    const fails = [...broken].some((invariant) => wanted.has(invariant))
    if (fails) smallest = { trades, without }
    return fails
  }
  // Each number of trades tells its own story: what fails with few says nothing of fewer, so every size is a try of its own.
  for (const trades of [1, 2, 3, 5, 8, 13, 21, 34, 55].filter((size) => size < failing.trades))
    if (await tries(trades, smallest.without)) break
  for (const fault of faultsOf(failing.mixture)) await tries(smallest.trades, [...smallest.without, fault])
  return smallest
}
