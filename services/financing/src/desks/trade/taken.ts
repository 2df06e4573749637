/** Goods that other invoices of the same order already stand on. */
import type { Billed, Trade } from './vocabulary.ts'

export interface TakenLine {
  quantity: bigint
  /** The invoice that took, the first by issue date and id when several did; '' for none. */
  otherInvoiceId: string
}

/**
 * A refused claim gives its goods back. A paid one does not: the debtor has paid for those goods, so that another
 * invoice over them is a second bill for one delivery.
 */
export const isLive = (invoice: Billed): boolean =>
  invoice.outcome !== 'refused' || invoice.outcomeReason === 'AlreadyPaid'

const none: ReadonlyMap<number, bigint> = new Map()

/**
 * Units per order line that the invoice stands on: what its share was told to take; all that it bills once the debtor has
 * paid it, whatever became of its share.
 */
export const takenOf = (invoice: Billed): ReadonlyMap<number, bigint> => {
  if (!isLive(invoice)) return none
  const isPaid = invoice.outcomeReason === 'AlreadyPaid' || invoice.share?.reason === 'already-paid'
  if (!isPaid) return invoice.share?.taken ?? none
  const billed = new Map<number, bigint>()
  for (const [, orderLine, , quantity] of invoice.lines) billed.set(orderLine, (billed.get(orderLine) ?? 0n) + quantity)
  return billed
}

/** Issue date, then id: the same order whichever way the invoices arrived. */
export const byIssue = (a: { issuedOn: string; invoiceId: string }, b: { issuedOn: string; invoiceId: string }) =>
  a.issuedOn < b.issuedOn ? -1 : a.issuedOn > b.issuedOn ? 1 : a.invoiceId < b.invoiceId ? -1 : 1

export const invoiceOf = (trade: Trade, invoiceId: string): Billed | undefined =>
  trade.invoices.find((invoice) => invoice.invoiceId === invoiceId)

export const untaken: TakenLine = { quantity: 0n, otherInvoiceId: '' }
const nothingTaken: ReadonlyMap<number, TakenLine> = new Map()

/** `retold` holds the quantities of shares that this very decision tells, ahead of the state. */
export const takenByOthers = (
  trade: Trade,
  invoice: Billed,
  retold: ReadonlyMap<string, ReadonlyMap<number, bigint>>,
): ReadonlyMap<number, TakenLine> => {
  if (trade.invoices.length === 1) return nothingTaken
  const taken = new Map<number, TakenLine>()
  for (const other of trade.invoices) {
    if (other.invoiceId === invoice.invoiceId) continue
    for (const [line, quantity] of retold.get(other.invoiceId) ?? takenOf(other)) {
      if (quantity === 0n) continue
      const before = taken.get(line)
      taken.set(line, {
        quantity: (before?.quantity ?? 0n) + quantity,
        otherInvoiceId: before?.otherInvoiceId ?? other.invoiceId,
      })
    }
  }
  return taken
}
