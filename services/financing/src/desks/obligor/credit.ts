/** A credit note: before funding it lowers the claim, after funding it is dilution of what was bought. */
import { archiveKey, isUndecided, type ArchivedClaim } from './book.ts'
import { closeUndecided, consider } from './claims.ts'
import type { CreditNoteIssued } from './vocabulary.ts'
import type { Working } from './working.ts'

export const hearCredit = (working: Working, fact: CreditNoteIssued): void => {
  const { supplierId, invoiceId } = fact
  const claim = working.claim(supplierId, invoiceId)
  const archived = working.context.loaded.get(archiveKey(invoiceId)) as ArchivedClaim | undefined
  const enrolled = working.book.pairs.get(supplierId)?.enrolments[0]?.programmeId ?? ''
  working.say({
    type: 'DilutionRecorded',
    invoiceId,
    debtorId: working.book.debtorId,
    supplierId,
    programmeId: claim?.advance?.programmeId || claim?.programmeId || archived?.programmeId || enrolled,
    currency: fact.currency,
    amountMinor: fact.netMinor + fact.taxMinor,
    cause: 'credit-note',
    afterFunding: claim ? claim.advance !== undefined : (archived?.wasFunded ?? false),
  })
  if (!claim || !isUndecided(claim)) return
  closeUndecided(working, claim, 'FullyCredited')
  consider(working, supplierId, invoiceId)
}
