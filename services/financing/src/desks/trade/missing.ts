/** The three lanes of an order and what each still waits for, named by code and never filled in. */
import type { Shared } from '../programmes.ts'
import { inHand, type Match } from './match.ts'
import { isLive, takenOf } from './taken.ts'
import { matchTerms } from './terms.ts'
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

const rank = (code: string): number => (codes.includes(code) ? codes.indexOf(code) : codes.length)

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
export const missingOf = (trade: Trade, invoice: Billed, match: Match | undefined, shared: Shared): string[] => {
  const missing: string[] = []
  if (!trade.order) missing.push('order')
  if (!informationStands(trade)) missing.push('order-acceptance')
  const terms = matchTerms(shared, invoice.debtorId, invoice.currency)
  if (!terms) missing.push('programme')
  else if (!match?.goodsStand) missing.push(terms.goodsEvidence === 'receipt' ? 'goods-receipt' : 'delivery')
  const funds = fundsOf(trade, invoice)
  if (!funds) missing.push('funds-check')
  else if (!funds.stands) missing.push(...(funds.missing.length > 0 ? funds.missing : ['funds-check']))
  return missing
}

const isDecided = (invoice: Billed): boolean => invoice.outcome === 'financed' || invoice.outcome === 'refused'

const information = (trade: Trade): LaneState => {
  if (trade.cancelled) return 'broken'
  if (informationStands(trade) && trade.invoices.length > 0) return 'complete'
  return trade.order || trade.invoices.length > 0 ? 'partial' : 'waiting'
}

const goods = (trade: Trade, shared: Shared): LaneState => {
  if (trade.goods.length === 0) return 'waiting'
  const { order } = trade
  const terms = order && matchTerms(shared, order.buyerId, order.currency)
  if (!order || !terms) return 'partial'
  const taken = new Map<number, bigint>()
  for (const invoice of trade.invoices)
    for (const [line, quantity] of takenOf(invoice)) taken.set(line, (taken.get(line) ?? 0n) + quantity)
  if ([...taken].some(([line, quantity]) => quantity > inHand(trade, line, terms))) return 'broken'
  return order.lines.every(([line, , quantity]) => inHand(trade, line, terms) >= quantity) ? 'complete' : 'partial'
}

const funds = (trade: Trade): LaneState => {
  const checks = trade.invoices.filter(isLive).map((invoice) => ({ invoice, check: fundsOf(trade, invoice) }))
  const open = checks.filter(({ invoice }) => !isDecided(invoice))
  if (open.some(({ check }) => check?.missing.some((code) => code === 'payee-hold' || code === 'already-paid')))
    return 'broken'
  const standing = checks.filter(({ invoice, check }) => invoice.outcome === 'financed' || check?.stands)
  if (standing.length === 0) return 'waiting'
  return standing.length === checks.length ? 'complete' : 'partial'
}

/** Missing of the whole order: of each invoice not decided yet, or of the order itself while nothing is billed. */
const missing = (trade: Trade, shared: Shared, matches: ReadonlyMap<string, Match>): string[] => {
  if (trade.cancelled) return []
  const waiting = trade.invoices.filter((invoice) => isLive(invoice) && !isDecided(invoice))
  const named = waiting.flatMap((invoice) => missingOf(trade, invoice, matches.get(invoice.invoiceId), shared))
  if (trade.invoices.length > 0) return sorted(named)
  if (!trade.order) named.push('order')
  if (!informationStands(trade)) named.push('order-acceptance')
  named.push('invoice')
  const terms = trade.order && matchTerms(shared, trade.order.buyerId, trade.order.currency)
  if (trade.order && !terms) named.push('programme')
  if (terms && trade.order?.lines.every(([line]) => inHand(trade, line, terms) <= 0n))
    named.push(terms.goodsEvidence === 'receipt' ? 'goods-receipt' : 'delivery')
  return sorted(named)
}

/** The lanes as they stand; `matches` are those of the invoices not decided yet. */
export const progressOf = (trade: Trade, shared: Shared, matches: ReadonlyMap<string, Match>): TradeProgressed => ({
  type: 'TradeProgressed',
  orderId: trade.orderId,
  buyerId: (trade.order ?? trade.parties)?.buyerId ?? '',
  supplierId: (trade.order ?? trade.parties)?.supplierId ?? '',
  information: information(trade),
  goods: goods(trade, shared),
  funds: funds(trade),
  missing: missing(trade, shared, matches),
  events: [],
  news: [...trade.untold],
})

/** What of the lanes makes a new picture worth telling. */
export const pictureOf = (told: TradeProgressed): string =>
  [told.information, told.goods, told.funds, ...told.missing].join(' ')
