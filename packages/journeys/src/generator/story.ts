/** A seeded month of honest industrial trade: what everyone will do, and on which business day. */
import { paymentsOf } from './payment-plan.ts'
import { peopleOf, type People } from './people.ts'
import { seeded } from './random.ts'
import { tradeOf } from './trade-plan.ts'
import { BUSINESS_DAYS, type Payment, type Scene, type Trade } from './vocabulary.ts'
import { workingDays } from './working-days.ts'

export interface Story {
  readonly id: string
  readonly people: People
  /** Monday to Friday. */
  readonly days: readonly string[]
  readonly trades: readonly Trade[]
  readonly payments: readonly Payment[]
}

/** Name of a story in ids and keys; the usual one has no suffix. */
export const storyIdOf = (seed: number, tradeCount: number): string =>
  seed === 1 && tradeCount === 300 ? 'demo' : `demo-${seed}-${tradeCount}`

/** Suffix of the story's parties: each story but the usual one has a cast of its own. */
export const suffixOf = (storyId: string): string => storyId.slice('demo'.length)

/** The same seed, size and start give the same story, to the cent. */
export const storyOf = ({ seed, tradeCount, start }: { seed: number; tradeCount: number; start: string }): Story => {
  const id = storyIdOf(seed, tradeCount)
  const scene: Scene = {
    storyId: id,
    people: peopleOf(suffixOf(id)),
    days: workingDays(start, BUSINESS_DAYS),
  }
  const root = seeded(seed)
  const trades = Array.from({ length: tradeCount }, (_, index) => tradeOf(index, scene, root))
  return { id, people: scene.people, days: scene.days, trades, payments: paymentsOf(trades, scene, root) }
}
