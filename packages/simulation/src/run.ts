/** One run from its seed to its verdict: a town, a story, faults; then calm, the last days of business, rest, and the checks. */
import { createRandom } from '@triflow/desk/memory'
import { coreLimits, type CoreLimits, type OfficeLimits } from '@triflow/desk'
import type { Coverage } from './faults/coverage.ts'
import { calm, drawMixture, withoutFaults, type Mixture } from './faults/mixture.ts'
import { openMishaps } from './faults/mishaps.ts'
import { checkTown } from './checks/check-town.ts'
import type { Findings } from './checks/findings.ts'
import { watchPositions } from './checks/positions.ts'
import { openOfficer } from './players/bank-officer.ts'
import { drawCast } from './players/cast.ts'
import { openOnlookers } from './players/onlookers.ts'
import { openStage } from './players/opening.ts'
import { subscribe } from './players/subscriber.ts'
import type { Stage } from './players/stage.ts'
import { playTrade } from './players/trade-script.ts'
import { openVoice } from './players/voice.ts'
import { toRest } from './town/rest.ts'
import { layouts, openTown, type Town } from './town/town.ts'
import { openTrace } from './trace.ts'

export interface RunOptions {
  readonly seed: number
  readonly trades: number
  /** Without faults: what is found then is no matter of luck. */
  readonly calm?: boolean
  /** Kinds of faults left out of what the seed drew. */
  readonly without?: readonly string[]
  /** Keeps the story of every step, for people. */
  readonly traced?: boolean
  /** Changes the town before anything happens in it: for tests that take a safeguard away. */
  readonly spoil?: (town: Town) => void
  /** For a story in which the log is lost: whoever rebuilds it takes readers back on purpose. */
  readonly readersGoBack?: boolean
  /** What time it is when the story begins. */
  readonly beginsAt?: number
}

export interface RunReport {
  readonly seed: number
  readonly trades: number
  readonly steps: number
  readonly entries: number
  readonly records: number
  /** The same for the same seed, trades and code. */
  readonly hash: string
  readonly mixture: Mixture
  readonly struck: ReadonlyMap<string, number>
  /** Which fault struck at which kind of step. */
  readonly coverage: Coverage
  readonly findings: Findings
  readonly town: Town
  /** Every step in words, when the run was traced. */
  story(): readonly string[]
  /** Processor time: what a core that does nothing else would take. */
  readonly tookMs: { readonly playing: number; readonly checking: number }
}

/** Small numbers in some seeds, so that short runs meet every bound; usual ones in others, so that batches share entries. */
const drawLimits = (random: () => number): Partial<OfficeLimits> => {
  const isSmall = random() < 0.4
  const drawCore = (): CoreLimits => {
    const outcomes = 5 + Math.floor(random() * 20)
    return { factBytes: 20_000, outcomes, atHand: outcomes - 5 }
  }
  return {
    recordsPerEntry: isSmall ? 1 + Math.floor(random() * 8) : 1_000,
    sweepStepsPerEntry: isSmall ? 1 + Math.floor(random() * 5) : 1_000,
    ticksPerEntry: isSmall ? 3 : 200,
    inboxBytes: isSmall ? 20_000 : 4 * 1024 * 1024,
    snapshotEveryEntries: isSmall ? 1 + Math.floor(random() * 5) : 40,
    snapshotEveryBytes: 64 * 1024 * 1024,
    core: isSmall ? drawCore() : { ...coreLimits, atHand: 50 },
  }
}

/** A story that takes longer than this goes round in circles, or waits for what never comes. */
const STEPS_PER_TRADE = 4_000
const STEPS_AT_LEAST = 1_000_000
const LONGEST_MS = 3_600_000

/** Days that are closed after the last trade was told, so that what waits for a close has had its own. */
const LAST_DAYS = 4

const processorMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

