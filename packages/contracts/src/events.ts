/** Events that a party can be told of by webhook: the fact behind each, whom it concerns, and what it says. */
import type { MessageName, WireOf } from './messages.ts'
import type { DeskName } from './topics.ts'

interface EventEntry<N extends MessageName> {
  /** The desk on whose own topic the fact is said. */
  readonly desk: DeskName
  /** Parties that the fact concerns and that may read what it is about. */
  readonly partiesOf: (fact: WireOf<N>) => readonly string[]
  /** Ids, no more: the amounts are read through the API, where each party is shown what it may see. */
  readonly data: (fact: WireOf<N>) => Readonly<Record<string, string>>
}

const event = <N extends MessageName>(
  _name: N,
  desk: DeskName,
  partiesOf: (fact: WireOf<N>) => readonly string[],
  data: (fact: WireOf<N>) => Readonly<Record<string, string>>,
): EventEntry<N> => ({ desk, partiesOf, data })

const buyerOfOrder = (orderId: string): string => orderId.slice(0, orderId.indexOf('/'))
const at = (collection: string, id: string): string =>
  `/v1/${collection}/${id.split('/').map(encodeURIComponent).join('/')}`

interface OfTrade {
  readonly buyerId: string
  readonly supplierId: string
}
const traders = ({ buyerId, supplierId }: OfTrade) => [buyerId, supplierId]

interface OfInvoice {
  readonly invoiceId: string
  readonly supplierId: string
  readonly debtorId: string
}
const pair = ({ supplierId, debtorId }: Pick<OfInvoice, 'supplierId' | 'debtorId'>) => [supplierId, debtorId]
const invoice = ({ invoiceId, supplierId, debtorId }: OfInvoice) => ({
  invoiceId,
  supplierId,
  debtorId,
  href: at('invoices', invoiceId),
})
const claim = ({ invoiceId, supplierId, debtorId, programmeId }: OfInvoice & { readonly programmeId: string }) => ({
  invoiceId,
  supplierId,
  debtorId,
  href: at('claims', invoiceId),
  programmeId,
})

interface OfShipment extends OfTrade {
  readonly shipmentId: string
  readonly carrierId: string
}
const shippers = ({ carrierId, supplierId, buyerId }: OfShipment) => [carrierId, supplierId, buyerId]
const shipment = ({ shipmentId, carrierId, supplierId, buyerId }: OfShipment) => ({
  shipmentId,
  carrierId,
  supplierId,
  buyerId,
  href: at('shipments', shipmentId),
})

/** Named as their facts are. */
export const events = {
  OrderSubmitted: event('OrderSubmitted', 'order.order', traders, ({ orderId, buyerId, supplierId }) => ({
    orderId,
    buyerId,
    supplierId,
    href: at('orders', orderId),
  })),
  OrderAccepted: event(
    'OrderAccepted',
    'order.order',
    ({ orderId }) => [buyerOfOrder(orderId)],
    ({ orderId }) => ({ orderId, buyerId: buyerOfOrder(orderId), href: at('orders', orderId) }),
  ),
  InvoiceIssued: event('InvoiceIssued', 'order.invoice', pair, invoice),
  InvoiceConfirmed: event('InvoiceConfirmed', 'order.invoice', pair, invoice),
  InvoiceDisputed: event('InvoiceDisputed', 'order.invoice', pair, invoice),
  CreditNoteIssued: event('CreditNoteIssued', 'order.invoice', pair, invoice),
  ShipmentBooked: event('ShipmentBooked', 'logistics.shipment', shippers, shipment),
  OrderDelivered: event('OrderDelivered', 'logistics.shipment', shippers, (fact) => ({
    ...shipment(fact),
    orderId: fact.orderId,
  })),
  GoodsReceived: event('GoodsReceived', 'logistics.shipment', traders, ({ receiptId, buyerId, supplierId }) => ({
    receiptId,
    buyerId,
    supplierId,
  })),
  GoodsReturned: event('GoodsReturned', 'logistics.shipment', traders, ({ returnId, buyerId, supplierId }) => ({
    returnId,
    buyerId,
    supplierId,
  })),
  ClaimFinanced: event('ClaimFinanced', 'financing.obligor', (fact) => [...pair(fact), fact.funderId], claim),
  ClaimReferred: event('ClaimReferred', 'financing.obligor', pair, claim),
  ClaimRefused: event('ClaimRefused', 'financing.obligor', pair, claim),
  ClaimWaiting: event('ClaimWaiting', 'financing.obligor', pair, claim),
  AdvanceDisbursed: event('AdvanceDisbursed', 'financing.obligor', pair, claim),
  AdvanceCancelled: event('AdvanceCancelled', 'financing.obligor', pair, claim),
  CashAllocated: event(
    'CashAllocated',
    'financing.obligor',
    pair,
    ({ receiptId, supplierId, debtorId, programmeId }) => ({ receiptId, supplierId, debtorId, programmeId }),
  ),
} as const

export type EventKind = keyof typeof events

export const eventKinds = Object.keys(events) as EventKind[]

export const isEventKind = (type: string): type is EventKind => Object.hasOwn(events, type)
