/** The documents that actors exchange, as the public door takes them. Amounts are bigint here and digits on the wire. */

export interface OrderLine {
  readonly line: number
  readonly sku: string
  readonly description: string
  readonly quantity: number
  readonly unitPriceMinor: bigint
}

export interface Order {
  readonly buyerId: string
  readonly number: string
  readonly supplierId: string
  readonly issuedOn: string
  readonly currency: string
  readonly paymentTermDays: number
  readonly lines: readonly OrderLine[]
}

export interface GoodsLine {
  readonly orderNumber: string
  readonly orderLine: number
  readonly sku: string
  readonly quantity: number
}

export interface Shipment {
  readonly carrierId: string
  readonly number: string
  readonly supplierId: string
  readonly buyerId: string
  readonly bookedOn: string
  readonly lines: readonly GoodsLine[]
}

export interface ShipmentEvent {
  readonly carrierId: string
  readonly number: string
  readonly kind: 'picked-up' | 'in-transit' | 'delivered'
  readonly happenedOn: string
  readonly evidenceTier: 0 | 1 | 2 | 3
  readonly place?: string
  readonly signedBy?: string
  readonly proofSha256?: string
}

export interface GoodsReceipt {
  readonly buyerId: string
  readonly number: string
  readonly supplierId: string
  readonly receivedOn: string
  readonly carrierId?: string
  readonly shipmentNumber?: string
  readonly lines: readonly GoodsLine[]
}

export interface InvoiceLine {
  readonly line: number
  readonly orderNumber: string
  readonly orderLine: number
  readonly sku: string
  readonly quantity: number
  readonly unitPriceMinor: bigint
  readonly netMinor: bigint
}

export interface Invoice {
  readonly supplierId: string
  readonly number: string
  readonly issuedOn: string
  readonly debtorId: string
  readonly dueOn: string
  readonly currency: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly grossMinor: bigint
  readonly lines: readonly InvoiceLine[]
}

export interface CreditNote {
  readonly supplierId: string
  readonly invoiceNumber: string
  readonly invoiceIssuedOn: string
  readonly creditNoteNumber: string
  readonly issuedOn: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly reason: string
}

export interface StatementLine {
  readonly supplierId: string
  readonly debtorId: string
  readonly lineId: string
  readonly direction: 'credit' | 'debit'
  readonly amountMinor: bigint
  readonly currency: string
  readonly valueOn: string
  readonly reference?: string
  readonly counterparty?: string
}

export interface ProgrammeTerms {
  readonly programmeId: string
  readonly debtorId: string
  readonly funderId: string
  readonly currency: string
  readonly limitMinor: bigint
  readonly advanceRateBps: number
  readonly annualRateBps: number
  readonly dayCountBasis: 360 | 365
  readonly penaltyRateBps: number
  readonly goodsEvidence: 'receipt' | 'delivery'
  readonly acceptance: 'deemed' | 'confirmed'
  readonly advanceBase: 'net' | 'gross'
  readonly priceToleranceBps: number
  readonly priceToleranceMinor: bigint
  readonly minTenorDays: number
  readonly maxTenorDays: number
  readonly suspenseAfterDays: number
}

/** A document as JSON takes it: every bigint becomes its digits. */
export const onTheWire = (value: object): Record<string, unknown> =>
  JSON.parse(
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)),
  ) as Record<string, unknown>

/** A path segment. */
export const segment = (text: string): string => encodeURIComponent(text)
