/** Where the order service's facts are told, and the proof that its words fit the wire. */
import { factsTopic, toldBy, type FitsWire } from '@triflow/contracts'
import { collectionAccountId, type DeskDefinition, type Route } from '@triflow/kernel'
import {
  invoiceRules,
  orderRules,
  type InvoiceCommand,
  type InvoiceFact,
  type InvoiceState,
  type OrderCommand,
  type OrderFact,
  type OrderState,
} from './desks/index.ts'

type Proven<Fits extends true> = Fits
/** Compiles only while every command and every fact has exactly the fields of its message. */
export type Proof = Proven<FitsWire<OrderCommand | OrderFact | InvoiceCommand | InvoiceFact>>

export const orderDesk: DeskDefinition<OrderState, Record<string, never>, OrderCommand, never, never, OrderFact> = {
  name: 'order.order',
  // So that the supplier's acceptance is found under the order's own request as well.
  keepsTrace: true,
  ...orderRules,
  // The trade desk has the same key, so it hears orders on their own topic.
  routes: (fact) => [{ topic: factsTopic('order.order'), key: fact.orderId }],
}

/** The debtor's lender hears of claims, the keeper of the pair's account of what is to come in, each order of its billing. */
const routesOfInvoice = (fact: InvoiceFact): readonly Route[] => {
  const own: Route = { topic: factsTopic('order.invoice'), key: fact.invoiceId }
  const byDebtor: Route = { topic: toldBy('order.invoice', 'debtor'), key: fact.debtorId }
  switch (fact.type) {
    case 'InvoiceIssued':
    case 'CreditNoteIssued': {
      const pair = collectionAccountId(fact.supplierId, fact.debtorId)
      return [own, byDebtor, { topic: toldBy('order.invoice', 'pair'), key: pair }]
    }
    case 'OrderBilled':
      return [own, { topic: toldBy('order.invoice', 'order'), key: fact.orderId }]
    case 'InvoiceConfirmed':
    case 'InvoiceDisputed':
      return [own, byDebtor]
  }
}

export const invoiceDesk: DeskDefinition<
  InvoiceState,
  Record<string, never>,
  InvoiceCommand,
  never,
  never,
  InvoiceFact
> = {
  name: 'order.invoice',
  ...invoiceRules,
  routes: routesOfInvoice,
}
