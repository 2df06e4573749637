/** Where the logistics service's facts are told, and the proof that its words fit the wire. */
import { factsTopic, toldBy, type FitsWire } from '@triflow/contracts'
import type { DeskDefinition, Route } from '@triflow/kernel'
import { shipmentRules, type ShipmentCommand, type ShipmentFact, type ShipmentState } from './desks/index.ts'

type Proven<Fits extends true> = Fits
/** Compiles only while every command and every fact has exactly the fields of its message. */
export type Proof = Proven<FitsWire<ShipmentCommand | ShipmentFact>>

/** The document's own key: a shipment's, or that of a receipt or return, which stand alone. */
const keyOf = (fact: ShipmentFact): string => {
  switch (fact.type) {
    case 'GoodsReceived':
    case 'OrderReceived':
      return fact.receiptId
    case 'GoodsReturned':
    case 'OrderReturned':
      return fact.returnId
    default:
      return fact.shipmentId
  }
}

const routesOfShipment = (fact: ShipmentFact): readonly Route[] => {
  const own: Route = { topic: factsTopic('logistics.shipment'), key: keyOf(fact) }
  return 'orderId' in fact ? [own, { topic: toldBy('logistics.shipment', 'order'), key: fact.orderId }] : [own]
}

export const shipmentDesk: DeskDefinition<
  ShipmentState,
  Record<string, never>,
  ShipmentCommand,
  never,
  never,
  ShipmentFact
> = {
  name: 'logistics.shipment',
  ...shipmentRules,
  routes: routesOfShipment,
}
