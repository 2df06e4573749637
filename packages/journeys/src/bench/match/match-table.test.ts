import { describe, expect, it } from 'vitest'
import { contendersNamed, heardTopics } from './contenders.ts'
import { inTurn } from './match.ts'
import { tellMatch } from './match-table.ts'
import type { WatchedRun } from '../watched-run.ts'
import { usualContenders } from './usual-contenders.ts'

const run = (rate: number, app: number): WatchedRun => ({
  seconds: 1,
  eventsPerSecond: rate,
  eventsPerSecondWarm: rate * 2,
  cpuMicrosPerEvent: { triflow: app, kafka: 3.5, mongo: 1 },
  cpuMicrosPerEventWarm: { triflow: app / 2, kafka: 2, mongo: 0.5 },
  peakMegabytes: 500,
  writtenBytesPerEvent: 1_234,
  wireBytesPerEvent: 900,
  logBytesPerEvent: 400,
  benchMicrosPerEvent: 1,
})

const result = {
  plan: { desks: 4, debtors: 40, linesPerOrder: 5, orders: 500_000, window: 50_000, seed: 1, withClaims: true },
  records: 3_000_000,
  events: 2_500_000,
  sha256: 'ab'.repeat(32),
  rounds: 3,
  contenders: [
    {
      name: 'triflow',
      title: 'Triflow',
      durability: 'journal',
      runs: [run(9_000, 20), run(8_000, 22), run(10_000, 21)],
    },
    { name: 'ceiling', title: 'client', durability: 'none', runs: [] },
  ],
}

describe('the table of a match', () => {
  it('tells the median with the least and the most of all runs, and the sum of all processes', () => {
    expect(tellMatch(result).at(-1)).toBe(
      '| Triflow | 9,000 (8,000–10,000) | 18,000 (16,000–20,000) | 21 / 3.5 / 1 | 25.5 (24.5–26.5) | 13 (12.5–13.5) | 500 | 900 / 400 / 1,234 | journal |',
    )
  })

  it('leaves out a contender that never ran', () => {
    expect(tellMatch(result).filter((line) => line.startsWith('| client'))).toEqual([])
  })

  it('says what both sides did', () => {
    expect(tellMatch(result).join('\n')).toContain('Triflow also finances each matched claim')
    const without = { ...result, plan: { ...result.plan, withClaims: false } }
    expect(tellMatch(without).join('\n')).toContain('matches and finances nothing')
  })
})

describe('contenders', () => {
  it('hear what others tell the trade desk, and nothing that financing tells itself', () => {
    expect(heardTopics).toEqual([
      'triflow.order.order',
      'triflow.order.invoice.by-order',
      'triflow.logistics.shipment.by-order',
      'triflow.payment.account.by-order',
    ])
  })

  it('are found by name, the usual ones among them', () => {
    expect(contendersNamed(usualContenders).map(({ name }) => name)).toEqual(usualContenders)
    expect(() => contendersNamed(['peer-rocksdb'])).toThrow('There is no contender peer-rocksdb.')
  })

  it('take the first place of a round in turn', () => {
    expect([0, 1, 2, 3].map((round) => inTurn(['a', 'b', 'c'], round)[0])).toEqual(['a', 'b', 'c', 'a'])
    expect(inTurn(['a', 'b', 'c'], 1)).toEqual(['b', 'c', 'a'])
  })
})
