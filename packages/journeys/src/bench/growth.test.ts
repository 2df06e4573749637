import { describe, expect, it } from 'vitest'
import { backlog, inputsOf } from './backlog.ts'
import { tellGrowth, type GrowthRow } from './growth.ts'
import { legs, orderIdOf, speakers } from './legs.ts'

const row = (held: number, partitions: number, median: number): GrowthRow => ({
  held,
  partitions,
  events: 40_000,
  cpuMicrosPerEvent: { median, least: median, most: median + 5 },
  byProcess: { financing: 100, kafka: 20, mongo: 30 },
  eventsPerSecond: { median: 5_000, least: 5_000, most: 5_000 },
  rssMegabytes: 900,
})
const plan = {
  ...{ held: [10_000, 100_000], partitions: [4, 16], trades: 5_000, rounds: 2 },
  ...{ debtors: 200, linesPerOrder: 5 },
}

describe('the table of growth', () => {
  it('tells what an event costs beside the first row, whatever grew', () => {
    const lines = tellGrowth(plan, [row(10_000, 4, 150), row(100_000, 4, 180), row(10_000, 16, 165)])
    expect(lines.slice(-3)).toEqual([
      '| 10,000 | 4 | 150 (150–155) | 1.00 | 100 / 20 / 30 | 5,000 | 900 |',
      '| 100,000 | 4 | 180 (180–185) | 1.20 | 100 / 20 / 30 | 5,000 | 900 |',
      '| 10,000 | 16 | 165 (165–170) | 1.10 | 100 / 20 / 30 | 5,000 | 900 |',
    ])
  })
})

describe('a backlog behind others', () => {
  const shape = { desks: 4, debtors: 5, linesPerOrder: 2, trades: 3, window: 2 }

  it('has trades that none before it had', () => {
    const keys = [...backlog(speakers(4), { ...shape, first: 7 })].map(({ key }) => key.toString())
    const orders = new Set(keys.filter((key) => key.includes('/PO-')))
    expect(orders).toEqual(new Set([7, 8, 9].map((trade) => orderIdOf(shape, trade))))
  })

  it('is heard once, each leg by the one desk that judges it', () => {
    expect(inputsOf([...backlog(speakers(4), shape)])).toBe(3 * legs.length)
  })
})

describe('who says facts', () => {
  it('goes on from where it was, twice the same, for a log that is put back', () => {
    const say = speakers(4)
    const shape = { desks: 4, debtors: 5, linesPerOrder: 2, trades: 3, window: 3 }
    const before = say.fork()
    const rest = (from: typeof say) => [...backlog(from, shape)].map(({ headers }) => headers)
    expect(rest(before)).toEqual(rest(say))
    expect(rest(say)).not.toEqual(rest(speakers(4)))
  })
})
