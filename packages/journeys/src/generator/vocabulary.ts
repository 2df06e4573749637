/** Words of a story: trades with all that follows from an order, payments, and the scene they play in. */
import type {
  CreditNote,
  GoodsReceipt,
  Invoice,
  Order,
  OrderLine,
  Shipment,
  StatementLine,
} from '../actors/documents.ts'
import type { People } from './people.ts'

export const CURRENCY = 'CNY'
export const BUSINESS_DAYS = 20

/** Chances per ten thousand that the log has no figure for. */
export const habits = {
  shortDelivery: 400,
  overBilled: 300,
  overPriced: 400,
  /** Of over-priced invoices: the debtor disputes them. */
  disputed: 2_500,
  /** The debtor pays by reference, else within a sum for several invoices. */
  paidByReference: 6_500,
  paidInTwoParts: 500,
} as const

/** How one trade goes wrong, if it does; at most one thing each, so that its effect can be seen. */
export type Quirk =
  | 'none'
  | 'deleted'
  | 'in-parts'
  | 'short'
  | 'over-billed'
  | 'over-priced'
  | 'credited-before'
  | 'credited-after'
  | 'sent-back'

export interface Amendment {
  readonly lines: readonly OrderLine[]
  readonly reason: string
}

/** One order and all that follows from it. Days are indexes into the story's business days; absent means after its end. */
export interface Trade {
  readonly number: string
  readonly supplierId: string
  readonly carrierId: string
  readonly quirk: Quirk
  readonly orderDay: number
  readonly order: Order
  readonly amendment?: Amendment
  readonly shipments: readonly (Shipment & { readonly shipDay: number; readonly deliveryDay: number })[]
  readonly receipts: readonly GoodsReceipt[]
  readonly receiptDay: number | undefined
  readonly invoiceDay: number | undefined
  readonly invoice: Invoice | undefined
  readonly credit: (CreditNote & { readonly day: number }) | undefined
  readonly sentBack: { readonly day: number; readonly number: string; readonly quantity: number } | undefined
  /** The debtor says that it will not pay the raised price. */
  readonly disputeDay: number | undefined
}

export interface Payment {
  readonly day: number
  readonly line: StatementLine
  /** What the debtor means to pay; its remittance advice, if anybody has to ask. */
  readonly pays: readonly Invoice[]
}

export interface Scene {
  readonly storyId: string
  readonly people: People
  readonly days: readonly string[]
}
