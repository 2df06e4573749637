/** What an invoice or a credit note says, as comparable text: how the same document again is told from another one. */
import type { InvoiceLine, IssueCreditNote, IssueInvoice } from './vocabulary.ts'

/** All of the invoice's head but the number as typed, which the id already holds in its normalised form. */
export const headText = (invoice: Omit<IssueInvoice, 'type' | 'lines'>): string =>
  JSON.stringify([
    invoice.debtorId,
    invoice.dueOn,
    invoice.currency,
    String(invoice.netMinor),
    String(invoice.taxMinor),
    String(invoice.grossMinor),
  ])

/** The lines of one order that the invoice bills; appended to the head, order by order. */
export const linesText = (lines: readonly InvoiceLine[]): string =>
  JSON.stringify(
    lines.map((l) => [l.line, l.orderId, l.orderLine, l.sku, String(l.quantity), String(l.unitPriceMinor)]),
  )

export const creditNoteText = (note: Omit<IssueCreditNote, 'type'>): string =>
  JSON.stringify([note.issuedOn, String(note.netMinor), String(note.taxMinor), note.reason])
