/** When each leg of many trades is to be sent: at a fixed rate, the legs of a trade apart and mixed with those of others. */
import { seeded } from '../generator/random.ts'
import { legs, type Leg } from './legs.ts'

export interface SchedulePlan {
  /** Legs per second, over all topics. */
  readonly ratePerSecond: number
  readonly seconds: number
  /** The legs of one trade are spread over about this time. */
  readonly spreadSeconds: number
  readonly seed: number
}

export interface Slot {
  /** Milliseconds after the start. */
  readonly dueMs: number
  readonly trade: number
  readonly leg: Leg
  /** With it the trade is complete. */
  readonly isLast: boolean
}

/** Whole trades only: as many as the time has room for. */
export const scheduleOf = ({ ratePerSecond, seconds, spreadSeconds, seed }: SchedulePlan): Slot[] => {
  const trades = Math.floor((ratePerSecond * seconds) / legs.length)
  const spreadLegs = Math.max(1, Math.round(ratePerSecond * spreadSeconds))
  const random = seeded(seed)
  const places: { at: number; trade: number; leg: Leg }[] = []
  for (let trade = 0; trade < trades; trade++) {
    const [order, acceptance, ...others] = legs.map(() => trade * legs.length + random.below(spreadLegs)) as [
      number,
      number,
      ...number[],
    ]
    // One desk says both of an order, in this order; the other flows know nothing of each other.
    const ordered = [Math.min(order, acceptance), Math.max(order, acceptance), ...others]
    legs.forEach((leg, index) => places.push({ at: ordered[index]!, trade, leg }))
  }
  // Equal places keep the order in which they were made, in which an acceptance follows its order.
  places.sort((a, b) => a.at - b.at)
  const lastAt = new Map<number, number>()
  places.forEach(({ trade }, index) => lastAt.set(trade, index))
  return places.map(({ trade, leg }, index) => ({
    dueMs: (index * 1_000) / ratePerSecond,
    trade,
    leg,
    isLast: lastAt.get(trade) === index,
  }))
}
