/** How the pair's invoices are folded: issued, paid by a receipt, or paid before they were heard of. */
import { normaliseNumber } from '@triflow/kernel'
import type { State } from './state.ts'
import type { CashAllocated, InvoiceIssued } from './vocabulary.ts'

/** A newer version is asked about anew; what was received for the invoice stays. */
export const issued = (state: State, fact: InvoiceIssued): void => {
  const before = state.invoices.get(fact.invoiceId)
  if (before && before.version >= fact.version) return
  const ahead = state.ahead.get(fact.invoiceId)
  state.ahead.delete(fact.invoiceId)
  state.invoices.set(fact.invoiceId, {
    version: fact.version,
    number: normaliseNumber(fact.number),
    orderIds: [...fact.orderIds],
    billedMinor: fact.grossMinor,
    received: before?.received === true || ahead !== undefined,
    settled: ahead?.settled ?? false,
    told: undefined,
  })
}

/** The receipt is explained: from here on only what it was allocated to counts as paid by it. */
export const allocated = (state: State, fact: CashAllocated): void => {
  state.unexplained.delete(fact.receiptId)
  for (const { invoiceId, settles } of fact.allocations) {
    const invoice = state.invoices.get(invoiceId)
    const financed = state.financed.has(invoiceId)
    if (!invoice && !financed)
      state.ahead.set(invoiceId, { settled: settles || state.ahead.get(invoiceId)?.settled === true })
    if (invoice) invoice.received = true
    if (settles) {
      state.invoices.delete(invoiceId)
      state.financed.delete(invoiceId)
    }
  }
}
