/** What a carrier does: books a consignment and says how it moves. */
import type { Caller, Outcome } from '../client/caller.ts'
import { uploadAccepted, type BulkOptions } from '../client/bulk.ts'
import { onTheWire, type Shipment, type ShipmentEvent } from './documents.ts'

export const bookShipments = (
  carrier: Caller,
  keys: string,
  shipments: readonly Shipment[],
  options?: BulkOptions,
): Promise<Outcome[]> =>
  uploadAccepted(
    carrier,
    'shipments',
    shipments.map((shipment) => ({
      document: onTheWire(shipment),
      idempotencyKey: `${keys}:shipment:${shipment.number}`,
    })),
    options,
  )

export const moveShipments = (
  carrier: Caller,
  keys: string,
  events: readonly ShipmentEvent[],
  options?: BulkOptions,
): Promise<Outcome[]> =>
  uploadAccepted(
    carrier,
    'shipment-events',
    events.map((event) => ({
      document: onTheWire(event),
      idempotencyKey: `${keys}:movement:${event.number}:${event.kind}`,
    })),
    options,
  )
