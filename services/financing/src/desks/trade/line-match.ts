/** One billed line against what was ordered, what came, and what other invoices took (domain: three-way match by line). */
import { portion, smaller } from '@triflow/kernel'
import type { TakenLine } from './taken.ts'
import type { MatchTerms } from './terms.ts'
import type { BilledLine, LineMatch, LineVerdict, OrderLine } from './vocabulary.ts'

const notNegative = (quantity: bigint): bigint => (quantity > 0n ? quantity : 0n)

/** How far a billed price may lie above the ordered one: the smaller of an absolute amount and a share of the price. */
export const priceTolerance = (orderedPriceMinor: bigint, terms: MatchTerms): bigint =>
  smaller(terms.priceToleranceMinor, portion(orderedPriceMinor, terms.priceToleranceBps))

export interface LineGround {
  ordered: OrderLine | undefined
  /** Goods of the line in hand: received or delivered, as the policy says, less what went back. */
  inHand: bigint
  taken: TakenLine
  /** Units that earlier lines of the same invoice stand on. */
  takenHere: bigint
}

/** Why fewer units can be financed than are billed; the tighter bound names it, because lifting the other would not help. */
const shortfall = (roomOrdered: bigint, roomInHand: bigint, taken: bigint): LineVerdict => {
  if (roomOrdered > roomInHand) return 'short-received'
  return roomOrdered === 0n && taken > 0n ? 'already-billed' : 'over-billed'
}

/**
 * Financeable units = min(billed, ordered − taken, in hand − taken), never below 0; over-delivery never raises them past
 * the order. Their price is the billed one within the tolerance, else the ordered one; never more than billed in all.
 */
export const matchLine = (billed: BilledLine, ground: LineGround, terms: MatchTerms): LineMatch => {
  const { ordered, inHand, taken, takenHere } = ground
  const line = {
    invoiceLine: billed.line,
    orderLine: billed.orderLine,
    sku: billed.sku,
    billedQuantity: billed.quantity,
    orderedQuantity: ordered?.quantity ?? 0n,
    receivedQuantity: inHand,
    takenQuantity: taken.quantity,
    unitPriceMinor: billed.unitPriceMinor,
    orderedUnitPriceMinor: ordered?.unitPriceMinor ?? 0n,
    billedNetMinor: billed.netMinor,
    otherInvoiceId: '',
  }
  if (!ordered) return { ...line, financeableQuantity: 0n, financeableNetMinor: 0n, verdict: 'unknown-line' }
  if (ordered.sku !== billed.sku)
    return { ...line, financeableQuantity: 0n, financeableNetMinor: 0n, verdict: 'wrong-sku' }
  const roomOrdered = notNegative(ordered.quantity - taken.quantity - takenHere)
  const roomInHand = notNegative(inHand - taken.quantity - takenHere)
  const financeableQuantity = smaller(billed.quantity, smaller(roomOrdered, roomInHand))
  const dear = billed.unitPriceMinor > ordered.unitPriceMinor + priceTolerance(ordered.unitPriceMinor, terms)
  const unitPriceMinor = dear ? ordered.unitPriceMinor : billed.unitPriceMinor
  const quantityVerdict =
    financeableQuantity === billed.quantity ? 'matched' : shortfall(roomOrdered, roomInHand, taken.quantity)
  return {
    ...line,
    financeableQuantity,
    financeableNetMinor: smaller(financeableQuantity * unitPriceMinor, billed.netMinor),
    verdict: dear && quantityVerdict !== 'already-billed' ? 'price-over' : quantityVerdict,
    otherInvoiceId: financeableQuantity < billed.quantity ? taken.otherInvoiceId : '',
  }
}
