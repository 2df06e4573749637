/** The bank's word on an advance: what was reserved is used, or released. A reserve payout is the supplier's own money and no exposure. */
import type { Claim } from './book.ts'
import { retryHeld } from './cash.ts'
import { exposureOf } from './limit.ts'
import { retryLimit } from './retry.ts'
import type { DisbursementExecuted, DisbursementRefused } from './vocabulary.ts'
import type { Working } from './working.ts'

/** The claim whose advance this word is about, while the bank still owed it; a repeated word finds none. */
const awaiting = (working: Working, fact: DisbursementExecuted | DisbursementRefused): Claim | undefined => {
  if (fact.purpose !== 'advance') return undefined
  const claim = working.claim(fact.supplierId, fact.invoiceId)
  return claim?.status === 'financed' && claim.advance?.decisionId === fact.causeId ? claim : undefined
}

export const hearPayout = (working: Working, fact: DisbursementExecuted | DisbursementRefused): void => {
  const claim = awaiting(working, fact)
  if (!claim?.advance || !claim.invoice) return
  const { decisionId, programmeId, advanceMinor, discountMinor, payoutMinor } = claim.advance
  const advance = {
    decisionId,
    invoiceId: claim.invoiceId,
    debtorId: working.book.debtorId,
    supplierId: claim.supplierId,
    programmeId,
    currency: claim.invoice.currency,
    advanceMinor,
  }
  if (fact.type === 'DisbursementExecuted') {
    working.say({
      type: 'AdvanceDisbursed',
      ...advance,
      discountMinor,
      payoutMinor,
      exposureAfterMinor: exposureOf(working.position(programmeId)),
      disbursedOn: working.on,
    })
  } else {
    working.say({ type: 'AdvanceCancelled', ...advance, reason: fact.detail || 'the bank refused the payout' })
    retryLimit(working, programmeId)
  }
  retryHeld(working, claim.supplierId)
}
