/** Words of the order desk: what a buyer ordered, and which version of it the supplier accepted. */

export interface OrderLine {
  readonly line: number
  readonly sku: string
  readonly description: string
  readonly quantity: bigint
  readonly unitPriceMinor: bigint
}

export interface OrderState {
  status: 'unknown' | 'submitted' | 'cancelled'
  /** Contiguous from 1; 0 before the order is known. */
  version: number
  /** The version accepted last; 0 for none. */
  acceptedVersion: number
  /** What was first submitted, as text, so that the same submission again is known without keeping its lines. */
  submission: string
}

export interface SubmitOrder {
  readonly type: 'SubmitOrder'
  readonly orderId: string
  readonly buyerId: string
  readonly supplierId: string
  readonly number: string
  readonly issuedOn: string
  readonly currency: string
  readonly lines: OrderLine[]
  readonly paymentTermDays: number
}

export interface AmendOrder {
  readonly type: 'AmendOrder'
  readonly orderId: string
  /** The version the buyer saw. */
  readonly version: number
  readonly lines: OrderLine[]
  readonly reason: string
}

export interface AcceptOrder {
  readonly type: 'AcceptOrder'
  readonly orderId: string
  readonly version: number
  readonly acceptedBy: string
}

export interface CancelOrder {
  readonly type: 'CancelOrder'
  readonly orderId: string
  readonly reason: string
}

export type OrderCommand = SubmitOrder | AmendOrder | AcceptOrder | CancelOrder

export interface OrderSubmitted extends Omit<SubmitOrder, 'type'> {
  readonly type: 'OrderSubmitted'
  readonly version: number
}

export interface OrderAmended {
  readonly type: 'OrderAmended'
  readonly orderId: string
  /** The version that the amendment makes. */
  readonly version: number
  readonly lines: OrderLine[]
  readonly reason: string
}

export interface OrderAccepted {
  readonly type: 'OrderAccepted'
  readonly orderId: string
  readonly version: number
  readonly acceptedBy: string
}

export interface OrderCancelled {
  readonly type: 'OrderCancelled'
  readonly orderId: string
  readonly reason: string
}

export type OrderFact = OrderSubmitted | OrderAmended | OrderAccepted | OrderCancelled

export type OrderRejection =
  | 'OrderIdMismatch'
  | 'OrderNumberEmpty'
  | 'BuyerMalformed'
  | 'SupplierMalformed'
  | 'BuyerIsSupplier'
  | 'CurrencyUnknown'
  | 'DateInvalid'
  | 'PaymentTermInvalid'
  | 'LinesMissing'
  | 'TooManyLines'
  | 'LineNumberInvalid'
  | 'LineRepeated'
  | 'QuantityNotPositive'
  | 'PriceNegative'
  | 'AmountTooLarge'
  | 'OrderAlreadySubmitted'
  | 'OrderUnknown'
  | 'OrderCancelled'
  | 'StaleOrderVersion'
  | 'ReasonMissing'
  | 'AccepterMissing'
  | 'OrderAlreadyAccepted'
