/** One line's arithmetic as a table: billed, ordered, in hand, taken → financeable, and why. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchLine, priceTolerance } from './line-match.ts'
import type { MatchTerms } from './terms.ts'

const terms: MatchTerms = { goodsEvidence: 'receipt', priceToleranceBps: 200, priceToleranceMinor: 500n }

const line = (q: { billed: bigint; ordered: bigint; inHand: bigint; taken: bigint; price?: bigint }) =>
  matchLine(
    {
      line: 1,
      orderLine: 1,
      sku: 'HOUSING',
      quantity: q.billed,
      unitPriceMinor: q.price ?? 50_00n,
      netMinor: q.billed * (q.price ?? 50_00n),
    },
    {
      ordered: { line: 1, sku: 'HOUSING', quantity: q.ordered, unitPriceMinor: 50_00n },
      inHand: q.inHand,
      taken: { quantity: q.taken, otherInvoiceId: q.taken > 0n ? 'other' : '' },
      takenHere: 0n,
    },
    terms,
  )

describe('a billed line', () => {
  it.each([
    // billed, ordered, in hand, taken, financeable, verdict
    [100n, 100n, 100n, 0n, 100n, 'matched'],
    [60n, 100n, 100n, 40n, 60n, 'matched'],
    [100n, 100n, 60n, 0n, 60n, 'short-received'],
    [100n, 100n, 0n, 0n, 0n, 'short-received'],
    [120n, 100n, 100n, 0n, 100n, 'over-billed'],
    [120n, 100n, 130n, 0n, 100n, 'over-billed'],
    [120n, 100n, 60n, 0n, 60n, 'short-received'],
    [60n, 100n, 100n, 50n, 50n, 'over-billed'],
    [60n, 100n, 100n, 100n, 0n, 'already-billed'],
    [60n, 100n, 60n, 60n, 0n, 'short-received'],
    [60n, 0n, 60n, 0n, 0n, 'over-billed'],
    [60n, 100n, -5n, 0n, 0n, 'short-received'],
  ] as const)(
    'of %d, ordered %d, in hand %d, taken %d: %d is financeable (%s)',
    (billed, ordered, inHand, taken, units, verdict) => {
      expect(line({ billed, ordered, inHand, taken })).toMatchObject({
        financeableQuantity: units,
        financeableNetMinor: units * 50_00n,
        verdict,
      })
    },
  )

  it.each([
    [50_00n, 'matched', 5_000_00n],
    [51_00n, 'matched', 5_100_00n],
    [51_01n, 'price-over', 5_000_00n],
    [40_00n, 'matched', 4_000_00n],
  ] as const)('at %d against 50.00 ordered, 2 %% or 5.00 tolerated: %s', (price, verdict, net) => {
    expect(line({ billed: 100n, ordered: 100n, inHand: 100n, taken: 0n, price })).toMatchObject({
      verdict,
      financeableNetMinor: net,
    })
  })

  it('tolerates the smaller of the absolute amount and the share of the price', () => {
    expect(priceTolerance(50_00n, terms)).toBe(1_00n)
    expect(priceTolerance(5_000_00n, terms)).toBe(5_00n)
    expect(priceTolerance(50_00n, { ...terms, priceToleranceMinor: 0n })).toBe(0n)
  })

  it('is refused when the order’s line is another article', () => {
    const match = matchLine(
      { line: 1, orderLine: 1, sku: 'SHAFT', quantity: 1n, unitPriceMinor: 1n, netMinor: 1n },
      {
        ordered: { line: 1, sku: 'HOUSING', quantity: 9n, unitPriceMinor: 1n },
        inHand: 9n,
        taken: { quantity: 0n, otherInvoiceId: '' },
        takenHere: 0n,
      },
      terms,
    )
    expect(match).toMatchObject({ verdict: 'wrong-sku', financeableQuantity: 0n })
  })

  it('never finances more units or money than billed, ordered or in hand', () => {
    const units = fc.bigInt({ min: 0n, max: 1_000n })
    fc.assert(
      fc.property(
        units,
        units,
        units,
        units,
        fc.bigInt({ min: 1n, max: 100_00n }),
        (billed, ordered, inHand, taken, price) => {
          const match = line({ billed, ordered, inHand, taken, price })
          const room = (bound: bigint) => (bound - taken > 0n ? bound - taken : 0n)
          expect(match.financeableQuantity <= billed).toBe(true)
          expect(match.financeableQuantity <= room(ordered)).toBe(true)
          expect(match.financeableQuantity <= room(inHand)).toBe(true)
          expect(match.financeableNetMinor <= match.billedNetMinor).toBe(true)
        },
      ),
    )
  })
})
