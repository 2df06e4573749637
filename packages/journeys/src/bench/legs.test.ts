import { describe, expect, it } from 'vitest'
import { backlog, sizeOf } from './backlog.ts'
import { desksOf, financingOf, legs, sayLeg, speakers, type TradeShape } from './legs.ts'
import { bytesPerTrade, markersOf, sampleOf } from './restart.ts'

const shape: TradeShape = { desks: 4, debtors: 40, linesPerOrder: 5 }

describe('trades of the bench', () => {
  it('are financed with 80 % of the net amount, less 60 days at 4.35 % a year, both rounded down', () => {
    // Trade 1: (10 + 11 + 12 + 13 + 14) units at 12.51.
    expect(financingOf(shape, 1)).toEqual({ advanceMinor: 60_048n, payoutMinor: 60_048n - 435n })
  })

  it('differ in amount from their neighbours', () => {
    expect(financingOf(shape, 2)).not.toEqual(financingOf(shape, 1))
  })

  it('are told leg by leg to the desks that judge them', () => {
    const say = speakers(shape.desks)
    const at = desksOf(shape, 17)
    for (const leg of legs)
      expect(sayLeg(say, shape, 17, leg).partition).toBe(leg === 'invoice' ? at.obligor : at.trade)
  })
})

describe('the backlog', () => {
  const plan = { ...shape, trades: 25, window: 10 }

  it('holds as many records as it says', () => {
    expect([...backlog(speakers(shape.desks), plan)]).toHaveLength(sizeOf(plan))
  })

  it('leaves out the one leg that is to be missing', () => {
    const open = { ...plan, without: 'goods' } as const
    const records = [...backlog(speakers(shape.desks), open)]
    expect(records).toHaveLength(sizeOf(open))
    expect(records.filter(({ topic }) => topic.startsWith('triflow.logistics.'))).toEqual([])
  })
})

describe('the trades of a restart', () => {
  it('mark every trade desk and every obligor desk, by trades that the backlog does not hold', () => {
    const markers = markersOf({ ...shape, trades: 1_000, window: 10, sample: 1 })
    expect(markers.map((trade) => desksOf(shape, trade).trade).sort()).toEqual([0, 1, 2, 3])
    expect(markers.map((trade) => desksOf(shape, trade).obligor).sort()).toEqual([0, 1, 2, 3])
    expect(Math.min(...markers)).toBeGreaterThanOrEqual(1_000)
  })

  it('cannot mark desks that no debtor belongs to', () => {
    expect(() => markersOf({ ...shape, debtors: 1, trades: 10, window: 10, sample: 1 })).toThrow('take more')
  })

  it('are sampled from the whole backlog, no trade twice', () => {
    expect(sampleOf({ trades: 1_000, sample: 4 })).toEqual([0, 250, 500, 750])
    expect(sampleOf({ trades: 3, sample: 500 })).toEqual([0, 1, 2])
  })
})

describe('what an open trade takes of memory', () => {
  it('is told by the second half of the trades, when what does not grow with them has come', () => {
    const rssMegabytes = { empty: 200, half: 700, before: 750, after: 720 }
    expect(bytesPerTrade({ rssMegabytes, trades: 20_001 })).toBe(Math.round((50 * 1_048_576) / 10_001))
  })
})
