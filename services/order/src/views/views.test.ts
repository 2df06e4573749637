/** What the order service's views show after facts. */
import { describe, expect, it } from 'vitest'
import { shown, stored } from '@triflow/platform/view-testing'
import type { InvoiceFact, OrderFact } from '../desks/index.ts'
import { invoicesView } from './invoices.ts'
import { ordersView } from './orders.ts'

describe('orders', () => {
  const orderId = 'wide-world/PO-1'
  const line = { line: 1, sku: '77', description: 'Pallets', quantity: 10n, unitPriceMinor: 2_500n }
  const head = {
    buyerId: 'wide-world',
    supplierId: 'litware',
    number: 'po-1',
    issuedOn: '2026-01-05',
    currency: 'USD',
    paymentTermDays: 30,
  }
  const submitted: OrderFact = { type: 'OrderSubmitted', orderId, ...head, lines: [line], version: 1 }
  const accepted: OrderFact = { type: 'OrderAccepted', orderId, version: 1, acceptedBy: 'Ada' }
  const fewer = [{ ...line, quantity: 8n }]
  const amended: OrderFact = { type: 'OrderAmended', orderId, version: 2, lines: fewer, reason: 'fewer' }

  it('show the amount and who must act', () => {
    const waiting = { ...head, status: 'submitted', version: 1, acceptedVersion: 0, acceptedBy: '' }
    expect(shown(ordersView, [submitted])).toEqual({ [orderId]: { ...waiting, lines: [line], amountMinor: 25_000n } })
    expect(shown(ordersView, [submitted, accepted])).toMatchObject({
      [orderId]: { status: 'accepted', acceptedVersion: 1, acceptedBy: 'Ada' },
    })
  })

  it('declare all that they fold', () => {
    const documents = shown(ordersView, [submitted, accepted, amended])
    expect(stored(ordersView, documents)).toEqual(documents)
  })

  it('wait for the supplier again after an amendment', () =>
    expect(shown(ordersView, [submitted, accepted, amended])).toMatchObject({
      [orderId]: { status: 'submitted', version: 2, acceptedVersion: 1, lines: fewer, amountMinor: 20_000n },
    }))

  it('show a cancellation, and nothing for outcomes of commands', () => {
    const cancelled: OrderFact = { type: 'OrderCancelled', orderId, reason: 'closed' }
    expect(shown(ordersView, [{ type: 'CommandJudged' }, submitted, cancelled])).toMatchObject({
      [orderId]: { status: 'cancelled' },
    })
    expect(Object.keys(shown(ordersView, [{ type: 'CommandJudged' }]))).toEqual([])
  })
})

describe('invoices', () => {
  const invoiceId = 'litware/INV-7/2026-02-01'
  const parties = { supplierId: 'litware', debtorId: 'wide-world' }
  const head = { ...parties, number: 'INV-7', issuedOn: '2026-02-01', dueOn: '2026-03-03', currency: 'USD', version: 1 }
  const orderIds = ['wide-world/PO-1', 'wide-world/PO-2']
  const amounts = { netMinor: 30_000n, taxMinor: 4_500n, grossMinor: 34_500n }
  const line = (orderId: string, n: number, netMinor: bigint) => ({
    line: n,
    orderId,
    orderLine: 1,
    sku: '77',
    quantity: 1n,
    unitPriceMinor: netMinor,
    netMinor,
  })
  const lines = [line('wide-world/PO-1', 2, 5_000n), line('wide-world/PO-2', 1, 25_000n)]
  const issued: InvoiceFact[] = [
    { type: 'InvoiceIssued', invoiceId, ...head, ...amounts, orderIds, lineCount: 2 },
    ...lines.map((l): InvoiceFact => ({
      type: 'OrderBilled',
      invoiceId,
      orderId: l.orderId,
      ...head,
      orderIds,
      lines: [l],
    })),
  ]
  const credit = (creditNoteNumber: string, netMinor: bigint): InvoiceFact => ({
    type: 'CreditNoteIssued',
    invoiceId,
    ...parties,
    creditNoteNumber,
    issuedOn: '2026-02-10',
    currency: 'USD',
    netMinor,
    taxMinor: 10n,
    reason: 'broken',
  })

  it('show every line of every order they bill', () =>
    expect(shown(invoicesView, issued)).toEqual({
      [invoiceId]: {
        ...head,
        ...amounts,
        orderIds,
        lines,
        status: 'issued',
        confirmedBy: '',
        disputedFor: '',
        creditNotes: [],
        creditedMinor: 0n,
      },
    }))

  it('show what was credited, net and tax together', () =>
    expect(shown(invoicesView, [...issued, credit('CN-1', 100n), credit('CN-2', 200n)])).toMatchObject({
      [invoiceId]: { creditedMinor: 320n, creditNotes: [{ number: 'CN-1' }, { number: 'CN-2' }], status: 'issued' },
    }))

  it('declare all that they fold', () => {
    const documents = shown(invoicesView, [...issued, credit('CN-1', 100n)])
    expect(stored(invoicesView, documents)).toEqual(documents)
  })

  it('show confirmation and dispute', () => {
    const confirmed: InvoiceFact = { type: 'InvoiceConfirmed', invoiceId, ...parties, confirmedBy: 'Kim' }
    const disputed: InvoiceFact = { type: 'InvoiceDisputed', invoiceId, ...parties, reason: 'wrong price' }
    expect(shown(invoicesView, [...issued, confirmed])).toMatchObject({
      [invoiceId]: { status: 'confirmed', confirmedBy: 'Kim' },
    })
    expect(shown(invoicesView, [...issued, disputed])).toMatchObject({
      [invoiceId]: { status: 'disputed', disputedFor: 'wrong price' },
    })
  })
})
