/** What the invoice desk says yes and no to: invoices and credit notes of the supplier, confirmation or dispute by the debtor. */
import {
  accept,
  invoiceId,
  isCurrency,
  isPartyId,
  normaliseNumber,
  nothing,
  parseDate,
  reject,
  type Context,
  type Decision,
  type Input,
} from '@triflow/kernel'
import { billedOrders, type Billed } from './billing.ts'
import { creditNoteText, headText, linesText } from './content.ts'
import { flawOfSums } from './sums.ts'
import type {
  ConfirmInvoice,
  DisputeInvoice,
  InvoiceCommand,
  InvoiceFact,
  InvoiceRejection,
  InvoiceState,
  IssueCreditNote,
  IssueInvoice,
} from './vocabulary.ts'

export const mostCreditNotes = 1_000

const no = (code: InvoiceRejection, detail: string) => reject(code, detail)
const isBlank = (text: string): boolean => text.trim() === ''

/** Which kind of repetition this is; each has its own reason, as each means something else to who looks for fraud. */
const refuseRepetition = (c: IssueInvoice, billed: readonly Billed[], state: InvoiceState): Decision<never> => {
  const content = headText(c) + billed.map(({ lines }) => linesText(lines)).join('')
  if (content !== state.content)
    return no('InvoiceConflicts', `${c.invoiceId} was issued with other content; nothing was changed`)
  return c.number === state.number
    ? no('InvoiceAlreadyIssued', 'the same document again')
    : no('InvoiceRetyped', `the same document again, its number typed ${c.number} instead of ${state.number}`)
}

const issue = (c: IssueInvoice, state: InvoiceState): Decision<InvoiceFact> => {
  if (!isPartyId(c.supplierId)) return no('SupplierMalformed', 'a supplier is named by its party id')
  if (!isPartyId(c.debtorId)) return no('DebtorMalformed', 'a debtor is named by its party id')
  if (c.supplierId === c.debtorId) return no('SupplierIsDebtor', 'a claim on oneself is no claim')
  if (!normaliseNumber(c.number)) return no('InvoiceNumberEmpty', 'an invoice number has letters or digits')
  if (!parseDate(c.issuedOn) || !parseDate(c.dueOn))
    return no('DateInvalid', `not two dates: ${c.issuedOn}, ${c.dueOn}`)
  const id = invoiceId(c.supplierId, c.number, c.issuedOn)
  if (c.invoiceId !== id) return no('InvoiceIdMismatch', `the id of this invoice is ${id}`)
  const billed = billedOrders(c.lines)
  if (state.status !== 'unknown') return refuseRepetition(c, billed, state)
  if (!isCurrency(c.currency)) return no('CurrencyUnknown', `no currency ${c.currency} is settled here`)
  if (c.dueOn < c.issuedOn) return no('DueBeforeIssue', `due on ${c.dueOn}, issued on ${c.issuedOn}`)
  const flaw = flawOfSums(c)
  if (flaw) return no(...flaw)
  return accept(issuedFacts(c, billed))
}

const issuedFacts = (c: IssueInvoice, billed: readonly Billed[]): InvoiceFact[] => {
  const { supplierId, debtorId, number, issuedOn, dueOn, currency, netMinor, taxMinor, grossMinor } = c
  const orderIds = billed.map((order) => order.orderId)
  const head = { invoiceId: c.invoiceId, supplierId, debtorId, number, issuedOn, dueOn, currency, version: 1, orderIds }
  return [
    { type: 'InvoiceIssued', ...head, netMinor, taxMinor, grossMinor, lineCount: c.lines.length },
    ...billed.map(({ orderId, lines }): InvoiceFact => ({ type: 'OrderBilled', orderId, ...head, lines })),
  ]
}

const unknown = (id: string) => no('InvoiceUnknown', `no invoice ${id} was issued`)

const credit = (c: IssueCreditNote, state: InvoiceState): Decision<InvoiceFact> => {
  if (state.status === 'unknown') return unknown(c.invoiceId)
  const number = normaliseNumber(c.creditNoteNumber)
  if (!number) return no('CreditNoteNumberEmpty', 'a credit note number has letters or digits')
  const before = state.creditNotes.get(number)
  if (before !== undefined)
    return before === creditNoteText(c)
      ? nothing
      : no('CreditNoteConflicts', `credit note ${number} was issued with other content`)
  if (!parseDate(c.issuedOn)) return no('DateInvalid', `not a date: ${c.issuedOn}`)
  if (isBlank(c.reason)) return no('ReasonMissing', 'a credit note says why')
  if (c.netMinor < 0n || c.taxMinor < 0n || c.netMinor + c.taxMinor <= 0n)
    return no('CreditAmountNotPositive', 'a credit note over nothing, or one that bills')
  const netLeft = state.netMinor - state.creditedNetMinor
  const taxLeft = state.taxMinor - state.creditedTaxMinor
  if (c.netMinor > netLeft || c.taxMinor > taxLeft)
    return no('CreditExceedsInvoice', `${netLeft} net and ${taxLeft} tax are left to credit`)
  if (state.creditNotes.size >= mostCreditNotes) return no('TooManyCreditNotes', `at most ${mostCreditNotes}`)
  const { creditNoteNumber, issuedOn, netMinor, taxMinor, reason } = c
  const { supplierId, debtorId, currency } = state
  const note = { creditNoteNumber, issuedOn, currency, netMinor, taxMinor, reason }
  return accept([{ type: 'CreditNoteIssued', invoiceId: c.invoiceId, supplierId, debtorId, ...note }])
}

const confirm = (c: ConfirmInvoice, state: InvoiceState): Decision<InvoiceFact> => {
  if (state.status === 'unknown') return unknown(c.invoiceId)
  if (state.status === 'disputed') return no('InvoiceDisputed', `disputed: ${state.disputedFor}`)
  if (isBlank(c.confirmedBy)) return no('ConfirmerMissing', 'a confirmation names who confirmed')
  if (state.status === 'confirmed') return nothing
  const { supplierId, debtorId } = state
  return accept([
    { type: 'InvoiceConfirmed', invoiceId: c.invoiceId, supplierId, debtorId, confirmedBy: c.confirmedBy },
  ])
}

const dispute = (c: DisputeInvoice, state: InvoiceState): Decision<InvoiceFact> => {
  if (state.status === 'unknown') return unknown(c.invoiceId)
  // Money may have been lent on the confirmation: what was confirmed without set-off is not disputed afterwards.
  if (state.status === 'confirmed') return no('InvoiceConfirmed', 'the debtor has confirmed this invoice')
  if (isBlank(c.reason)) return no('ReasonMissing', 'a dispute says why')
  if (state.status === 'disputed')
    return state.disputedFor === c.reason ? nothing : no('InvoiceDisputed', `already disputed: ${state.disputedFor}`)
  const { supplierId, debtorId } = state
  return accept([{ type: 'InvoiceDisputed', invoiceId: c.invoiceId, supplierId, debtorId, reason: c.reason }])
}

export const decide = (
  input: Input<InvoiceCommand, never, never>,
  state: InvoiceState,
  _context: Context<unknown>,
): Decision<InvoiceFact> => {
  if (input.kind !== 'command') return nothing
  switch (input.command.type) {
    case 'IssueInvoice':
      return issue(input.command, state)
    case 'IssueCreditNote':
      return credit(input.command, state)
    case 'ConfirmInvoice':
      return confirm(input.command, state)
    case 'DisputeInvoice':
      return dispute(input.command, state)
  }
}
