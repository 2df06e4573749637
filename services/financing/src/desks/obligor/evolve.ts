/** Folds what is said about a debtor into its book. */
import { LargeMap, normaliseNumber, type Evidence } from '@triflow/kernel'
import { initialState, isFinished, newClaim, type Book, type Claim, type PairBook } from './book.ts'
import { foldFact, type Pages } from './fold-fact.ts'
import { enterQueue, leaveQueue } from './queue.ts'
import type {
  CashReceived,
  CreditNoteIssued,
  Fact,
  Heard,
  InvoiceIssued,
  ShareHeard,
  SupplierEnrolled,
} from './vocabulary.ts'

export { initialState }

const pairOf = (book: Book, supplierId: string): PairBook => {
  const known = book.pairs.get(supplierId)
  if (known) return known
  const pair: PairBook = {
    supplierId,
    claims: new LargeMap(),
    byNumber: new LargeMap(),
    receipts: new Map(),
    enrolments: [],
    invoicesKnown: 0,
    invoicesSettled: 0,
  }
  book.pairs.set(supplierId, pair)
  return pair
}

const claimOf = (book: Book, supplierId: string, invoiceId: string): Claim => {
  const { claims } = pairOf(book, supplierId)
  const known = claims.get(invoiceId)
  if (known) return known
  const claim = newClaim(supplierId, invoiceId)
  claims.set(invoiceId, claim)
  return claim
}

const required = (evidence: Evidence | undefined, type: string): Evidence => {
  if (!evidence) throw new Error(`${type} was folded without its evidence`)
  return evidence
}

const enrol = (book: Book, fact: SupplierEnrolled, evidence: Evidence): void => {
  const pair = pairOf(book, fact.supplierId)
  const { programmeId, termsReference, acceptedBy, acceptedOn } = fact
  const enrolment = { programmeId, termsReference, acceptedBy, acceptedOn, evidence }
  const at = pair.enrolments.findIndex((known) => known.programmeId === programmeId)
  if (at < 0) pair.enrolments.push(enrolment)
  else pair.enrolments[at] = enrolment
}

/** A newer version supersedes the older one, unless money already follows it. */
const issue = (book: Book, fact: InvoiceIssued, evidence: Evidence): void => {
  const claim = claimOf(book, fact.supplierId, fact.invoiceId)
  if (claim.invoice && (claim.advance || claim.invoice.version >= fact.version)) return
  const plainNumber = normaliseNumber(fact.number)
  if (!claim.invoice) {
    const pair = pairOf(book, fact.supplierId)
    pair.invoicesKnown += 1
    pair.byNumber.set(plainNumber, [...(pair.byNumber.peek(plainNumber) ?? []), fact.invoiceId])
    claim.knownAfterClose = book.closedOn
  }
  leaveQueue(book, claim)
  claim.status = 'open'
  claim.waitsFor = ''
  claim.reason = ''
  claim.payable = true
  claim.invoice = {
    number: fact.number,
    plainNumber,
    issuedOn: fact.issuedOn,
    dueOn: fact.dueOn,
    currency: fact.currency,
    netMinor: fact.netMinor,
    grossMinor: fact.grossMinor,
    orderIds: fact.orderIds,
    version: fact.version,
    evidence,
  }
}

const takeShare = (book: Book, fact: ShareHeard): void => {
  const gone = book.gone.peek(fact.invoiceId)
  if (gone && gone.version >= fact.invoiceVersion) return
  const claim = claimOf(book, fact.supplierId, fact.invoiceId)
  const known = claim.shares.get(fact.orderId)
  if (known && (known.version > fact.invoiceVersion || known.revision >= fact.revision)) return
  claim.shares.set(fact.orderId, {
    revision: fact.revision,
    version: fact.invoiceVersion,
    verdict: fact.verdict,
    reason: fact.reason,
    otherInvoiceId: fact.otherInvoiceId,
    financeableNetMinor: fact.financeableNetMinor,
    lastEventAtMs: fact.lastEventAtMs,
    evidence: fact.evidence,
  })
}

