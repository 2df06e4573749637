/** `triflow chaos`: kills parts of a world of its own while a story is played, and checks that nobody could tell. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidArgumentError, type Command } from 'commander'
import { runSeed, type SeedReport } from './seed-run.ts'
import { stateFor } from './world.ts'

export interface ChaosOptions {
  /** The first seed; the following ones count up from it. */
  readonly seed: number
  /** How many seeds; as many as fit into the time when left out, one when there is no time either. */
  readonly seeds?: number
  /** Bounds the whole: afterwards nothing is killed and no further seed begins. */
  readonly minutes?: number
  readonly trades?: number
  /** Seed of the story; that of the kills when left out. */
  readonly story?: number
  /** Per seed; a story that is killed without end never ends. */
  readonly killsMost?: number
  readonly gapMs?: { readonly least: number; readonly most: number }
  readonly state?: string
  readonly say?: (sentence: string) => void
}

export interface ChaosReport {
  readonly seeds: readonly SeedReport[]
  readonly logFile: string
}

const USUAL_TRADES = 60
const USUAL_KILLS = 12
const USUAL_GAP_MS = { least: 1_000, most: 9_000 } as const
const MINUTE_MS = 60_000

/** Ends at the first seed that is not as it must be. */
export const runChaos = async (options: ChaosOptions): Promise<ChaosReport> => {
  const {
    seed: first,
    minutes,
    trades = USUAL_TRADES,
    killsMost,
    gapMs = USUAL_GAP_MS,
    state = stateFor('chaos'),
  } = options
  const most = options.seeds ?? (minutes === undefined ? 1 : Infinity)
  const until = minutes === undefined ? undefined : Date.now() + minutes * MINUTE_MS
  mkdirSync(state, { recursive: true })
  const logFile = join(state, 'chaos.log')
  const say = (sentence: string): void => {
    options.say?.(sentence)
    appendFileSync(logFile, `${new Date().toISOString()} ${sentence}\n`)
  }
  const reports: SeedReport[] = []
  for (let seed = first; seed < first + most; seed++) {
    if (until !== undefined && Date.now() >= until) {
      if (most !== Infinity) say(`The time was over after ${reports.length} of ${most} seeds.`)
      break
    }
    const report = await runSeed({
      seed,
      story: options.story ?? seed,
      trades,
      state,
      gapMs,
      say,
      ...(killsMost === undefined ? {} : { killsMost }),
      ...(until === undefined ? {} : { killUntil: until }),
    })
    reports.push(report)
    if (report.differences.length > 0) {
      const story = options.story === undefined ? '' : ` --story ${options.story}`
      say(`Repeat it with: ./triflow chaos --seed ${seed} --trades ${trades}${story}`)
      say(`Its data and logs are in ${state}/world until the next run.`)
      break
    }
  }
  return { seeds: reports, logFile }
}

const atLeastOne = (text: string): number => {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.')
  return Number(text)
}

export const register = (program: Command): void => {
  program
    .command('chaos')
    .description(
      'kill -9 parts, or all at once, while a story is played; compare with the same story undisturbed, and verify',
    )
    .option('--seed <number>', 'of kills and story; further seeds count up from it', atLeastOne, 1)
    .option('--seeds <number>', 'how many; as many as fit into --minutes, else one', atLeastOne)
    .option('--minutes <number>', 'no kill and no further seed after that', atLeastOne)
    .option('--trades <number>', 'size of the story', atLeastOne, USUAL_TRADES)
    .option('--story <number>', 'play this story for every seed', atLeastOne)
    .action(async (given: { seed: number; seeds?: number; minutes?: number; trades: number; story?: number }) => {
      const { seeds, logFile } = await runChaos({ ...given, say: (sentence) => console.log(sentence) })
      const bad = seeds.filter(({ differences }) => differences.length > 0).length
      const kills = seeds.reduce((sum, report) => sum + report.kills, 0)
      console.log(`${seeds.length} seeds, ${kills} kills, ${bad} not as they must be; the log is ${logFile}`)
      process.exitCode = bad > 0 || seeds.length === 0 ? 1 : 0
    })
}
