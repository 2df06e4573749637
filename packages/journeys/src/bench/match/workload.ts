/** Orders to be matched: which of them lack a leg, say one twice or contradict themselves, and in which order all legs arrive. */
import type { OutgoingRecord } from '@triflow/desk'
import { seeded } from '../../generator/random.ts'
import { legs, sayLeg, type Conflict, type Leg, type Say, type TradeShape } from '../legs.ts'

export interface MatchPlan extends TradeShape {
  readonly orders: number
  /** Orders whose legs arrive in any order among one another. */
  readonly window: number
  readonly seed: number
  /** Whether debtors' desks hear of the invoices: without it no claim is ever complete, so nothing is financed or closed. */
  readonly withClaims: boolean
}

/** What is unusual about an order; most have nothing. */
export type Oddity =
  | { readonly kind: 'missing'; readonly leg: MatchLeg }
  | { readonly kind: 'duplicate'; readonly leg: MatchLeg }
  | { readonly kind: 'conflict'; readonly conflict: Conflict }

/** What the trade desk hears, and so what every contender consumes. */
export const matchLegs = ['order', 'acceptance', 'billing', 'funds', 'goods'] as const satisfies readonly Leg[]
export type MatchLeg = (typeof matchLegs)[number]

const MISSING_PERCENT = 5
const DUPLICATE_PERCENT = 3
const CONFLICT_PERCENT = 2
const conflicts = ['price', 'billed', 'received'] as const

/** By order. */
export type Oddities = ReadonlyMap<number, Oddity>

export const odditiesOf = ({ orders, seed, linesPerOrder }: MatchPlan): Oddities => {
  const random = seeded(seed).fork('oddities')
  const odd = new Map<number, Oddity>()
  for (let order = 0; order < orders; order++) {
    const draw = random.below(100)
    if (draw < MISSING_PERCENT) odd.set(order, { kind: 'missing', leg: random.pick(matchLegs) })
    else if (draw < MISSING_PERCENT + DUPLICATE_PERCENT)
      odd.set(order, { kind: 'duplicate', leg: random.pick(matchLegs) })
    else if (draw < MISSING_PERCENT + DUPLICATE_PERCENT + CONFLICT_PERCENT) {
      const line = random.between(1, linesPerOrder)
      odd.set(order, {
        kind: 'conflict',
        conflict: { about: random.pick(conflicts), line, by: BigInt(random.between(1, 9)) },
      })
    }
  }
  return odd
}

/** Legs of an order that are ever told. Nobody accepts an order that was not submitted; an invoice never issued is told to nobody. */
const toldLegs = ({ withClaims }: MatchPlan, oddity: Oddity | undefined): readonly Leg[] => {
  const missing = oddity?.kind === 'missing' ? oddity.leg : undefined
  return legs.filter((leg) => {
    if (leg === missing || (leg === 'invoice' && (!withClaims || missing === 'billing'))) return false
    return !(leg === 'acceptance' && missing === 'order')
  })
}

export interface WorkloadSize {
  /** Everything that is appended. */
  readonly records: number
  /** Of these, what the trade desk hears: the events of every figure. */
  readonly events: number
}

export const sizeOf = (plan: MatchPlan, odd: Oddities): WorkloadSize => {
  let records = 0
  let events = 0
  for (let order = 0; order < plan.orders; order++) {
    const oddity = odd.get(order)
    const told = toldLegs(plan, oddity)
    const again = oddity?.kind === 'duplicate' ? 1 : 0
    records += told.length + again
    events += told.filter((leg) => leg !== 'invoice').length + again
  }
  return { records, events }
}

interface Slot {
  readonly order: number
  readonly leg: Leg
  /** The record of an earlier slot once more. */
  readonly again: boolean
}

/** Legs of the orders from..to-1, shuffled; within one order an acceptance follows its order, and a repeat what it repeats. */
export const arrivals = (plan: MatchPlan, odd: Oddities, from: number, to: number): readonly Slot[] => {
  const slots: Slot[] = []
  for (let order = from; order < to; order++) {
    const oddity = odd.get(order)
    for (const leg of toldLegs(plan, oddity)) slots.push({ order, leg, again: false })
    if (oddity?.kind === 'duplicate') slots.push({ order, leg: oddity.leg, again: true })
  }
  const random = seeded(plan.seed).fork(`arrivals from ${from}`)
  for (let last = slots.length - 1; last > 0; last--) swap(slots, last, random.below(last + 1))
  const places = new Map<string, number>()
  slots.forEach(({ order, leg, again }, place) => {
    if (leg === 'order' || leg === 'acceptance' || odd.get(order)?.kind === 'duplicate')
      places.set(`${order} ${leg} ${again}`, place)
  })
  const inOrder = (first: string, second: string): void => {
    const [a, b] = [places.get(first), places.get(second)]
    if (a === undefined || b === undefined || a < b) return
    swap(slots, a, b)
    places.set(first, b).set(second, a)
  }
  for (let order = from; order < to; order++) {
    inOrder(`${order} order false`, `${order} acceptance false`)
    const oddity = odd.get(order)
    if (oddity?.kind === 'duplicate') inOrder(`${order} ${oddity.leg} false`, `${order} ${oddity.leg} true`)
    // The repeat may have changed places with the acceptance's order.
    inOrder(`${order} order false`, `${order} acceptance false`)
  }
  return slots
}

const swap = (slots: Slot[], a: number, b: number): void => {
  const held = slots[a]!
  slots[a] = slots[b]!
  slots[b] = held
}

/** All records, as they are appended. */
export function* workload(say: Say, plan: MatchPlan, odd: Oddities): Generator<OutgoingRecord> {
  for (let from = 0; from < plan.orders; from += plan.window) {
    const toRepeat = new Map<number, OutgoingRecord>()
    for (const { order, leg, again } of arrivals(plan, odd, from, Math.min(plan.orders, from + plan.window))) {
      const oddity = odd.get(order)
      if (again) {
        yield toRepeat.get(order)!
        continue
      }
      const record = sayLeg(say, plan, order, leg, oddity?.kind === 'conflict' ? oddity.conflict : undefined)
      if (oddity?.kind === 'duplicate' && oddity.leg === leg) toRepeat.set(order, record)
      yield record
    }
  }
}
