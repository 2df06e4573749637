/** The waterfall's golden case (domain brief §7.7), its partial payments, and that no cent is lost. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays } from '@triflow/kernel'
import { shareOut, type Payment } from './waterfall.ts'

const dueOn = '2026-04-01'

/** 800,000.00 advanced on a face of 1,000,000.00 for 90 days at 4.35 %. */
const advance = {
  advanceMinor: 800_000_00n,
  discountMinor: 8_700_00n,
  annualRateBps: 435,
  dayCountBasis: 360,
  fundedOn: '2026-01-01',
  principalMinor: 800_000_00n,
  penaltyFromOn: dueOn,
}

const payment = (changes: Partial<Payment> = {}): Payment => ({
  invoiceId: 'inv',
  amountMinor: 1_000_000_00n,
  valueOn: dueOn,
  openMinor: 1_000_000_00n,
  advance,
  penaltyRatePpm: 65_250,
  ...changes,
})

describe('the waterfall', () => {
  it('of 985,000.00 paid twelve days late at 1.5 × 4.35 %: penalty, principal, fee, the rest to the seller, 15,000.00 diluted', () => {
    const late = payment({
      amountMinor: 985_000_00n,
      valueOn: addDays(dueOn, 12),
      feesMinor: 500_00n,
      isFinal: true,
    })
    expect(shareOut(late)).toEqual({
      invoiceId: 'inv',
      amountMinor: 985_000_00n,
      penaltyMinor: 1_740_00n,
      principalMinor: 800_000_00n,
      discountEarnedMinor: 8_700_00n,
      discountReturnedMinor: 0n,
      toSupplierMinor: 182_760_00n,
      settles: true,
      daysOut: 102,
      shortMinor: 15_000_00n,
    })
  })

  it('returns with the reserve what the days out have not earned, when the debtor pays early', () => {
    expect(shareOut(payment({ valueOn: addDays('2026-01-01', 45) }))).toMatchObject({
      penaltyMinor: 0n,
      discountEarnedMinor: 4_350_00n,
      discountReturnedMinor: 4_350_00n,
      toSupplierMinor: 204_350_00n,
      settles: true,
    })
  })

  it('repays principal first from a part, and settles the discount only when the principal is whole', () => {
    const first = shareOut(payment({ amountMinor: 300_000_00n }))
    expect(first).toMatchObject({
      principalMinor: 300_000_00n,
      toSupplierMinor: 0n,
      discountEarnedMinor: 0n,
      settles: false,
    })
    const second = shareOut(
      payment({
        amountMinor: 700_000_00n,
        openMinor: 700_000_00n,
        advance: { ...advance, principalMinor: 500_000_00n },
      }),
    )
    expect(second).toMatchObject({
      principalMinor: 500_000_00n,
      toSupplierMinor: 200_000_00n,
      discountEarnedMinor: 8_700_00n,
      settles: true,
    })
  })

  it('charges days past due once, however many parts follow', () => {
    const from = addDays(dueOn, 12)
    const second = payment({
      amountMinor: 100_00n,
      valueOn: from,
      advance: { ...advance, principalMinor: 500_000_00n, penaltyFromOn: from },
    })
    expect(shareOut(second).penaltyMinor).toBe(0n)
  })

  it('gives the whole of an invoice that was never financed to the supplier', () => {
    expect(shareOut(payment({ advance: undefined }))).toMatchObject({
      principalMinor: 0n,
      toSupplierMinor: 1_000_000_00n,
      settles: true,
    })
  })

  it('leaves an over-advanced claim unsettled when a credit note lowered what the debtor owed', () => {
    const lowered = payment({ amountMinor: 700_000_00n, openMinor: 700_000_00n })
    expect(shareOut(lowered)).toMatchObject({ principalMinor: 700_000_00n, toSupplierMinor: 0n, settles: false })
  })

  it('loses no cent: amount + discount returned = penalty + principal + to supplier + fees', () => {
    const cents = fc.bigInt({ min: 1n, max: 1_000_000_00n })
    fc.assert(
      fc.property(
        cents,
        cents,
        fc.integer({ min: -60, max: 200 }),
        fc.bigInt({ min: 0n, max: 9_00n }),
        (amount, principal, late, fees) => {
          const principalMinor = principal < 800_000_00n ? principal : 800_000_00n
          const part = shareOut(
            payment({
              amountMinor: amount,
              valueOn: addDays(dueOn, late),
              advance: { ...advance, principalMinor },
              feesMinor: fees,
            }),
          )
          const taken = part.penaltyMinor + part.principalMinor + part.toSupplierMinor
          const charged = part.amountMinor + part.discountReturnedMinor - taken
          expect(charged >= 0n && charged <= fees).toBe(true)
          expect(part.principalMinor <= principalMinor).toBe(true)
          expect(part.discountEarnedMinor + part.discountReturnedMinor).toBe(
            part.principalMinor === principalMinor ? advance.discountMinor : 0n,
          )
        },
      ),
    )
  })
})
