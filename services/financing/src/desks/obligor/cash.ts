/** Settles receipts: finds what each pays, shares it out, and lets what it frees finance the next claim. */
import { sum } from '@triflow/kernel'
import { byReference, bySums, type Explanation, type OpenInvoice } from './allocation.ts'
import { isDisbursing, isUndecided, openMinor, type Receipt } from './book.ts'
import { closeUndecided, consider } from './claims.ts'
import { exposureOf } from './limit.ts'
import { ppmOfBps } from './pricing.ts'
import { byPlace } from './queue.ts'
import { numbersNamed } from './reference.ts'
import { retryLimit } from './retry.ts'
import type { Allocation } from './vocabulary.ts'
import { shareOut } from './waterfall.ts'
import type { Working } from './working.ts'

/** Waiting receipts looked at again per input. */
const retriedMost = 100

const byValueDate = (a: Receipt, b: Receipt): number =>
  a.valueOn < b.valueOn ? -1 : a.valueOn > b.valueOn ? 1 : a.receiptId < b.receiptId ? -1 : 1

const openOf = (working: Working, supplierId: string, currency: string, ids: Iterable<string>): OpenInvoice[] => {
  const open: OpenInvoice[] = []
  for (const invoiceId of ids) {
    const claim = working.claim(supplierId, invoiceId)
    if (!claim?.invoice || claim.invoice.currency !== currency || openMinor(claim) <= 0n) continue
    const { plainNumber, issuedOn } = claim.invoice
    open.push({ invoiceId, plainNumber, issuedOn, openMinor: openMinor(claim) })
  }
  return open.sort(byPlace)
}

/** Open invoices of the pair in a currency, by issue date and id; of a close, those that were known before it. */
export const openInvoices = (
  working: Working,
  supplierId: string,
  currency: string,
  knownBeforeClose?: string,
): OpenInvoice[] => {
  const claims = working.book.pairs.get(supplierId)?.claims
  const known = [...(claims?.keys() ?? [])].filter(
    (invoiceId) => knownBeforeClose === undefined || claims!.peek(invoiceId)!.knownAfterClose < knownBeforeClose,
  )
  return openOf(working, supplierId, currency, known)
}

/** Open invoices that the receipt's text names, found by number: a pair may have very many open. */
const namedInvoices = (working: Working, { supplierId, currency, reference }: Receipt): OpenInvoice[] => {
  const byNumber = working.book.pairs.get(supplierId)?.byNumber
  const ids = [...numbersNamed(reference)].flatMap((number) => byNumber?.peek(number) ?? [])
  return openOf(working, supplierId, currency, new Set(ids))
}

/** A payout under way may still come back, and with it the principal: until the bank has said, the split cannot be. */
const payoutUnderWay = (working: Working, supplierId: string, explanation: Explanation): string | undefined =>
  explanation.parts.find(({ invoiceId }) => {
    const claim = working.claim(supplierId, invoiceId)
    return claim && isDisbursing(claim)
  })?.invoiceId

export const allocate = (working: Working, receipt: Receipt, explanation: Explanation, officer = ''): void => {
  const { supplierId, programmeId, valueOn } = receipt
  const { shared } = working.context
  const freed = new Set<string>()
  const allocations: Allocation[] = explanation.parts.map(({ invoiceId, amountMinor }) => {
    const claim = working.claim(supplierId, invoiceId)!
    const { advance } = claim
    const programme = advance && shared.programmes.get(advance.programmeId)
    if (advance && advance.principalMinor > 0n) freed.add(advance.programmeId)
    return shareOut({
      invoiceId,
      amountMinor,
      valueOn,
      openMinor: openMinor(claim),
      advance,
      penaltyRatePpm: ppmOfBps(programme?.penaltyRateBps ?? 0),
    })
  })
  const total = (of: (part: Allocation) => bigint): bigint => sum(allocations.map(of))
  const repaidHere = sum(
    allocations
      .filter(({ invoiceId }) => working.claim(supplierId, invoiceId)?.advance?.programmeId === programmeId)
      .map((part) => part.principalMinor),
  )
  working.say({
    type: 'CashAllocated',
    receiptId: receipt.receiptId,
    debtorId: working.book.debtorId,
    supplierId,
    programmeId,
    currency: receipt.currency,
    amountMinor: receipt.amountMinor,
    valueOn,
    explainedBy: explanation.by,
    allocations,
    toSupplierMinor: total((part) => part.toSupplierMinor),
    principalMinor: total((part) => part.principalMinor),
    discountEarnedMinor: total((part) => part.discountEarnedMinor),
    discountReturnedMinor: total((part) => part.discountReturnedMinor),
    penaltyMinor: total((part) => part.penaltyMinor),
    exposureAfterMinor: exposureOf(working.position(programmeId)) - repaidHere,
    officer,
  })
  for (const { invoiceId } of allocations) {
    const claim = working.claim(supplierId, invoiceId)!
    if (!isUndecided(claim)) continue
    closeUndecided(working, claim, 'AlreadyPaid', receipt.evidence)
    consider(working, supplierId, invoiceId)
  }
  for (const freedId of [...freed].sort()) retryLimit(working, freedId)
}

