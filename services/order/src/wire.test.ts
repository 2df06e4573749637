/** Facts of the order service reach the right readers and survive the wire. */
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, fullNameOf, topics } from '@triflow/contracts'
import type { InvoiceFact, OrderFact } from './desks/index.ts'
import { invoiceDesk, orderDesk } from './wire.ts'

const invoiceId = 'litware/INV-7/2026-02-01'
const parties = { supplierId: 'litware', debtorId: 'wide-world' }
const head = { invoiceId, ...parties, number: 'INV-7', issuedOn: '2026-02-01', dueOn: '2026-03-03', currency: 'USD' }
const line = {
  line: 1,
  orderId: 'wide-world/PO-1',
  orderLine: 1,
  sku: '77',
  quantity: 9_007_199_254_740_993n,
  unitPriceMinor: 1n,
  netMinor: 9_007_199_254_740_993n,
}
const orderIds = ['wide-world/PO-1']
const amounts = { netMinor: line.netMinor, taxMinor: 0n, grossMinor: line.netMinor }
const issued: InvoiceFact = { type: 'InvoiceIssued', ...head, ...amounts, orderIds, version: 1, lineCount: 1 }
const billed: InvoiceFact = { type: 'OrderBilled', orderId: line.orderId, ...head, version: 1, lines: [line], orderIds }
const credited: InvoiceFact = {
  type: 'CreditNoteIssued',
  invoiceId,
  ...parties,
  creditNoteNumber: 'CN-1',
  issuedOn: '2026-02-10',
  currency: 'USD',
  netMinor: 1n,
  taxMinor: 0n,
  reason: 'broken',
}
const confirmed: InvoiceFact = { type: 'InvoiceConfirmed', invoiceId, ...parties, confirmedBy: 'Kim' }
const disputed: InvoiceFact = { type: 'InvoiceDisputed', invoiceId, ...parties, reason: 'wrong price' }
const accepted: OrderFact = { type: 'OrderAccepted', orderId: line.orderId, version: 1, acceptedBy: 'Ada' }

const own = { topic: 'triflow.order.invoice', key: invoiceId }
const byDebtor = { topic: 'triflow.order.invoice.by-debtor', key: 'wide-world' }
const byPair = { topic: 'triflow.order.invoice.by-pair', key: 'litware|wide-world' }
const byOrder = { topic: 'triflow.order.invoice.by-order', key: 'wide-world/PO-1' }

describe('facts of orders', () => {
  it('are told on their own topic, where the trade desk hears them', () =>
    expect(orderDesk.routes(accepted)).toEqual([{ topic: 'triflow.order.order', key: 'wide-world/PO-1' }]))
})

describe('facts of invoices', () => {
  it('tell a claim and its credit notes to lender and account keeper', () => {
    expect(invoiceDesk.routes(issued)).toEqual([own, byDebtor, byPair])
    expect(invoiceDesk.routes(credited)).toEqual([own, byDebtor, byPair])
  })

  it('tell an order what bills it', () => expect(invoiceDesk.routes(billed)).toEqual([own, byOrder]))

  it('tell the lender of confirmation and dispute', () => {
    expect(invoiceDesk.routes(confirmed)).toEqual([own, byDebtor])
    expect(invoiceDesk.routes(disputed)).toEqual([own, byDebtor])
  })

  it('go only to topics that exist', () => {
    const known = topics.map((topic) => topic.name)
    for (const fact of [issued, billed])
      for (const { topic } of invoiceDesk.routes(fact)) expect(known).toContain(topic)
  })

  it('come back from their bytes as they were said, amounts beyond 2^53 too', () => {
    for (const fact of [issued, billed, credited, confirmed, disputed, accepted])
      expect(decodeMessage(fullNameOf(fact.type), encodeMessage(fact))).toEqual(fact)
  })
})
