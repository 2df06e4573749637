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
  const orderedQuantity = ordered?.quantity ?? 0n
  const orderedUnitPriceMinor = ordered?.unitPriceMinor ?? 0n
  const line = (units: bigint, netMinor: bigint, verdict: LineVerdict, otherInvoiceId: string): LineMatch => ({
    invoiceLine: billed.line,
    orderLine: billed.orderLine,
    sku: billed.sku,
    billedQuantity: billed.quantity,
    orderedQuantity,
    receivedQuantity: inHand,
    takenQuantity: taken.quantity,
    financeableQuantity: units,
    unitPriceMinor: billed.unitPriceMinor,
    orderedUnitPriceMinor,
    billedNetMinor: billed.netMinor,
    financeableNetMinor: netMinor,
    verdict,
    otherInvoiceId,
  })
  if (!ordered) return line(0n, 0n, 'unknown-line', '')
  if (ordered.sku !== billed.sku) return line(0n, 0n, 'wrong-sku', '')
  const roomOrdered = notNegative(orderedQuantity - taken.quantity - takenHere)
  const roomInHand = notNegative(inHand - taken.quantity - takenHere)
  const units = smaller(billed.quantity, smaller(roomOrdered, roomInHand))
  const isWhole = units === billed.quantity
  const dear = billed.unitPriceMinor > orderedUnitPriceMinor + priceTolerance(orderedUnitPriceMinor, terms)
  const verdict = isWhole ? 'matched' : shortfall(roomOrdered, roomInHand, taken.quantity)
  return line(
    units,
    smaller(units * (dear ? orderedUnitPriceMinor : billed.unitPriceMinor), billed.netMinor),
    dear && verdict !== 'already-billed' ? 'price-over' : verdict,
    isWhole ? '' : taken.otherInvoiceId,
  )
}
