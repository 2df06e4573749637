/** One trade as its players know it. */
import type { Deal } from './deal.ts'
import type { Chance, Stage } from './stage.ts'

export interface Play {
  readonly stage: Stage
  readonly chance: Chance
  readonly deal: Deal
  /** How long its parties take, at most, for each of their steps. */
  readonly paceMs: number
}
