/** What befalls a town while it works: calls fail, processes die, freeze and lose their clocks, groups are dealt anew, strangers write. */
import { topics } from '@triflow/contracts'
import { createRandom, type Process, type Step, type Verdict } from '@triflow/desk/memory'
import type { Town } from '../town/town.ts'
import { badRecord } from './bad-records.ts'
import { noCoverage, noteFault, noteStep, writesTo, type Coverage, type StruckBy } from './coverage.ts'

export interface Mishaps {
  /** Called before each step of the world; says what becomes of it. */
  strike(step: Step): Verdict
  readonly coverage: Coverage
  stop(): void
}

const LONGEST_FREEZE_MS = 15_000
const CLOCK_STEP_MS = 10_000
const LONGEST_FULL_MS = 20_000
/** Of the writes to a full disk, those of which some part was written. */
const PARTLY_WRITTEN = 0.3

export const openMishaps = (town: Town): Mishaps => {
  const { world, engines, options } = town
  const { mishaps } = options.mixture
  const random = createRandom(options.seed ^ 0xfa17)
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)]
  const { kill: kills, freeze: freezes, rebalance: rebalances, clockStep: clockSteps, diskFull: fullDisks } = mishaps
  const total = kills + freezes + rebalances + clockSteps + fullDisks + mishaps.badRecord
  const coverage = noCoverage()
  /** The last step of each process: what it had just done when something befell it. */
  const lastOf = new Map<string, string>()
  const fullUntil = new Map<'database' | 'log', number>()
  let stopped = false

  const count = (what: string): void => void town.struck.set(what, (town.struck.get(what) ?? 0) + 1)

  const befell = (what: string, victim: Process, fault: StruckBy): void => {
    count(what)
    noteFault(coverage, lastOf.get(victim.name) ?? 'start', fault)
  }

  const kill = (): void => {
    const victim = pick(town.mortals().filter((process) => process.isAlive()))
    if (!victim) return
    befell('process.kill', victim, 'kill')
    victim.kill()
  }
  const freeze = (): void => {
    const victim = pick(town.mortals().filter((process) => process.isResponsive()))
    if (!victim) return
    befell('process.freeze', victim, 'freeze')
    victim.freeze()
    world.cluster.turn('thaw', () => victim.thaw(), Math.floor(random() * LONGEST_FREEZE_MS))
  }
  const rebalance = (): void => {
    const { broker } = engines
    const group = pick(broker.groups())
    const member = group && random() < 0.5 ? pick(broker.members(group)) : undefined
    if (!group) return
    count(member ? 'log.expulsion' : 'log.rebalance')
    if (member) broker.expel(member)
    else broker.rebalance(group)
  }
  const clockStep = (): void => {
    const victim = pick(town.mortals().filter((process) => process.isAlive()))
    if (!victim) return
    befell('clock.step', victim, 'clockStep')
    world.skew(victim, Math.floor((random() - 0.5) * CLOCK_STEP_MS))
  }
  const stranger = (): void => {
    const topic = pick(topics)!
    const record = badRecord(topic, options.desks, random)
    count('log.badRecord')
    engines.broker.topics.append(record)
  }

  const fillDisk = (): void => {
    count('disk.full')
    fullUntil.set(random() < 0.5 ? 'database' : 'log', world.now() + random() * LONGEST_FULL_MS)
  }

  const befall = (): void => {
    let dice = random()
    if (dice >= total) return
    for (const [rate, happen] of [
      [kills, kill],
      [freezes, freeze],
      [rebalances, rebalance],
      [clockSteps, clockStep],
      [mishaps.badRecord, stranger],
      [fullDisks, fillDisk],
    ] as const) {
      if (dice < rate) return happen()
      dice -= rate
    }
  }

  /** A request may meet a full disk, fail, lose its answer, or come late. */
  const verdictOn = (label: string): Verdict => {
    const disk = writesTo(label)
    if (disk && (fullUntil.get(disk) ?? 0) > world.now()) {
      noteFault(coverage, label, 'disk-full')
      return random() < PARTLY_WRITTEN ? 'unknown-done' : 'error'
    }
    const { calls } = options.mixture
    let dice = random()
    for (const [verdict, rate] of calls) {
      if (dice < rate) {
        count(`call.${verdict}`)
        if (verdict === 'error' || verdict === 'unknown-done' || verdict === 'unknown-late')
          noteFault(coverage, label, verdict)
        return verdict
      }
      dice -= rate
    }
    return 'go'
  }

  return {
    coverage,
    strike: (step) => {
      noteStep(coverage, step)
      if (stopped) return 'go'
      if (total > 0) befall()
      lastOf.set(step.process, step.label)
      return step.kind === 'request' ? verdictOn(step.label) : 'go'
    },
    stop: () => {
      stopped = true
    },
  }
}
