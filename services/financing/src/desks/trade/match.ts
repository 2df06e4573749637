/** An order's share of an invoice: its lines matched, and what they come to. */
import { normaliseNumber, sum } from '@triflow/kernel'
import { billedLine, orderLine } from './kept-lines.ts'
import { matchLine } from './line-match.ts'
import { invoiceOf, takenByOthers, untaken } from './taken.ts'
import type { MatchTerms } from './terms.ts'
import type { Billed, LineMatch, ShareVerdict, Trade } from './vocabulary.ts'

export interface Match {
  lines: LineMatch[]
  verdict: ShareVerdict
  reason: string
  otherInvoiceId: string
  financeableNetMinor: bigint
  /** False while goods that could still come are all that is missing: nothing is decided yet. */
  goodsStand: boolean
}

/** Goods of an order line in hand under the policy: what came, less what went back. */
export const inHand = (trade: Trade, orderLine: number, terms: MatchTerms): bigint => {
  const count = trade.counts.get(orderLine)
  if (!count) return 0n
  return (terms.goodsEvidence === 'receipt' ? count.received : count.delivered) - count.returned
}

/** Contradictions between invoice and order that no further evidence could cure; they are refused as soon as both are known. */
export const contradiction = (trade: Trade, invoice: Billed): string => {
  if (!trade.order) return ''
  if (trade.cancelled) return 'OrderCancelled'
  if (invoice.supplierId !== trade.order.supplierId || invoice.debtorId !== trade.order.buyerId) return 'PartiesDiffer'
  if (invoice.currency !== trade.order.currency) return 'CurrencyDiffers'
  return ''
}

const matchLines = (
  trade: Trade,
  invoice: Billed,
  terms: MatchTerms,
  retold: ReadonlyMap<string, ReadonlyMap<number, bigint>>,
): LineMatch[] => {
  const taken = takenByOthers(trade, invoice, retold)
  const takenHere = new Map<number, bigint>()
  return invoice.lines.map((kept) => {
    const billed = billedLine(kept)
    const ordered = trade.order?.lines.find(([line]) => line === billed.orderLine)
    const line = matchLine(
      billed,
      {
        ordered: ordered && orderLine(ordered),
        inHand: inHand(trade, billed.orderLine, terms),
        taken: taken.get(billed.orderLine) ?? untaken,
        takenHere: takenHere.get(billed.orderLine) ?? 0n,
      },
      terms,
    )
    takenHere.set(billed.orderLine, (takenHere.get(billed.orderLine) ?? 0n) + line.financeableQuantity)
    return line
  })
}

/** A refused share finances nothing, so none of its lines takes goods from another invoice. */
export const emptied = (lines: readonly LineMatch[]): LineMatch[] =>
  lines.map((line) => ({ ...line, financeableQuantity: 0n, financeableNetMinor: 0n }))

/** Units per order line that these lines stand on. */
export const takenBy = (lines: readonly LineMatch[]): Map<number, bigint> => {
  const taken = new Map<number, bigint>()
  for (const { orderLine, financeableQuantity } of lines)
    if (financeableQuantity > 0n) taken.set(orderLine, (taken.get(orderLine) ?? 0n) + financeableQuantity)
  return taken
}

const numberOf = (trade: Trade, invoiceId: string): string => normaliseNumber(invoiceOf(trade, invoiceId)?.number ?? '')

/** Nothing can be financed: because another invoice stands on the goods, because the order is used up, or because goods may still come. */
const nothingLeft = (trade: Trade, invoice: Billed, lines: LineMatch[]): Match => {
  const refuse = (reason: string, otherInvoiceId: string): Match => ({
    lines: emptied(lines),
    verdict: 'refused',
    reason,
    otherInvoiceId,
    financeableNetMinor: 0n,
    goodsStand: true,
  })
  const others = [...new Set(lines.map((line) => line.otherInvoiceId).filter((id) => id !== ''))]
  const number = normaliseNumber(invoice.number)
  const redated = others.find((id) => numberOf(trade, id) === number)
  if (redated) return refuse('InvoiceRedated', redated)
  const usedUp = lines.every((line) => line.takenQuantity >= line.orderedQuantity)
  if (usedUp && others[0]) return refuse('GoodsAlreadyBilled', others[0])
  if (usedUp) return refuse('OverBilled', '')
  return { lines, verdict: 'waiting', reason: '', otherInvoiceId: '', financeableNetMinor: 0n, goodsStand: false }
}

/**
 * The share of an invoice, with the gravest word that any of its lines deserves: unknown goods refuse it; a price above
 * the tolerance or a line billed elsewhere refers it; fewer goods, or more billed than ordered, reduce it.
 */
export const matchShare = (
  trade: Trade,
  invoice: Billed,
  terms: MatchTerms,
  retold: ReadonlyMap<string, ReadonlyMap<number, bigint>>,
): Match => {
  const lines = matchLines(trade, invoice, terms, retold)
  const has = (verdict: LineMatch['verdict']) => lines.find((line) => line.verdict === verdict)
  if (has('unknown-line') || has('wrong-sku')) {
    const anyGoods = [...trade.counts.keys()].some((orderLine) => inHand(trade, orderLine, terms) > 0n)
    return {
      lines: emptied(lines),
      verdict: 'refused',
      reason: 'UnknownOrderLine',
      otherInvoiceId: '',
      financeableNetMinor: 0n,
      goodsStand: anyGoods,
    }
  }
  if (lines.every((line) => line.financeableQuantity === 0n)) return nothingLeft(trade, invoice, lines)
  const financeableNetMinor = sum(lines.map((line) => line.financeableNetMinor))
  const stands = (verdict: ShareVerdict, reason: string, otherInvoiceId = ''): Match => ({
    lines,
    verdict,
    reason,
    otherInvoiceId,
    financeableNetMinor,
    goodsStand: true,
  })
  if (has('price-over')) return stands('referred', 'PriceOverTolerance')
  const elsewhere = has('already-billed')
  if (elsewhere) return stands('referred', 'GoodsAlreadyBilled', elsewhere.otherInvoiceId)
  if (has('short-received')) return stands('reduced', 'ShortReceived')
  if (has('over-billed')) return stands('reduced', 'OverBilled')
  return stands('matched', '')
}
