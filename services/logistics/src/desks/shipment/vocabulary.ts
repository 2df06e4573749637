/** Words of the shipment desk: what was shipped, moved, received and returned. */

export interface GoodsLine {
  readonly orderId: string
  readonly orderLine: number
  readonly sku: string
  readonly quantity: bigint
}

/** In the order in which a shipment passes them. */
export const eventKinds = ['picked-up', 'in-transit', 'delivered'] as const
export type EventKind = (typeof eventKinds)[number]

/** A key holds one document: a shipment with its movements, or a goods receipt or return that stands alone. */
export type ShipmentState =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'shipment'
      readonly carrierId: string
      readonly supplierId: string
      readonly buyerId: string
      readonly booking: string
      /** By order, sorted; none any more once they are delivered. */
      lines: GoodsLine[]
      /** Kind and day reached; '' before the first movement. */
      reached: EventKind | ''
      reachedOn: string
      /** Movements as text, so that the same one again is known. */
      readonly moves: string[]
    }
  | { readonly kind: 'receipt'; readonly content: string }
  | { readonly kind: 'return'; readonly content: string }

export interface BookShipment {
  readonly type: 'BookShipment'
  readonly shipmentId: string
  readonly carrierId: string
  readonly supplierId: string
  readonly buyerId: string
  readonly number: string
  readonly bookedOn: string
  readonly lines: GoodsLine[]
}

export interface RecordShipmentEvent {
  readonly type: 'RecordShipmentEvent'
  readonly shipmentId: string
  readonly carrierId: string
  readonly kind: string
  readonly happenedOn: string
  /** Proof of delivery: 0 none, 1 file, 2 photo with place and time, 3 vehicle track as well. */
  readonly evidenceTier: number
  readonly place: string
  readonly signedBy: string
  /** SHA-256 of the proof, lower-case hex; '' when there is none. */
  readonly proofSha256: string
}

export interface RecordGoodsReceipt {
  readonly type: 'RecordGoodsReceipt'
  readonly receiptId: string
  readonly buyerId: string
  readonly supplierId: string
  readonly number: string
  readonly receivedOn: string
  readonly lines: GoodsLine[]
  /** '' when the receipt names no shipment. */
  readonly shipmentId: string
}

export interface RecordReturn {
  readonly type: 'RecordReturn'
  readonly returnId: string
  readonly buyerId: string
  readonly supplierId: string
  readonly returnedOn: string
  readonly lines: GoodsLine[]
  readonly reason: string
}

export type ShipmentCommand = BookShipment | RecordShipmentEvent | RecordGoodsReceipt | RecordReturn

export interface ShipmentBooked extends Omit<BookShipment, 'type'> {
  readonly type: 'ShipmentBooked'
}

export interface ShipmentMoved extends Omit<RecordShipmentEvent, 'type'> {
  readonly type: 'ShipmentMoved'
  readonly kind: EventKind
}

export interface GoodsReceived extends Omit<RecordGoodsReceipt, 'type'> {
  readonly type: 'GoodsReceived'
}

export interface GoodsReturned extends Omit<RecordReturn, 'type'> {
  readonly type: 'GoodsReturned'
}

/** What one order is told of a document: only its own lines. */
interface ToldToOrder {
  readonly orderId: string
  readonly supplierId: string
  readonly buyerId: string
  readonly lines: GoodsLine[]
}

export interface OrderShipped extends ToldToOrder {
  readonly type: 'OrderShipped'
  readonly shipmentId: string
  readonly carrierId: string
  readonly happenedOn: string
}

export interface OrderDelivered extends ToldToOrder {
  readonly type: 'OrderDelivered'
  readonly shipmentId: string
  readonly carrierId: string
  readonly happenedOn: string
  readonly evidenceTier: number
}

export interface OrderReceived extends ToldToOrder {
  readonly type: 'OrderReceived'
  readonly receiptId: string
  readonly receivedOn: string
}

export interface OrderReturned extends ToldToOrder {
  readonly type: 'OrderReturned'
  readonly returnId: string
  readonly returnedOn: string
}

export type ShipmentFact =
  | ShipmentBooked
  | ShipmentMoved
  | GoodsReceived
  | GoodsReturned
  | OrderShipped
  | OrderDelivered
  | OrderReceived
  | OrderReturned

export type ShipmentRejection =
  | 'ShipmentIdMismatch'
  | 'ReceiptIdMismatch'
  | 'ReturnIdMismatch'
  | 'NumberEmpty'
  | 'CarrierMalformed'
  | 'SupplierMalformed'
  | 'BuyerMalformed'
  | 'BuyerIsSupplier'
  | 'CarrierIsSeller'
  | 'DateInvalid'
  | 'LinesMissing'
  | 'TooManyLines'
  | 'TooManyOrders'
  | 'LineNamesNoOrder'
  | 'LineRepeated'
  | 'QuantityNotPositive'
  | 'QuantityNegative'
  | 'IdOfOtherDocument'
  | 'ShipmentAlreadyBooked'
  | 'ShipmentUnknown'
  | 'NotTheCarrier'
  | 'EventKindUnknown'
  | 'EvidenceTierUnknown'
  | 'ProofMissing'
  | 'ProofMalformed'
  | 'PlaceMissing'
  | 'ShipmentEventOutOfOrder'
  | 'ShipmentEventConflicts'
  | 'TooManyShipmentEvents'
  | 'GoodsReceiptConflicts'
  | 'ReturnConflicts'
  | 'ReasonMissing'
