/** What the players share: who they are, what day it is, whom they owe, and their own chance. */
import { createRandom } from '@triflow/desk/memory'
import type { Cast } from './cast.ts'
import type { Subscription } from './subscriber.ts'
import type { Voice } from './voice.ts'

/** A payment that a debtor's bank has announced, and what the debtor means by it. */
export interface Remittance {
  readonly debtorId: string
  readonly invoiceIds: readonly string[]
}

export interface Stage {
  readonly cast: Cast
  readonly voice: Voice
  readonly seed: number
  /** Current business date as the players know it. */
  today: string
  /** By receipt id. */
  readonly remittances: Map<string, Remittance>
  readonly subscriptions: Subscription[]
  /** Trades that have been told to their end. */
  finished: number
}

/** Chance that belongs to one part of the story: what others draw does not move it. */
export interface Chance {
  readonly random: () => number
  between(low: number, high: number): number
  of(perHundred: number): boolean
  pick<T>(items: readonly T[]): T
  /** Waits for up to so long. */
  pause(mostMs: number): Promise<void>
}

export const chanceOf = (stage: Stage, part: number): Chance => {
  const random = createRandom((Math.imul(stage.seed, 0x9e3779b1) ^ Math.imul(part + 1, 0x85ebca6b)) >>> 0)
  return {
    random,
    between: (low, high) => low + Math.floor(random() * (high - low + 1)),
    of: (perHundred) => random() * 100 < perHundred,
    pick: (items) => items[Math.floor(random() * items.length)]!,
    pause: (mostMs) => stage.voice.process.clock.sleep(Math.floor(random() * mostMs)),
  }
}
