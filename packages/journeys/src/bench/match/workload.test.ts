import { describe, expect, it } from 'vitest'
import { speakers } from '../legs.ts'
import { arrivals, matchLegs, odditiesOf, sizeOf, workload, type MatchPlan } from './workload.ts'

const plan: MatchPlan = {
  desks: 4,
  debtors: 40,
  linesPerOrder: 5,
  orders: 4_000,
  window: 1_000,
  seed: 7,
  withClaims: true,
}
const odd = odditiesOf(plan)
const few = { ...plan, orders: 600, window: 200 }
const fewOdd = odditiesOf(few)
const share = (kind: string): number => [...odd.values()].filter((oddity) => oddity.kind === kind).length / plan.orders

describe('orders of the match', () => {
  it('lack a leg in 5 %, say one twice in 3 % and contradict themselves in 2 %', () => {
    expect(share('missing')).toBeCloseTo(0.05, 2)
    expect(share('duplicate')).toBeCloseTo(0.03, 2)
    expect(share('conflict')).toBeCloseTo(0.02, 2)
    expect(odd.size / plan.orders).toBeCloseTo(0.1, 2)
  })

  it('are the same for one seed and others for another', () => {
    expect(odditiesOf(plan)).toEqual(odd)
    expect(odditiesOf({ ...plan, seed: 8 })).not.toEqual(odd)
  })

  it('are as many records as said, of which the trade desk hears the events', () => {
    const records = [...workload(speakers(few.desks), few, fewOdd)]
    const { records: all, events } = sizeOf(few, fewOdd)
    expect(records).toHaveLength(all)
    expect(records.filter(({ topic }) => topic !== 'triflow.order.invoice.by-debtor')).toHaveLength(events)
  })

  it('tell no debtor of an invoice when claims are left out', () => {
    const records = [...workload(speakers(few.desks), { ...few, withClaims: false }, fewOdd)]
    expect(records.filter(({ topic }) => topic.endsWith('.by-debtor'))).toEqual([])
  })

  it('are the same bytes every time', () => {
    const bytes = () => [...workload(speakers(few.desks), few, odditiesOf(few))]
    expect(bytes()).toEqual(bytes())
  })
})

describe('arrival', () => {
  const slots = arrivals(plan, odd, 0, plan.window)
  const placeOf = (order: number, leg: string, again = false): number =>
    slots.findIndex((slot) => slot.order === order && slot.leg === leg && slot.again === again)

  it('mixes the legs of a whole window', () => {
    const first = slots.slice(0, 500)
    expect(new Set(first.map(({ order }) => order)).size).toBeGreaterThan(300)
    expect(Math.max(...first.map(({ order }) => order))).toBeGreaterThan(900)
    for (const leg of matchLegs) expect(first.some((slot) => slot.leg === leg)).toBe(true)
  })

  it('never accepts an order before it is submitted', () => {
    for (let order = 0; order < plan.window; order++) {
      const accepted = placeOf(order, 'acceptance')
      if (accepted >= 0) expect(placeOf(order, 'order')).toBeLessThan(accepted)
      if (accepted >= 0) expect(placeOf(order, 'order')).toBeGreaterThanOrEqual(0)
    }
  })

  it('repeats only what was said', () => {
    const repeats = slots.filter(({ again }) => again)
    expect(repeats.length).toBeGreaterThan(10)
    for (const { order, leg } of repeats) expect(placeOf(order, leg)).toBeLessThan(placeOf(order, leg, true))
  })
})
