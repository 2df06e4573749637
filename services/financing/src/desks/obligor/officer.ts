/** What an officer may say: approve or refuse a referred claim, and what a receipt pays. */
import { accept, reject, type Decision } from '@triflow/kernel'
import { byOfficer, type OpenInvoice } from './allocation.ts'
import { archiveKey, isDisbursing, type Claim, type Receipt } from './book.ts'
import { allocate, openInvoices } from './cash.ts'
import { approve, refuseByOfficer } from './claims.ts'
import type { AllocateReceipt, ApproveClaim, Fact, RefuseClaim } from './vocabulary.ts'
import type { Working } from './working.ts'

const findClaim = (working: Working, invoiceId: string): Claim | undefined => {
  for (const { claims, supplierId } of working.book.pairs.values())
    if (claims.has(invoiceId)) return working.claim(supplierId, invoiceId)
  return undefined
}

const findReceipt = (working: Working, receiptId: string): Receipt | undefined => {
  for (const { receipts } of working.book.pairs.values()) {
    const receipt = receipts.get(receiptId)
    if (receipt) return receipt
  }
  return undefined
}

/** Approving is a person's word on what the rules would not say; so it is said who, and why. */
export const hearOfficer = (working: Working, command: ApproveClaim | RefuseClaim): Decision<Fact> => {
  const { invoiceId } = command
  const officer = command.officer.trim()
  const reason = command.reason.trim()
  if (officer === '') return reject('OfficerRequired', 'a decision by a person names the person')
  if (reason === '') return reject('ReasonRequired', 'say what is being decided and why')
  const claim = findClaim(working, invoiceId)
  if (!claim?.invoice) {
    const isDone = working.context.loaded.has(archiveKey(invoiceId))
    return isDone
      ? reject('ClaimNotReferred', `${invoiceId} is finished`)
      : reject('UnknownClaim', `no claim ${invoiceId} on ${working.book.debtorId}`)
  }
  if (claim.status !== 'referred') return reject('ClaimNotReferred', `${invoiceId} is ${claim.status}`)
  if (command.type === 'RefuseClaim') {
    refuseByOfficer(working, claim, { officer, reason })
    return working.facts.length > 0
      ? accept(working.facts)
      : reject('ClaimIncomplete', `a share of ${invoiceId} is being told anew`)
  }
  const against = approve(working, claim, { officer, reason })
  if (!against) return accept(working.facts)
  if (against.code === 'limit') return reject('LimitExceeded', against.detail)
  return reject(
    against.outcome === 'refused' ? 'ClaimNotFinanceable' : 'ClaimStillWaits',
    `${against.code}: ${against.detail}`,
  )
}

/** Settles money that nothing explained. Named invoices must take all of it: what is over needs its own answer. */
export const allocateByOfficer = (working: Working, command: AllocateReceipt): Decision<Fact> => {
  const officer = command.officer.trim()
  if (officer === '') return reject('OfficerRequired', 'a decision by a person names the person')
  const receipt = findReceipt(working, command.receiptId)
  if (!receipt)
    return reject('UnknownReceipt', `no unallocated receipt ${command.receiptId} of ${working.book.debtorId}`)
  const ids = new Set(command.invoiceIds)
  if (ids.size === 0 || ids.size !== command.invoiceIds.length)
    return reject('InvoicesRequired', 'name the invoices that the receipt pays, each once')
  const open = openInvoices(working, receipt.supplierId, receipt.currency)
  const named: OpenInvoice[] = open.filter(({ invoiceId }) => ids.has(invoiceId))
  if (named.length !== ids.size)
    return reject(
      'UnknownInvoice',
      `not every named invoice is open between ${receipt.supplierId} and ${working.book.debtorId}`,
    )
  const underWay = named.find(({ invoiceId }) => isDisbursing(working.claim(receipt.supplierId, invoiceId)!))
  if (underWay)
    return reject('PayoutUnderWay', `the bank has not said what became of the payout of ${underWay.invoiceId}`)
  const explanation = byOfficer(receipt, named)
  if (!explanation) return reject('AmountDoesNotFit', 'the amount must be used up and reach every named invoice')
  allocate(working, receipt, explanation, officer)
  return accept(working.facts)
}
