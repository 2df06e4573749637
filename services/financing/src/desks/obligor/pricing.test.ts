/** Golden prices (domain brief §7) and what rounding may never do. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, date } from '@triflow/kernel'
import { discountEarned, ppmOfBps, priceOf, timeCharge } from './pricing.ts'

const terms = (dayCountBasis: number) => ({ advanceRateBps: 8_000, annualRateBps: 435, dayCountBasis })
const funded = date('2026-01-01')
const in90Days = addDays(funded, 90)

describe('the price of an advance', () => {
  it('on 1,000,000.00 at 80 % and 4.35 % for 90 days is 8,700.00 by ACT/360', () => {
    expect(priceOf(1_000_000_00n, terms(360), funded, in90Days)).toEqual({
      advanceMinor: 800_000_00n,
      discountMinor: 8_700_00n,
      payoutMinor: 791_300_00n,
      tenorDays: 90,
    })
  })

  it('is 8,580.82 by ACT/365, rounded down', () => {
    expect(priceOf(1_000_000_00n, terms(365), funded, in90Days)).toMatchObject({
      discountMinor: 8_580_82n,
      payoutMinor: 791_419_18n,
    })
  })

  it('rounds advance and discount down, each by itself', () => {
    expect(priceOf(1_01n, terms(360), funded, in90Days)).toMatchObject({ advanceMinor: 80n, discountMinor: 0n })
  })
})

describe('a charge for time', () => {
  it.each([
    // amount, rate in parts per million, days, basis, charge
    [800_000_00n, 65_250, 12, 360, 1_740_00n],
    [800_000_00n, 43_500, 0, 360, 0n],
    [800_000_00n, 43_500, -3, 360, 0n],
    [1n, 43_500, 360, 360, 0n],
    [100_00n, 10_000, 360, 360, 1_00n],
  ])('on %d at %d ppm for %d days over %d is %d', (amount, ppm, days, basis, charge) => {
    expect(timeCharge(amount, ppm, days, basis)).toBe(charge)
  })

  it('reads basis points as hundreds of parts per million', () => expect(ppmOfBps(435)).toBe(43_500))
})

describe('the discount earned', () => {
  const withheld = { advanceMinor: 800_000_00n, discountMinor: 8_700_00n, ...terms(360), fundedOn: funded }

  it.each([
    [0, 0n],
    [45, 4_350_00n],
    [90, 8_700_00n],
    [102, 8_700_00n],
    [-2, 0n],
  ])('after %d days out is %d', (days, earnedMinor) => {
    expect(discountEarned(withheld, addDays(funded, days))).toEqual({ earnedMinor, daysOut: Math.max(0, days) })
  })

  it('never exceeds what was withheld and never falls as days pass', () => {
    const amounts = fc.bigInt({ min: 1n, max: 10_000_000_00n })
    const days = fc.integer({ min: 0, max: 400 })
    fc.assert(
      fc.property(amounts, days, days, (eligible, tenor, out) => {
        const price = priceOf(eligible, terms(360), funded, addDays(funded, tenor))
        const of = (n: number) =>
          discountEarned({ ...price, ...terms(360), fundedOn: funded }, addDays(funded, n)).earnedMinor
        expect(of(out) <= price.discountMinor).toBe(true)
        expect(of(out) <= of(out + 1)).toBe(true)
        expect(of(tenor)).toBe(price.discountMinor)
      }),
    )
  })
})