const credit = (book: Book, fact: CreditNoteIssued): void => {
  const claim = book.pairs.get(fact.supplierId)?.claims.get(fact.invoiceId)
  // A claim not in the book is in the archive: the decision finds it there and records the dilution.
  if (!claim) return
  claim.creditNetMinor += fact.netMinor
  claim.creditGrossMinor += fact.netMinor + fact.taxMinor
  finish(book, claim)
}

const takeCash = (book: Book, fact: CashReceived, evidence: Evidence): void => {
  const { receiptId, supplierId, programmeId, currency, amountMinor, valueOn, reference } = fact
  const { receipts } = pairOf(book, supplierId)
  if (receipts.has(receiptId)) return
  receipts.set(receiptId, {
    receiptId,
    supplierId,
    programmeId,
    currency,
    amountMinor,
    valueOn,
    reference,
    evidence,
    status: 'waiting',
    closes: 0,
  })
}

const finish = (book: Book, claim: Claim): void => {
  if (!isFinished(claim)) return
  const { supplierId, invoiceId } = claim
  if (!book.finished.some((known) => known.invoiceId === invoiceId)) book.finished.push({ supplierId, invoiceId })
}

/** The book itself, as own facts change it. */
const pagesOf = (book: Book): Pages => ({
  claim: (supplierId, invoiceId) => book.pairs.get(supplierId)?.claims.get(invoiceId),
  receipt: (supplierId, receiptId) => book.pairs.get(supplierId)?.receipts.get(receiptId),
  position: (programmeId) => {
    const known = book.positions.get(programmeId)
    if (known) return known
    const position = { reservedMinor: 0n, usedMinor: 0n, claimsFinanced: 0 }
    book.positions.set(programmeId, position)
    return position
  },
  before: (claim) => leaveQueue(book, claim),
  after: (claim) => {
    enterQueue(book, claim)
    finish(book, claim)
  },
  settled: (supplierId) => {
    pairOf(book, supplierId).invoicesSettled += 1
  },
  takeOut: (supplierId, receiptId) => void book.pairs.get(supplierId)?.receipts.delete(receiptId),
})

/** A close that a waiting receipt has been through, under its own programme and once its value date had come. */
const closeDay = (book: Book, programmeId: string, date: string): void => {
  for (const { receipts } of book.pairs.values())
    for (const receipt of receipts.values())
      if (receipt.status === 'waiting' && receipt.programmeId === programmeId && receipt.valueOn <= date)
        receipt.closes += 1
  if (date === book.closedOn) return
  // Two closes are far longer than a word takes from desk to desk.
  for (const [invoiceId, { closedOn }] of book.gone.entries()) if (closedOn < book.closedOn) book.gone.delete(invoiceId)
  book.closedOn = date
}

export const evolve = (book: Book, fact: Fact | Heard, _at: number, evidence?: Evidence): Book => {
  switch (fact.type) {
    case 'SupplierEnrolled':
      enrol(book, fact, required(evidence, fact.type))
      return book
    case 'InvoiceIssued':
      issue(book, fact, required(evidence, fact.type))
      return book
    case 'ShareMatched':
      takeShare(book, fact)
      return book
    case 'InvoiceConfirmed': {
      // Told after the invoice on the same topic: one that is not in the book is finished.
      const claim = book.pairs.get(fact.supplierId)?.claims.get(fact.invoiceId)
      if (!claim) return book
      claim.confirmed = { by: fact.confirmedBy, evidence: required(evidence, fact.type) }
      claim.disputed = ''
      return book
    }
    case 'InvoiceDisputed': {
      const claim = book.pairs.get(fact.supplierId)?.claims.get(fact.invoiceId)
      if (claim) claim.disputed = fact.reason || 'no reason given'
      return book
    }
    case 'CreditNoteIssued':
      credit(book, fact)
      return book
    case 'CashReceived':
      takeCash(book, fact, required(evidence, fact.type))
      return book
    case 'DisbursementExecuted':
    case 'DisbursementRefused':
    case 'DisbursementRequested':
      return book
    case 'DebtorDayClosed':
      closeDay(book, fact.programmeId, fact.date)
      return book
    default:
      foldFact(pagesOf(book), fact)
      return book
  }
}
