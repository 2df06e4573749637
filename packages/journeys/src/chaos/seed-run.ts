/** One seed: the same story undisturbed and under kill -9, and everything that must be equal or whole afterwards. */
import { openDoor } from '../client/door.ts'
import { runDemo } from '../demo/job.ts'
import type { DemoTotals } from '../demo/summary.ts'
import { seeded } from '../generator/random.ts'
import { silentProgress } from '../report/progress.ts'
import { keepAcknowledged } from './acknowledged.ts'
import { aftermath, verified } from './aftermath.ts'
import { supervise, type SupervisorOptions } from './supervisor.ts'
import { differencesOf, keptTotals } from './totals.ts'
import { openWorld, type PrivateWorld } from './world.ts'

export interface SeedOptions {
  /** Of the kills. */
  readonly seed: number
  /** Of the story that is played. */
  readonly story: number
  readonly trades: number
  /** Folder for worlds, kept totals and the log. */
  readonly state: string
  readonly gapMs: SupervisorOptions['gapMs']
  readonly killsMost?: number
  /** No kill after this moment; what was begun is finished. */
  readonly killUntil?: number
  readonly say: (sentence: string) => void
}

export interface SeedReport {
  readonly seed: number
  readonly kills: number
  readonly restarts: number
  readonly acknowledged: number
  /** Undefined when the story did not end, and the bank's book was not compared. */
  readonly payouts: number | undefined
  readonly seconds: number
  /** Empty when all is well. */
  readonly differences: readonly string[]
}

const secondsSince = (began: number): number => Math.round((Date.now() - began) / 100) / 10

/** Totals of the story in a world where nothing happens to anybody. Verified, for it is the measure of all others. */
const undisturbed = async ({ story, trades, state, say }: SeedOptions, world: PrivateWorld): Promise<DemoTotals> => {
  const began = Date.now()
  const door = openDoor(world.surroundings)
  try {
    const { result } = await runDemo(door, { seed: story, trades }, silentProgress)
    const wrong = await verified(world, false)
    if (wrong.length > 0) throw new Error(`Verify is not green without any disturbance: ${wrong.at(-1)}`)
    keptTotals(state, story, trades).keep(world.env, result.totals)
    say(
      `story ${story} of ${trades} trades undisturbed: ${result.totals.financed} financed, ${result.totals.receipts} receipts, ${secondsSince(began)} s`,
    )
    return result.totals
  } finally {
    await door.close()
  }
}

/** A fresh world, killed at random moments while the story is played. */
const disturbed = async (options: SeedOptions, world: PrivateWorld, expected: DemoTotals): Promise<SeedReport> => {
  const { seed, story, trades, gapMs, killsMost, killUntil, say } = options
  const began = Date.now()
  const door = openDoor(world.surroundings)
  const keeping = keepAcknowledged(door)
  const supervision = supervise({
    world,
    random: seeded(seed).fork('kills'),
    gapMs,
    ...(killsMost === undefined ? {} : { killsMost }),
    onEvent: (sentence) => say(`  ${sentence}`),
  })
  const curfew =
    killUntil === undefined
      ? undefined
      : setTimeout(() => void supervision.stop().catch(() => {}), Math.max(0, killUntil - Date.now()))
  const told = (differences: readonly string[], payouts: number | undefined): SeedReport => ({
    seed,
    kills: supervision.events.length,
    restarts: supervision.restarts(),
    acknowledged: keeping.count(),
    payouts,
    seconds: secondsSince(began),
    differences,
  })
  try {
    const { result } = await Promise.race([
      runDemo(keeping.door, { seed: story, trades }, silentProgress),
      supervision.failed,
    ])
    await supervision.stop()
    await world.allReady()
    const { differences, payouts } = await aftermath(world, keeping)
    return told([...differencesOf(expected, result.totals), ...differences], payouts)
  } catch (error) {
    return told([error instanceof Error ? error.message : String(error)], undefined)
  } finally {
    clearTimeout(curfew)
    await supervision.stop().catch(() => {})
    await door.close()
  }
}

const tell = (report: SeedReport): string => {
  const { seed, kills, restarts, acknowledged, payouts, seconds, differences } = report
  const what = `seed ${seed}: ${kills} kills, ${restarts} restarts, ${acknowledged} acknowledged, ${payouts === undefined ? 'the bank’s book not compared' : `${payouts} paid`}, ${seconds} s`
  return differences.length === 0 ? `${what}: all is well` : `${what}: ${differences.length} differences`
}

/** The world of a failed seed is stopped and its data are kept for whoever looks into it. */
export const runSeed = async (options: SeedOptions): Promise<SeedReport> => {
  const { state, story, trades, say } = options
  const worldState = `${state}/world`
  let world = await openWorld(worldState)
  try {
    let expected = keptTotals(state, story, trades).read(world.env)
    if (!expected) {
      expected = await undisturbed(options, world)
      world = await openWorld(worldState)
    }
    const report = await disturbed(options, world, expected)
    say(tell(report))
    for (const difference of report.differences.slice(0, 10)) say(`  ${difference}`)
    if (report.differences.length === 0) await world.erase()
    else await world.down()
    return report
  } catch (error) {
    await world.down()
    throw error
  }
}
