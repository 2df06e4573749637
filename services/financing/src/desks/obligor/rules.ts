/** The obligor desk's rules, as the runtime takes them. */
import type { DeskRules, Retired } from '@triflow/kernel'
import { evolveShared, initialShared, type Broadcast, type Shared } from '../programmes.ts'
import { archiveKey, initialState, isFinished, type ArchivedClaim, type Book } from './book.ts'
import { decide } from './decide.ts'
import { evolve } from './evolve.ts'
import type { Command, Fact, Heard } from './vocabulary.ts'

/**
 * Finished claims leave the book under `claim/<invoice id>`. Supplier, normalised number and date are in that id, so that
 * a repeated document, a late share or a late credit note still finds the claim it is about.
 */
const retire = (book: Book): readonly Retired[] => {
  const retired: Retired[] = []
  for (const { supplierId, invoiceId } of book.finished) {
    const pair = book.pairs.get(supplierId)
    const claim = pair?.claims.peek(invoiceId)
    if (!pair || !claim?.invoice || !isFinished(claim)) continue
    pair.claims.delete(invoiceId)
    const { plainNumber, version } = claim.invoice
    book.gone.set(invoiceId, { version, closedOn: book.closedOn })
    const sameNumber = (pair.byNumber.peek(plainNumber) ?? []).filter((id) => id !== invoiceId)
    if (sameNumber.length > 0) pair.byNumber.set(plainNumber, sameNumber)
    else pair.byNumber.delete(plainNumber)
    const item: ArchivedClaim = {
      invoiceId,
      supplierId,
      debtorId: book.debtorId,
      version,
      status: claim.status,
      reason: claim.reason,
      currency: claim.invoice.currency,
      grossMinor: claim.invoice.grossMinor,
      programmeId: claim.programmeId,
      wasFunded: claim.advance !== undefined,
    }
    retired.push({ key: archiveKey(invoiceId), item })
  }
  book.finished = []
  return retired
}

const keysNeeded = (input: Command | Heard): readonly string[] => {
  switch (input.type) {
    case 'InvoiceIssued':
    case 'ShareMatched':
    case 'CreditNoteIssued':
    case 'ApproveClaim':
    case 'RefuseClaim':
      return [archiveKey(input.invoiceId)]
    default:
      return []
  }
}

export const obligorRules: DeskRules<Book, Shared, Command, Heard, Broadcast, Fact> = {
  initialState,
  initialShared,
  decide,
  evolve,
  evolveShared,
  // A close settles cash; the others may be what claims wait for.
  sweeps: () => true,
  keysNeeded,
  retire,
}
