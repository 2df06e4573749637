import { describe, expect, it } from 'vitest'
import { orderIdOf } from '../legs.ts'
import { expectedOf, tellLanes, tellShare } from './expected.ts'
import { matchGate, type MatchGate } from './match-gate.ts'
import type { MatchPlan, Oddities, Oddity } from './workload.ts'

const plan: MatchPlan = { desks: 4, debtors: 3, linesPerOrder: 2, orders: 4, window: 4, seed: 1, withClaims: true }
const odd: Oddities = new Map<number, Oddity>([
  [1, { kind: 'missing', leg: 'funds' }],
  [2, { kind: 'conflict', conflict: { about: 'received', line: 2, by: 3n } }],
])

/** Tells everything as it must be, but what `but` says otherwise. */
const told = (but: (gate: MatchGate, order: number) => boolean = () => false): readonly string[] => {
  const gate = matchGate(plan, odd)
  for (let order = 0; order < plan.orders; order++) {
    if (but(gate, order)) continue
    const { share, lanes } = expectedOf(plan, order, odd.get(order))
    if (share) gate.share(orderIdOf(plan, order), share)
    gate.lanes(orderIdOf(plan, order), lanes)
  }
  return gate.wrong()
}

describe('what must be decided of an order', () => {
  it('finances a complete order with all that was ordered', () => {
    // 10 and 11 units at 12.50.
    expect(expectedOf(plan, 0, undefined).share).toBe(
      'supplier-a/INV-0/2026-03-02 v1 r1; matched 26250; 1: 10 for 12500 matched; 2: 11 for 13750 matched',
    )
  })

  it('finances fewer units when fewer were received, and names the line', () => {
    // Order 2: 10 and 11 − 3 units at 12.52.
    expect(expectedOf(plan, 2, odd.get(2))).toEqual({
      share:
        'supplier-a/INV-2/2026-03-02 v1 r1; reduced (ShortReceived) 22536; 1: 10 for 12520 matched; 2: 8 for 10016 short-received',
      lanes: 'information complete, goods partial, funds complete; missing: nothing',
    })
  })

  it.each([
    ['price', 'referred (PriceOverTolerance) 26250; 1: 10 for 12500 price-over; 2: 11 for 13750 matched'],
    ['billed', 'reduced (OverBilled) 26250; 1: 10 for 12500 over-billed; 2: 11 for 13750 matched'],
  ] as const)('finances no more than was ordered when the invoice contradicts it in %s', (about, words) => {
    const oddity = { kind: 'conflict', conflict: { about, line: 1, by: 2n } } as const
    expect(expectedOf(plan, 0, oddity).share).toBe(`supplier-a/INV-0/2026-03-02 v1 r1; ${words}`)
  })

  it('tells nothing of an order that lacks a leg, and names the leg', () => {
    expect(expectedOf(plan, 1, { kind: 'missing', leg: 'acceptance' })).toEqual({
      share: undefined,
      lanes: 'information partial, goods complete, funds complete; missing: order-acceptance',
    })
  })
})

describe('the gate before figures of the match', () => {
  it('has nothing against orders that were each decided as they must be', () => {
    expect(told()).toEqual([])
  })

  it('counts the lanes as they ended, however they went', () => {
    const detour = tellLanes({ information: 'partial', goods: 'waiting', funds: 'waiting', missing: ['invoice'] })
    expect(told((gate, order) => (gate.lanes(orderIdOf(plan, order), detour), false))).toEqual([])
  })

  it.each<[string, (gate: MatchGate, order: number) => boolean, RegExp]>([
    ['an order that was not matched', (_, order) => order === 3, /^supplier-a\/INV-3\/.* was not told$/],
    [
      'an order that was matched twice',
      (gate, order) => (order === 0 && gate.share(orderIdOf(plan, 0), expectedOf(plan, 0, undefined).share!), false),
      /^order 0 was matched 2 times$/,
    ],
    [
      'an order that was matched although a leg is missing',
      (gate, order) => (order === 1 && gate.share(orderIdOf(plan, 1), 'matched'), false),
      /lacks a leg and was matched/,
    ],
    [
      'an order that nobody told of',
      (gate, order) => (order === 0 && gate.share('debtor-0/PO-00000009', 'matched'), false),
      /^debtor-0\/PO-00000009 was decided and was never told of$/,
    ],
    [
      'another amount',
      (gate, order) => {
        if (order !== 0) return false
        const words = expectedOf(plan, 0, undefined)
        gate.share(orderIdOf(plan, 0), words.share!.replace('26250', '26251'))
        gate.lanes(orderIdOf(plan, 0), words.lanes)
        return true
      },
      /26251.*instead of.*26250/,
    ],
    [
      'lanes that miss something else',
      (gate, order) => {
        if (order !== 1) return false
        gate.lanes(orderIdOf(plan, 1), expectedOf(plan, 1, { kind: 'missing', leg: 'goods' }).lanes)
        return true
      },
      /^order 1 ended with .*goods-receipt, instead of .*funds-check$/,
    ],
  ])('names %s', (_, but, sentence) => {
    const wrong = told(but)
    expect(wrong.some((each) => sentence.test(each))).toBe(true)
  })

  it('tells a share in words that another share has not', () => {
    const share = {
      invoiceId: 'I',
      invoiceVersion: 1,
      revision: 1,
      verdict: 'matched',
      reason: '',
      financeableNetMinor: 5n,
      lines: [{ orderLine: 1, financeableQuantity: 1n, financeableNetMinor: 5n, verdict: 'matched' }],
    }
    const others = [
      { ...share, invoiceVersion: 2 },
      { ...share, revision: 2 },
      { ...share, financeableNetMinor: 6n },
      { ...share, lines: [{ ...share.lines[0]!, financeableQuantity: 2n }] },
    ]
    expect(new Set([share, ...others].map(tellShare)).size).toBe(5)
  })
})
