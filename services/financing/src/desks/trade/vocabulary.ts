/** Words of the trade desk: what it hears about one order, what it says, and what it remembers. */
import type { Cited, Kept } from '../evidence.ts'
import type { KeptBilledLine, KeptOrderLine } from './kept-lines.ts'

export interface OrderLine {
  line: number
  sku: string
  quantity: bigint
  unitPriceMinor: bigint
}

export interface BilledLine {
  line: number
  orderLine: number
  sku: string
  quantity: bigint
  unitPriceMinor: bigint
  netMinor: bigint
}

export interface GoodsLine {
  orderId: string
  orderLine: number
  quantity: bigint
}

interface Parties {
  supplierId: string
  buyerId: string
}

interface OfOrder {
  orderId: string
}

export type OrderBilled = OfOrder & {
  type: 'OrderBilled'
  invoiceId: string
  supplierId: string
  debtorId: string
  number: string
  issuedOn: string
  dueOn: string
  currency: string
  version: number
  lines: BilledLine[]
  orderIds: string[]
}

export type FundsChecked = OfOrder & {
  type: 'FundsChecked'
  invoiceId: string
  invoiceVersion: number
  stands: boolean
  missing: string[]
  history: string
}

export type GoodsFact = OfOrder &
  Parties & { lines: GoodsLine[] } & (
    | { type: 'OrderShipped'; shipmentId: string; happenedOn: string }
    | { type: 'OrderDelivered'; shipmentId: string; happenedOn: string }
    | { type: 'OrderReceived'; receiptId: string; receivedOn: string }
    | { type: 'OrderReturned'; returnId: string; returnedOn: string }
  )

/** What became of an invoice of this order at its debtor's desk. */
export type ClaimOutcome = { invoiceId: string; invoiceVersion: number } & (
  | { type: 'ClaimFinanced' }
  | { type: 'ClaimRefused'; reason: string }
  | { type: 'ClaimReferred'; reason: string }
  | { type: 'ClaimWaiting'; waitsFor: string }
)

export type Heard =
  | (OfOrder &
      Parties & { type: 'OrderSubmitted'; issuedOn: string; currency: string; lines: OrderLine[]; version: number })
  | (OfOrder & { type: 'OrderAmended'; version: number; lines: OrderLine[] })
  | (OfOrder & { type: 'OrderAccepted'; version: number })
  | (OfOrder & { type: 'OrderCancelled' })
  | OrderBilled
  | GoodsFact
  | FundsChecked
  | ClaimOutcome

export type LineVerdict =
  'matched' | 'short-received' | 'over-billed' | 'already-billed' | 'price-over' | 'unknown-line' | 'wrong-sku'

/** How one billed line fared; quantities are whole units, prices and amounts minor units. */
export interface LineMatch {
  invoiceLine: number
  orderLine: number
  sku: string
  billedQuantity: bigint
  orderedQuantity: bigint
  receivedQuantity: bigint
  takenQuantity: bigint
  financeableQuantity: bigint
  unitPriceMinor: bigint
  orderedUnitPriceMinor: bigint
  billedNetMinor: bigint
  financeableNetMinor: bigint
  verdict: LineVerdict
  otherInvoiceId: string
}

/** `waiting`: the share was told before and no longer stands; its reason is what is missing. */
export type ShareVerdict = 'matched' | 'reduced' | 'referred' | 'refused' | 'waiting'

export interface ShareMatched extends OfOrder {
  type: 'ShareMatched'
  invoiceId: string
  invoiceVersion: number
  revision: number
  supplierId: string
  debtorId: string
  currency: string
  billedNetMinor: bigint
  financeableNetMinor: bigint
  lines: LineMatch[]
  orderIds: string[]
  evidence: Cited[]
  verdict: ShareVerdict
  reason: string
  otherInvoiceId: string
  lastEventAtMs: bigint
  fundsHistory: string
}

export type LaneState = 'waiting' | 'partial' | 'complete' | 'broken'
export type Lane = 'information' | 'goods' | 'funds'

export interface LaneEvent {
  lane: Lane
  type: string
  /** Date that the fact names; '' when it names none. */
  on: string
  about: string
  atMs: bigint
  evidence?: Cited | undefined
}

export interface TradeProgressed extends OfOrder {
  type: 'TradeProgressed'
  buyerId: string
  supplierId: string
  information: LaneState
  goods: LaneState
  funds: LaneState
  missing: string[]
  /** The whole story, as older code told it each time; empty in what is told today. */
  events: LaneEvent[]
  /** What was heard since the last time, newest last. */
  news: LaneEvent[]
}

export type Fact = TradeProgressed | ShareMatched

/** The trade desk judges no commands: only facts move it. */
export type Command = never

/** The share as it was last told: what later shares must leave to it, and what would make it be told anew. */
export interface ToldShare {
  revision: number
  version: number
  verdict: ShareVerdict
  reason: string
  otherInvoiceId: string
  financeableNetMinor: bigint
  /** Quantity taken per order line. */
  taken: Map<number, bigint>
}

export interface Billed {
  invoiceId: string
  supplierId: string
  debtorId: string
  number: string
  issuedOn: string
  currency: string
  version: number
  lines: KeptBilledLine[]
  /** All orders that it bills, when it bills others than this one. */
  orderIds?: string[]
  evidence: Kept
  share?: ToldShare
  outcome: 'none' | 'waiting' | 'referred' | 'refused' | 'financed'
  outcomeReason: string
}

export interface GoodsRecord {
  kind: 'shipped' | 'delivered' | 'received' | 'returned'
  id: string
  orderLines: number[]
  evidence: Kept
}

export interface GoodsCount {
  delivered: bigint
  received: bigint
  returned: bigint
}

export interface KnownOrder extends Parties {
  currency: string
  version: number
  lines: KeptOrderLine[]
  /** The submission, or the amendment that made the current version. */
  evidence: Kept
}

export interface Funds {
  version: number
  stands: boolean
  missing: string[]
  history: string
  evidence: Kept
}

export interface Trade {
  orderId: string
  order?: KnownOrder
  /** Latest accepted version; 0 for none. */
  acceptedVersion: number
  acceptance?: Kept
  cancelled: boolean
  /** By issue date, then id: the same order whichever way they arrived. */
  invoices: Billed[]
  funds: Map<string, Funds>
  goods: GoodsRecord[]
  counts: Map<number, GoodsCount>
  /** Parties as the first fact that named them did; only until the order itself is known. */
  parties?: Parties
  /** Heard and not told yet, newest last. */
  untold: LaneEvent[]
  /** Picture last told, as one comparable text; '' before the first. */
  picture: string
}
