/** What befalls a town while it works: calls fail, processes die, freeze and lose their clocks, groups are dealt anew, strangers write. */
import { desks, topics } from '@triflow/contracts'
import { createRandom, type Step, type Verdict } from '@triflow/desk/memory'
import type { Town } from '../town/town.ts'
import { badRecord } from './bad-records.ts'

export interface Mishaps {
  /** Called before each step of the world; says what becomes of it. */
  strike(step: Step): Verdict
  stop(): void
}

const LONGEST_FREEZE_MS = 15_000
const CLOCK_STEP_MS = 10_000

export const openMishaps = (town: Town): Mishaps => {
  const { world, engines, options } = town
  const { mishaps } = options.mixture
  const random = createRandom(options.seed ^ 0xfa17)
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)]
  const total = mishaps.kill + mishaps.freeze + mishaps.rebalance + mishaps.clockStep + mishaps.badRecord
  let stopped = false

  const count = (what: string): void => void town.struck.set(what, (town.struck.get(what) ?? 0) + 1)

  const kill = (): void => {
    const victim = pick(town.mortals().filter((process) => process.isAlive()))
    if (!victim) return
    count('process.kill')
    victim.kill()
  }
  const freeze = (): void => {
    const victim = pick(town.mortals().filter((process) => process.isResponsive()))
    if (!victim) return
    count('process.freeze')
    victim.freeze()
    world.cluster.turn('thaw', () => victim.thaw(), Math.floor(random() * LONGEST_FREEZE_MS))
  }
  const rebalance = (): void => {
    count('log.rebalance')
    engines.broker.rebalance(`triflow.${pick(desks)!.name}`)
  }
  const clockStep = (): void => {
    const victim = pick(town.mortals().filter((process) => process.isAlive()))
    if (!victim) return
    count('clock.step')
    world.skew(victim, Math.floor((random() - 0.5) * CLOCK_STEP_MS))
  }
  const stranger = (): void => {
    const topic = pick(topics)!
    const record = badRecord(topic, options.desks, random)
    count('log.badRecord')
    engines.broker.topics.append(record)
  }

  const befall = (): void => {
    let dice = random()
    if (dice >= total) return
    for (const [rate, happen] of [
      [mishaps.kill, kill],
      [mishaps.freeze, freeze],
      [mishaps.rebalance, rebalance],
      [mishaps.clockStep, clockStep],
      [mishaps.badRecord, stranger],
    ] as const) {
      if (dice < rate) return happen()
      dice -= rate
    }
  }

  /** A request may fail, lose its answer, or come late. */
  const verdictOn = (): Verdict => {
    const { calls } = options.mixture
    let dice = random()
    for (const [verdict, rate] of calls) {
      if (dice < rate) {
        count(`call.${verdict}`)
        return verdict
      }
      dice -= rate
    }
    return 'go'
  }

  return {
    strike: (step) => {
      if (stopped) return 'go'
      if (total > 0) befall()
      return step.kind === 'request' ? verdictOn() : 'go'
    },
    stop: () => {
      stopped = true
    },
  }
}