export const runSeed = async (options: RunOptions): Promise<RunReport> => {
  const { seed, trades } = options
  const random = createRandom(seed ^ 0x51a7)
  const mixture: Mixture = options.calm ? calm : withoutFaults(drawMixture(random), options.without ?? [])
  const cast = drawCast(random, trades)
  const town = openTown({
    seed,
    mixture,
    layout: layouts[Math.floor(random() * layouts.length)]!,
    desks: 1 + Math.floor(random() * 3),
    limits: drawLimits(random),
    traced: options.traced ?? false,
    beginsAt: options.beginsAt,
  })
  options.spoil?.(town)
  const movedBack = watchPositions(town.engines.database)
  const { world } = town
  const startedAt = processorMs()
  const trace = openTrace()
  const mishaps = openMishaps(town)
  let steps = 0
  world.setJudge((step) => {
    steps++
    trace.take(step)
    return mishaps.strike(step)
  })

  let isCalm = false
  const voice = openVoice(town, () => (isCalm ? 0 : mixture.mishaps.repeat))
  const stage: Stage = { cast, voice, seed, today: '', remittances: new Map(), subscriptions: [], finished: 0 }
  const officer = openOfficer(town, stage)
  const onlookers = openOnlookers(town, stage)
  const { clock } = voice.process
  /** Virtual time between the beginnings of two trades, and between two closes of day. */
  const gapMs = 5 + Math.floor(random() * 100)
  const dayMs = 4_000 + Math.floor(random() * 12_000)
  let played = false
  let over = false

  const story = async (): Promise<void> => {
    const subscribed = subscribe(town, stage)
    const watched = onlookers.watch(() => played)
    const { joined } = await openStage(stage)
    const days = (async () => {
      while (!played) {
        await clock.sleep(dayMs)
        if (!played) await officer.closeDay()
      }
    })()
    const all: Promise<void>[] = []
    for (let index = 0; index < trades; index++) {
      all.push(playTrade(stage, index))
      await clock.sleep(Math.floor(random() * gapMs * 2))
    }
    await Promise.all([joined, subscribed, ...all])
    played = true
    await Promise.all([days, watched])
  }
  const failures: string[] = []
  /** In the real world such a thing ends its process. */
  const uncaught = (error: unknown): void =>
    void failures.push(`nobody caught ${error instanceof Error ? error.stack : String(error)}`)
  process.on('unhandledRejection', uncaught)
  process.on('uncaughtException', uncaught)
  const tellFailure = (error: unknown): void => {
    failures.push(`the story broke off: ${error instanceof Error ? error.stack : String(error)}`)
    played = over = true
  }
  story().then(() => (over = true), tellFailure)
  const budget = Math.max(STEPS_AT_LEAST, trades * STEPS_PER_TRADE)
  const until = world.now() + LONGEST_MS
  const told = await world.run(() => over || world.now() > until, budget)
  mishaps.stop()
  isCalm = true
  town.heal()
  if (!over)
    failures.push(
      `the story does not end (${told === 'done' ? 'an hour is over' : told}); ${stage.finished} of ${trades} trades were told`,
    )

  /** Lets what is under way end, closes days, and clears the officer's desk until nothing is left on it. */
  const finish = async (): Promise<void> => {
    for (let day = 0; day < LAST_DAYS; day++) {
      await clock.sleep(10_000)
      await officer.closeDay()
    }
    for (let round = 0; round < 10; round++) {
      await clock.sleep(10_000)
      if ((await officer.clearDesk()) === 0) return
    }
  }
  if (failures.length === 0) {
    over = false
    finish().then(() => (over = true), tellFailure)
    const lastUntil = world.now() + LONGEST_MS
    await world.run(() => over || world.now() > lastUntil, budget)
    if (!over) failures.push('the last days do not end')
    else if ((await toRest(town, budget)) !== 'rested') failures.push('the town never comes to rest')
  }
  if (!options.readersGoBack) failures.push(...movedBack())
  const playing = processorMs() - startedAt
  const hash = trace.end(town)
  world.setJudge(() => undefined)
  const findings = await checkTown(town, stage, onlookers.seen, failures).finally(() => {
    process.off('unhandledRejection', uncaught)
    process.off('uncaughtException', uncaught)
  })
  return {
    seed,
    trades,
    steps,
    entries: town.engines.database.journal.size,
    records: town.engines.broker.topics.appended(),
    hash,
    mixture,
    struck: town.struck,
    coverage: mishaps.coverage,
    findings,
    town,
    story: () => world.trace,
    tookMs: { playing, checking: processorMs() - startedAt - playing },
  }
}
