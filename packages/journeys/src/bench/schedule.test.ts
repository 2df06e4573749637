import { describe, expect, it } from 'vitest'
import { legs } from './legs.ts'
import { scheduleOf } from './schedule.ts'

const plan = { ratePerSecond: 100, seconds: 12, spreadSeconds: 2, seed: 7 }

describe('the schedule of legs', () => {
  const slots = scheduleOf(plan)

  it('asks for one leg at each beat of the rate, and for whole trades only', () => {
    expect(slots).toHaveLength(200 * legs.length)
    expect(slots.map(({ dueMs }) => dueMs)).toEqual(slots.map((_, index) => index * 10))
  })

  it('gives every trade each of its legs once', () => {
    for (let trade = 0; trade < 200; trade++)
      expect(new Set(slots.filter((slot) => slot.trade === trade).map(({ leg }) => leg))).toEqual(new Set(legs))
  })

  it('never accepts an order before it was submitted', () => {
    for (let trade = 0; trade < 200; trade++) {
      const ofTrade = slots.filter((slot) => slot.trade === trade).map(({ leg }) => leg)
      expect(ofTrade.indexOf('order')).toBeLessThan(ofTrade.indexOf('acceptance'))
    }
  })

  it('calls the latest leg of a trade its last, and only that', () => {
    for (let trade = 0; trade < 200; trade++) {
      const ofTrade = slots.filter((slot) => slot.trade === trade)
      expect(ofTrade.map(({ isLast }) => isLast)).toEqual([false, false, false, false, false, true])
    }
  })

  it('mixes the legs of trades, and completes trades by any of their legs', () => {
    const first = slots.slice(100, 100 + legs.length).map(({ trade }) => trade)
    expect(new Set(first).size).toBeGreaterThan(3)
    const lasts = new Set(slots.filter(({ isLast }) => isLast).map(({ leg }) => leg))
    expect(lasts).toEqual(new Set(legs.filter((leg) => leg !== 'order')))
  })

  it('keeps the legs of a trade within about the spread', () => {
    const widest = Math.max(
      ...Array.from({ length: 200 }, (_, trade) => {
        const due = slots.filter((slot) => slot.trade === trade).map(({ dueMs }) => dueMs)
        return Math.max(...due) - Math.min(...due)
      }),
    )
    expect(widest).toBeGreaterThan(1_000)
    expect(widest).toBeLessThan(2_500)
  })

  it('is the same for the same seed and another for another', () => {
    expect(scheduleOf(plan)).toEqual(slots)
    expect(scheduleOf({ ...plan, seed: 8 })).not.toEqual(slots)
  })
})
