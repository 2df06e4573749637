import { describe, expect, it } from 'vitest'
import { legs } from '../legs.ts'
import { scheduleOf } from '../schedule.ts'
import { contenders, decidersNamed } from './contenders.ts'
import { tellOpenLoopOf } from './open-loop-table.ts'
import { lastDue, type StepFigures } from './sending-on.ts'
import { matchLegs } from './workload.ts'

const slots = scheduleOf({ ratePerSecond: 600, seconds: 10, spreadSeconds: 2, seed: 3 })

describe('the moment from which a delay runs', () => {
  it('is that at which the last leg was due, whichever leg that is', () => {
    const isLast = new Map(slots.filter((slot) => slot.isLast).map(({ trade, dueMs }) => [trade, dueMs]))
    expect(lastDue(slots, legs)).toEqual(isLast)
  })

  it('of a match is that of the last leg that a match needs: the debtor’s copy of the invoice may come later', () => {
    const [of, all] = [lastDue(slots, matchLegs), lastDue(slots, legs)]
    const earlier = [...of].filter(([trade, dueMs]) => dueMs < all.get(trade)!)
    expect(earlier.map(([trade]) => slots.find((slot) => slot.trade === trade && slot.isLast)!.leg)).toEqual(
      earlier.map(() => 'invoice'),
    )
    expect(earlier.length).toBeGreaterThan(100)
  })
})

describe('contenders in open loop', () => {
  it('are those that decide something', () => {
    const deciding = contenders.filter(({ decides }) => decides).map(({ name }) => name)
    expect(decidersNamed(deciding).map(({ name }) => name)).toEqual(deciding)
    expect(() => decidersNamed(['triflow', 'ceiling'])).toThrow('ceiling decides nothing')
  })

  it('are told with a word where the sender, and not the contender, was what was measured', () => {
    const delays = { count: 1, p50: 1, p90: 2, p99: 3, p999: 4, most: 5 }
    const step: StepFigures = {
      ...{ share: 0.5, legsPerSecond: 1_000, reachedPerSecond: 990, trades: 1, matched: delays },
      ...{ financed: undefined, lateness: delays, cores: { triflow: 0.5, kafka: 0.2, mongo: 0.1, sender: 0.3 } },
    }
    const match = { desks: 4, debtors: 40, linesPerOrder: 5, orders: 10, window: 10, seed: 1, withClaims: true }
    const plan = { match, times: { seconds: 20, warmUpSeconds: 10, spreadSeconds: 2, seed: 1 }, shares: [0.5] }
    const told = (reachedPerSecond: number) =>
      tellOpenLoopOf(plan, [
        { name: 'x', title: 'X', eventsPerSecond: 2_000, steps: [{ ...step, reachedPerSecond }] },
      ]).at(-1)
    expect(told(990)).toBe(
      '| X, 2,000 | 50 % | 1,000, 990 | 1.0 / 2.0 / 3.0 / 4.0 / 5.0 | – | 3.0 | 0.5 / 0.2 / 0.1 | 0.3 |',
    )
    expect(told(900)).toContain('did not keep up')
  })
})
