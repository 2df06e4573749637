/** How every workload is run from the command line: with progress, its table only when its gate is green, kept when asked for. */
import { consoleProgress, type Progress } from '../report/progress.ts'
import { inBenchWorld, type BenchWorld } from './bench-world.ts'
import { record, type Outcome, type WorkloadName } from './results.ts'

const WRONG_SHOWN = 10

/** As its user typed it. */
const typed = (): string => `./triflow ${process.argv.slice(process.argv.indexOf('bench')).join(' ')}`

/** Prints the table of a workload, or, when something was not as it must be, why there is none. */
export const told = async (
  workload: WorkloadName,
  isRecorded: boolean | undefined,
  work: (progress: Progress) => Promise<Outcome>,
): Promise<void> => {
  const progress = consoleProgress(process.stderr)
  try {
    const outcome = await work(progress)
    progress.end()
    const { table, wrong } = outcome
    if (wrong.length === 0) {
      table.forEach((line) => console.log(line))
      if (!isRecorded) return
      return progress.say(`Written to ${record(workload, typed(), outcome)}.`)
    }
    console.error(`No figure, because not everything was as it must be (differences: ${wrong.length}).`)
    for (const sentence of wrong.slice(0, WRONG_SHOWN)) console.error(`  ${sentence}`)
    process.exitCode = 1
  } finally {
    progress.end()
  }
}

/** Runs a workload in a private world in which the financing service is not running yet. */
export const inWorld = (
  workload: WorkloadName,
  { record: isRecorded, profile }: { readonly record?: boolean; readonly profile?: string },
  work: (world: BenchWorld, progress: Progress) => Promise<Outcome>,
): Promise<void> =>
  told(workload, isRecorded, (progress) =>
    inBenchWorld({ say: progress.say, profile }, (world) => work(world, progress)),
  )
