/** How a payment on one claim is shared out (清分): penalty, principal, fees, and the rest to the supplier. */
import { daysBetween, smaller } from '@triflow/kernel'
import type { Advance } from './book.ts'
import { discountEarned, timeCharge } from './pricing.ts'
import type { Allocation } from './vocabulary.ts'

export interface Payment {
  invoiceId: string
  amountMinor: bigint
  valueOn: string
  /** Owed on the invoice before this payment. */
  openMinor: bigint
  /** Absent when the invoice was never financed: then all of it is the supplier's (非保理回款). */
  advance?: Pick<
    Advance,
    | 'advanceMinor'
    | 'discountMinor'
    | 'annualRateBps'
    | 'dayCountBasis'
    | 'fundedOn'
    | 'principalMinor'
    | 'penaltyFromOn'
  >
  /** Charged per year on principal past due, in parts per million. */
  penaltyRatePpm: number
  feesMinor?: bigint
  /** True when the debtor will pay no more: what is left open is then dilution. */
  isFinal?: boolean
}

/**
 * Penalty for the days past due → principal → fees → reserve to the supplier. When the principal is fully repaid the
 * discount is settled: what the days out have not earned goes back with the reserve. A payment smaller than the penalty
 * goes to it whole, and the days so charged are not charged again.
 */
export const shareOut = (payment: Payment): Allocation => {
  const { invoiceId, amountMinor, valueOn, openMinor, advance } = payment
  const principalDue = advance?.principalMinor ?? 0n
  const left = openMinor - amountMinor
  const shortMinor = payment.isFinal && left > 0n ? left : 0n
  if (!advance || principalDue === 0n) {
    return {
      invoiceId,
      amountMinor,
      penaltyMinor: 0n,
      principalMinor: 0n,
      discountEarnedMinor: 0n,
      discountReturnedMinor: 0n,
      toSupplierMinor: amountMinor,
      settles: left - shortMinor <= 0n,
      daysOut: 0,
      shortMinor,
    }
  }
  const daysLate = Math.max(0, daysBetween(advance.penaltyFromOn, valueOn))
  const penaltyDue = timeCharge(principalDue, payment.penaltyRatePpm, daysLate, advance.dayCountBasis)
  const penaltyMinor = smaller(amountMinor, penaltyDue)
  const principalMinor = smaller(amountMinor - penaltyMinor, principalDue)
  const rest = amountMinor - penaltyMinor - principalMinor
  const feesMinor = smaller(rest, payment.feesMinor ?? 0n)
  const isRepaid = principalMinor === principalDue
  const { earnedMinor, daysOut } = discountEarned(advance, valueOn)
  const discountEarnedMinor = isRepaid ? earnedMinor : 0n
  const discountReturnedMinor = isRepaid ? advance.discountMinor - earnedMinor : 0n
  return {
    invoiceId,
    amountMinor,
    penaltyMinor,
    principalMinor,
    discountEarnedMinor,
    discountReturnedMinor,
    toSupplierMinor: rest - feesMinor + discountReturnedMinor,
    settles: isRepaid && left - shortMinor <= 0n,
    daysOut,
    shortMinor,
  }
}
