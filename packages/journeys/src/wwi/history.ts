/** The export as the parties lived it: documents in the platform's words, business day by business day. */
import { addDays } from '@triflow/kernel'
import type { GoodsReceipt, Invoice, Order, StatementLine } from '../actors/documents.ts'
import { CURRENCY, type Export, type ExportedInvoice, type ExportedOrder, type ExportedSupplier } from './export.ts'

/** Who takes part; ids are made of the names, so that people recognise them. */
export interface Cast {
  readonly wholesaler: { readonly partyId: string; readonly name: string }
  readonly bank: { readonly partyId: string; readonly name: string }
  readonly suppliers: readonly CastSupplier[]
}

export interface CastSupplier extends Omit<ExportedSupplier, 'id'> {
  readonly partyId: string
  readonly exportedId: string
}

export interface Day {
  readonly date: string
  readonly orders: readonly Order[]
  readonly receipts: readonly GoodsReceipt[]
  readonly invoices: readonly Invoice[]
  readonly payments: readonly StatementLine[]
}

export interface History {
  readonly cast: Cast
  /** Days on which something happens, ascending. */
  readonly days: readonly Day[]
}

export const DEFAULT_PROGRAMME = 'wwi'

/** "The Phone Company" is the-phone-company; "Contoso, Ltd." is contoso. */
export const partyIdOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\b(ltd|inc)\b\.?/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

/** A debtor has one programme, so another programme's name makes another cast. */
export const castOf = (exported: Export, programme: string): Cast => {
  const suffix = programme === DEFAULT_PROGRAMME ? '' : `-${programme}`
  return {
    wholesaler: { partyId: `wide-world-importers${suffix}`, name: 'Wide World Importers' },
    bank: { partyId: 'demo-bank', name: 'Demo Bank' },
    suppliers: exported.suppliers.map(({ id, ...supplier }) => ({
      ...supplier,
      exportedId: id,
      partyId: `${partyIdOf(supplier.name)}${suffix}`,
    })),
  }
}

const orderOf = (order: ExportedOrder, buyerId: string, supplier: CastSupplier): Order => ({
  buyerId,
  number: order.number,
  supplierId: supplier.partyId,
  issuedOn: order.orderedOn,
  currency: CURRENCY,
  paymentTermDays: supplier.paymentDays,
  lines: order.lines.map((line) => ({
    line: line.line,
    sku: line.stockItemId,
    description: line.description,
    quantity: line.ordered,
    unitPriceMinor: line.unitPriceMinor,
  })),
})

/** One receipt per order and day of receipt, with the lines that came that day. */
const receiptsOf = (order: ExportedOrder, buyerId: string, supplier: CastSupplier): GoodsReceipt[] => {
  const days = [...new Set(order.lines.filter((line) => line.received > 0).map((line) => line.receivedOn))].sort()
  return days.map((receivedOn) => ({
    buyerId,
    number: `${order.number}-${receivedOn}`,
    supplierId: supplier.partyId,
    receivedOn,
    lines: order.lines
      .filter((line) => line.received > 0 && line.receivedOn === receivedOn)
      .map((line) => ({
        orderNumber: order.number,
        orderLine: line.line,
        sku: line.stockItemId,
        quantity: line.received,
      })),
  }))
}

/** The export has no invoice lines: what was received, at the expected price; tax as the transaction says. */
const invoiceOf = (
  invoice: ExportedInvoice,
  order: ExportedOrder,
  debtorId: string,
  supplier: CastSupplier,
): Invoice => ({
  supplierId: supplier.partyId,
  number: invoice.number,
  issuedOn: invoice.issuedOn,
  debtorId,
  dueOn: addDays(invoice.issuedOn, supplier.paymentDays),
  currency: CURRENCY,
  netMinor: invoice.netMinor,
  taxMinor: invoice.taxMinor,
  grossMinor: invoice.grossMinor,
  lines: order.lines
    .filter((line) => line.received > 0)
    .map((line, index) => ({
      line: index + 1,
      orderNumber: order.number,
      orderLine: line.line,
      sku: line.stockItemId,
      quantity: line.received,
      unitPriceMinor: line.unitPriceMinor,
      netMinor: BigInt(line.received) * line.unitPriceMinor,
    })),
})

const groupBy = <T>(items: readonly T[], dayOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(dayOf(item))
    if (group) group.push(item)
    else groups.set(dayOf(item), [item])
  }
  return groups
}

/** The whole story; `until` (inclusive) ends it early. */
export const historyOf = (exported: Export, programme = DEFAULT_PROGRAMME, until = '9999-12-31'): History => {
  const cast = castOf(exported, programme)
  const buyerId = cast.wholesaler.partyId
  const suppliers = new Map(cast.suppliers.map((supplier) => [supplier.exportedId, supplier]))
  const byNumber = new Map(exported.orders.map((order) => [order.number, order]))
  const supplierOf = (id: string): CastSupplier => suppliers.get(id)!

  const orders = groupBy(exported.orders, (order) => order.orderedOn)
  const receipts = groupBy(
    exported.orders.flatMap((order) => receiptsOf(order, buyerId, supplierOf(order.supplierId))),
    (receipt) => receipt.receivedOn,
  )
  const invoices = groupBy(exported.invoices, (invoice) => invoice.issuedOn)
  const payments = groupBy(exported.payments, (payment) => payment.paidOn)

  const dates = new Set([...orders.keys(), ...receipts.keys(), ...invoices.keys(), ...payments.keys()])
  const days = [...dates]
    .filter((date) => date <= until)
    .sort()
    .map((date): Day => ({
      date,
      orders: (orders.get(date) ?? []).map((order) => orderOf(order, buyerId, supplierOf(order.supplierId))),
      receipts: receipts.get(date) ?? [],
      invoices: (invoices.get(date) ?? []).map((invoice) =>
        invoiceOf(invoice, byNumber.get(invoice.orderNumber)!, buyerId, supplierOf(invoice.supplierId)),
      ),
      // The export's payments name no invoice: neither does the statement line.
      payments: (payments.get(date) ?? []).map((payment) => ({
        supplierId: supplierOf(payment.supplierId).partyId,
        debtorId: buyerId,
        lineId: `WWI-${payment.transactionId}`,
        direction: 'credit',
        amountMinor: payment.amountMinor,
        currency: CURRENCY,
        valueOn: date,
        counterparty: cast.wholesaler.name,
      })),
    }))
  return { cast, days }
}
