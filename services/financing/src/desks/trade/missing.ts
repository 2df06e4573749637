/** The three lanes of an order and what each still waits for, named by code and never filled in. */
import type { Shared } from '../programmes.ts'
import { inHand, type Match } from './match.ts'
import { isLive, takenOf } from './taken.ts'
import { matchTerms, type MatchTerms } from './terms.ts'
import type { Billed, LaneState, Trade, TradeProgressed } from './vocabulary.ts'

/** Codes in the order in which they are told. What the funds side names itself follows these, in its own words. */
const codes = [
  'order',
  'order-acceptance',
  'invoice',
  'programme',
  'goods-receipt',
  'delivery',
  'funds-check',
  'collection-account',
  'payee-account',
  'payee-verification',
  'payee-hold',
  'already-paid',
]

const ranks: ReadonlyMap<string, number> = new Map(codes.map((code, rank) => [code, rank]))

const rank = (code: string): number => ranks.get(code) ?? codes.length

const sorted = (missing: string[]): string[] =>
  missing.length < 2 ? missing : [...new Set(missing)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))

export const informationStands = (trade: Trade): boolean =>
  trade.order !== undefined && trade.acceptedVersion === trade.order.version

/** The money side's word counts only for the invoice as it now stands. */
export const fundsOf = (trade: Trade, invoice: Billed) => {
  const funds = trade.funds.get(invoice.invoiceId)
  return funds?.version === invoice.version ? funds : undefined
}

/** What an invoice of the order lacks before it can be decided on; empty when the three flows stand. */
export const missingOf = (
  trade: Trade,
  invoice: Billed,
  terms: MatchTerms | undefined,
  match: Match | undefined,
): string[] => {
  const missing: string[] = []
  if (!trade.order) missing.push('order')
  if (!informationStands(trade)) missing.push('order-acceptance')
  if (!terms) missing.push('programme')
  else if (!match?.goodsStand) missing.push(terms.goodsEvidence === 'receipt' ? 'goods-receipt' : 'delivery')
  const funds = fundsOf(trade, invoice)
  if (!funds) missing.push('funds-check')
  else if (!funds.stands) missing.push(...(funds.missing.length > 0 ? funds.missing : ['funds-check']))
  return missing
}

export const isDecided = (invoice: Billed): boolean => invoice.outcome === 'financed' || invoice.outcome === 'refused'

const information = (trade: Trade): LaneState => {
  if (trade.cancelled) return 'broken'
  if (informationStands(trade) && trade.invoices.length > 0) return 'complete'
  return trade.order || trade.invoices.length > 0 ? 'partial' : 'waiting'
}

const goods = (trade: Trade, terms: MatchTerms | undefined): LaneState => {
  if (trade.goods.length === 0) return 'waiting'
  const { order } = trade
  if (!order || !terms) return 'partial'
  const taken = new Map<number, bigint>()
  for (const invoice of trade.invoices)
    for (const [line, quantity] of takenOf(invoice)) taken.set(line, (taken.get(line) ?? 0n) + quantity)
  for (const [line, quantity] of taken) if (quantity > inHand(trade, line, terms)) return 'broken'
  return order.lines.every(([line, , quantity]) => inHand(trade, line, terms) >= quantity) ? 'complete' : 'partial'
}

const funds = (trade: Trade): LaneState => {
  let [live, standing] = [0, 0]
  for (const invoice of trade.invoices) {
    if (!isLive(invoice)) continue
    const check = fundsOf(trade, invoice)
    if (!isDecided(invoice) && check?.missing.some((code) => code === 'payee-hold' || code === 'already-paid'))
      return 'broken'
    live += 1
    if (invoice.outcome === 'financed' || check?.stands) standing += 1
  }
  if (standing === 0) return 'waiting'
  return standing === live ? 'complete' : 'partial'
}

/** Missing of the order itself while nothing is billed. */
const missingOfOrder = (trade: Trade, terms: MatchTerms | undefined): string[] => {
  const missing: string[] = []
  if (!trade.order) missing.push('order')
  if (!informationStands(trade)) missing.push('order-acceptance')
  missing.push('invoice')
  if (trade.order && !terms) missing.push('programme')
  if (terms && trade.order?.lines.every(([line]) => inHand(trade, line, terms) <= 0n))
    missing.push(terms.goodsEvidence === 'receipt' ? 'goods-receipt' : 'delivery')
  return missing
}

const missing = (trade: Trade, terms: MatchTerms | undefined, ofInvoices: string[]): string[] => {
  if (trade.cancelled) return []
  return sorted(trade.invoices.length > 0 ? ofInvoices : missingOfOrder(trade, terms))
}

/** The lanes as they stand; `ofInvoices` is what those not decided yet are missing. */
export const progressOf = (trade: Trade, shared: Shared, ofInvoices: string[]): TradeProgressed => {
  const { order } = trade
  const parties = order ?? trade.parties
  const terms = order && matchTerms(shared, order.buyerId, order.currency)
  return {
    type: 'TradeProgressed',
    orderId: trade.orderId,
    buyerId: parties?.buyerId ?? '',
    supplierId: parties?.supplierId ?? '',
    information: information(trade),
    goods: goods(trade, terms),
    funds: funds(trade),
    missing: missing(trade, terms, ofInvoices),
    events: [],
    news: trade.untold,
  }
}

/** What of the lanes makes a new picture worth telling. */
export const pictureOf = ({ information, goods, funds, missing }: TradeProgressed): string => {
  const lanes = `${information} ${goods} ${funds}`
  return missing.length === 0 ? lanes : `${lanes} ${missing.join(' ')}`
}
