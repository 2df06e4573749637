/** What a buyer submitted, as one comparable text. */
import type { SubmitOrder } from './vocabulary.ts'

/** The number as typed is left out: two spellings of one number are the same order, and the id holds the number. */
export const submissionText = (order: Omit<SubmitOrder, 'type'>): string =>
  JSON.stringify([
    order.supplierId,
    order.issuedOn,
    order.currency,
    order.paymentTermDays,
    order.lines.map((l) => [l.line, l.sku, l.description, String(l.quantity), String(l.unitPriceMinor)]),
  ])