export interface Tried {
  allocated: boolean
  /** Why not, for people. */
  detail: string
  nodes: number
  /** It is explained, and only waits for the bank's word on a payout. */
  held: boolean
}

const underWay = (invoiceId: string, nodes: number): Tried => ({
  allocated: false,
  detail: `the payout of ${invoiceId} is under way`,
  nodes,
  held: true,
})

/** First step alone, at any time. */
export const tryReference = (working: Working, receipt: Receipt): Tried => {
  const explanation = byReference(receipt, namedInvoices(working, receipt))
  if (!explanation) {
    const detail =
      receipt.reference.trim() === ''
        ? 'no reference'
        : 'the reference names no single open invoice that takes the amount'
    return { allocated: false, detail, nodes: 0, held: false }
  }
  const held = payoutUnderWay(working, receipt.supplierId, explanation)
  if (held) return underWay(held, 0)
  allocate(working, receipt, explanation)
  return { allocated: true, detail: '', nodes: 0, held: false }
}

/** All steps; `knownBeforeClose` keeps out invoices heard of after that close, so that a late retry finds the same. */
export const tryAll = (working: Working, receipt: Receipt, knownBeforeClose?: string): Tried => {
  const first = tryReference(working, receipt)
  if (first.allocated || first.held) return first
  const open = openInvoices(working, receipt.supplierId, receipt.currency, knownBeforeClose)
  const { answer, nodes } = bySums(receipt, open)
  if (!answer)
    return { allocated: false, detail: 'no set of open invoices is the only one that fits', nodes, held: false }
  const held = payoutUnderWay(working, receipt.supplierId, answer)
  if (held) return underWay(held, nodes)
  allocate(working, receipt, answer)
  return { allocated: true, detail: '', nodes, held: false }
}

/** As they arrived, which is the order in which their own desk told them. */
const waitingByArrival = (working: Working, supplierId: string): Receipt[] =>
  [...(working.book.pairs.get(supplierId)?.receipts.values() ?? [])].filter(({ status }) => status === 'waiting')

/** In the order in which the money came. */
export const waitingReceipts = (working: Working, supplierId: string): Receipt[] =>
  waitingByArrival(working, supplierId).sort(byValueDate)

/**
 * An invoice of the pair became known, or the bank has said what became of a payout: receipts that name an invoice, in
 * the order of arrival, so that the invoice's being late changes nothing.
 */
export const retryReferences = (working: Working, supplierId: string): void => {
  const named = waitingByArrival(working, supplierId).filter((receipt) => receipt.reference.trim() !== '')
  for (const receipt of named.slice(0, retriedMost)) tryReference(working, receipt)
}

/** The bank has said what became of a payout: receipts that were held for it, also those that a close had explained. */
export const retryHeld = (working: Working, supplierId: string): void => {
  retryReferences(working, supplierId)
  const closed = waitingReceipts(working, supplierId).filter(
    ({ closes, receiptId }) => closes > 0 && working.receipt(supplierId, receiptId) !== undefined,
  )
  for (const receipt of closed.slice(0, retriedMost)) tryAll(working, receipt, working.book.closedOn)
}
