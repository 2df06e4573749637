/** `triflow chaos`: kills parts of a world of its own while a story is played, and checks that nobody could tell. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { atLeastOne } from '../whole-number.ts'
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
  /** Longest pause between a restart and the next kill. */
  readonly gapMs?: number
  readonly state?: string
  readonly say?: (sentence: string) => void
}

export interface ChaosReport {
  readonly seeds: readonly SeedReport[]
  readonly logFile: string
}

const USUAL_TRADES = 60
const USUAL_KILLS = 12
const USUAL_GAP_MS = 9_000
const LEAST_GAP_MS = 500
const MINUTE_MS = 60_000

/** Ends at the first seed that is not as it must be. */
export const runChaos = async (options: ChaosOptions): Promise<ChaosReport> => {
  const {
    seed: first,
    minutes,
    trades = USUAL_TRADES,
    killsMost = USUAL_KILLS,
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
      gapMs: { least: Math.min(LEAST_GAP_MS, gapMs), most: gapMs },
      killsMost,
      say,
      ...(until === undefined ? {} : { killUntil: until }),
    })
    reports.push(report)
    if (report.differences.length > 0) {
      const story = options.story === undefined ? '' : ` --story ${options.story}`
      say(
        `Repeat it with: ./triflow chaos --seed ${seed} --seeds 1 --trades ${trades} --kills ${killsMost} --gap ${gapMs}${story}`,
      )
      say(`Its data and logs are in ${state}/world until the next run.`)
      break
    }
  }
  return { seeds: reports, logFile }
}

interface Given extends Pick<ChaosOptions, 'seed' | 'seeds' | 'minutes' | 'story' | 'trades'> {
  readonly faults?: string
  readonly record?: boolean
  readonly kills: number
  readonly gap: number
}

export const register = (program: Command): void => {
  program
    .command('chaos')
    .description(
      'kill -9 parts, or all at once, while a story is played; compare with the same story undisturbed, and verify. With --faults: make faults of the catalogue one after another, and judge each',
    )
    .option('--faults <list>', 'of the catalogue, as in F14,F19, or all')
    .option('--record', 'with --faults: keep what it showed in docs/reliability')
    .option('--seed <number>', 'of kills and story; further seeds count up from it', atLeastOne, 1)
    .option('--seeds <number>', 'how many; as many as fit into --minutes, else one', atLeastOne)
    .option('--minutes <number>', 'no kill and no further seed after that', atLeastOne)
    .option('--trades <number>', `size of the story (${USUAL_TRADES}; 6 for each fault)`, atLeastOne)
    .option('--kills <number>', 'per seed', atLeastOne, USUAL_KILLS)
    .option('--gap <ms>', 'longest pause between a restart and the next kill', atLeastOne, USUAL_GAP_MS)
    .option('--story <number>', 'play this story for every seed', atLeastOne)
    .action(async ({ kills, gap, faults, record, ...given }: Given) => {
      if (faults !== undefined) {
        const { runFaultsCommand } = await import('./faults/command.ts')
        const { seed, trades } = given
        const held = await runFaultsCommand({
          faults,
          seed,
          ...(trades === undefined ? {} : { trades }),
          ...(record === undefined ? {} : { record }),
        })
        process.exit(held ? 0 : 1)
      }
      const { seeds, logFile } = await runChaos({
        ...given,
        killsMost: kills,
        gapMs: gap,
        say: (sentence) => console.log(sentence),
      })
      const bad = seeds.filter(({ differences }) => differences.length > 0).length
      const killed = seeds.reduce((sum, report) => sum + report.kills, 0)
      console.log(`${seeds.length} seeds, ${killed} kills, ${bad} not as they must be; the log is ${logFile}`)
      process.exitCode = bad > 0 || seeds.length === 0 ? 1 : 0
    })
}
