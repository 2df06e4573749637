/** What money costs for a time: the discount withheld, the part of it earned, the penalty. Integer arithmetic only. */
import { daysBetween, floorDivide, portion, smaller } from '@triflow/kernel'

/**
 * amount × rate × days ÷ basis, actual days over a 360- or 365-day year, rounded down.
 * The rate is in parts per million, because a penalty of 1.5 × 4.35 % is no whole number of basis points.
 */
export const timeCharge = (amountMinor: bigint, ratePpm: number, days: number, dayCountBasis: number): bigint =>
  days <= 0 ? 0n : floorDivide(amountMinor * BigInt(ratePpm) * BigInt(days), 1_000_000n * BigInt(dayCountBasis))

export const ppmOfBps = (rateBps: number): number => rateBps * 100

export interface Price {
  advanceMinor: bigint
  /** Withheld for the whole tenor; rounded down, in the supplier's favour. */
  discountMinor: bigint
  payoutMinor: bigint
  tenorDays: number
}

export interface PriceTerms {
  advanceRateBps: number
  annualRateBps: number
  dayCountBasis: number
}

/** Advance = eligible × rate, rounded down; discount on the advance from funding to the due date (domain §7.5). */
export const priceOf = (eligibleMinor: bigint, terms: PriceTerms, fundedOn: string, dueOn: string): Price => {
  const tenorDays = daysBetween(fundedOn, dueOn)
  const advanceMinor = portion(eligibleMinor, terms.advanceRateBps)
  const discountMinor = timeCharge(advanceMinor, ppmOfBps(terms.annualRateBps), tenorDays, terms.dayCountBasis)
  return { advanceMinor, discountMinor, payoutMinor: advanceMinor - discountMinor, tenorDays }
}

export interface Withheld {
  advanceMinor: bigint
  discountMinor: bigint
  annualRateBps: number
  dayCountBasis: number
  fundedOn: string
}

/** Of the discount withheld, what the days actually out have earned: never more than was withheld, never below nothing. */
export const discountEarned = (withheld: Withheld, repaidOn: string): { earnedMinor: bigint; daysOut: number } => {
  const daysOut = Math.max(0, daysBetween(withheld.fundedOn, repaidOn))
  const charge = timeCharge(withheld.advanceMinor, ppmOfBps(withheld.annualRateBps), daysOut, withheld.dayCountBasis)
  return { earnedMinor: smaller(charge, withheld.discountMinor), daysOut }
}
