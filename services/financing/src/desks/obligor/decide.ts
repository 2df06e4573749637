/** The obligor desk's answers: to what it hears, to what officers wish, and to what broadcasts set going. */
import { accept, type Context, type Decision, type Input } from '@triflow/kernel'
import type { Broadcast, Shared } from '../programmes.ts'
import { archiveKey, type ArchivedClaim, type Book } from './book.ts'
import { retryReferences, tryReference } from './cash.ts'
import { consider } from './claims.ts'
import { hearCredit } from './credit.ts'
import { allocateByOfficer, hearOfficer } from './officer.ts'
import { hearPayout } from './payouts.ts'
import { retryConsent } from './retry.ts'
import { sweep } from './sweep.ts'
import type { CashReceived, Command, Fact, Heard } from './vocabulary.ts'
import { openWorking, type Working } from './working.ts'

const hearCash = (working: Working, fact: CashReceived): void => {
  const receipt = working.receipt(fact.supplierId, fact.receiptId)
  if (!receipt || receipt.status !== 'waiting') return
  const tried = tryReference(working, receipt)
  if (tried.allocated) return
  const { receiptId, supplierId, programmeId, currency, amountMinor, valueOn } = receipt
  working.say({
    type: 'CashWaiting',
    receiptId,
    debtorId: working.book.debtorId,
    supplierId,
    programmeId,
    currency,
    amountMinor,
    valueOn,
    detail: tried.detail,
  })
}

/** Found in the archive: decided and finished, whatever is told again of that version, or of any once money followed it. */
const isDone = (working: Working, invoiceId: string, version: number): boolean => {
  const archived = working.context.loaded.get(archiveKey(invoiceId)) as ArchivedClaim | undefined
  return archived !== undefined && (archived.wasFunded || archived.version >= version)
}

const hear = (working: Working, fact: Heard): void => {
  switch (fact.type) {
    case 'SupplierEnrolled':
      return retryConsent(working, fact.supplierId)
    case 'InvoiceIssued':
      if (isDone(working, fact.invoiceId, fact.version)) return
      consider(working, fact.supplierId, fact.invoiceId)
      return retryReferences(working, fact.supplierId)
    case 'ShareMatched':
      if (isDone(working, fact.invoiceId, fact.invoiceVersion)) return
      return consider(working, fact.supplierId, fact.invoiceId)
    case 'InvoiceConfirmed':
    case 'InvoiceDisputed':
      return consider(working, fact.supplierId, fact.invoiceId)
    case 'CreditNoteIssued':
      return hearCredit(working, fact)
    case 'CashReceived':
      return hearCash(working, fact)
    case 'DisbursementExecuted':
    case 'DisbursementRefused':
      return hearPayout(working, fact)
    default:
      return
  }
}

export const decide = (
  input: Input<Command, Heard, Broadcast>,
  book: Book,
  context: Context<Shared>,
): Decision<Fact> => {
  switch (input.kind) {
    case 'heard': {
      const working = openWorking(book, context)
      hear(working, input.fact)
      return accept(working.facts)
    }
    case 'command': {
      const working = openWorking(book, context)
      const { command } = input
      return command.type === 'AllocateReceipt' ? allocateByOfficer(working, command) : hearOfficer(working, command)
    }
    case 'sweep':
      return sweep(input.cause, input.cursor, book, context)
    case 'tick':
      return accept([])
  }
}
