/**
 * Matches the three flows of one order and tells each invoice's share as soon as, and only when, all three stand.
 * Whatever is heard is looked at the same way: every invoice that is not decided yet, oldest first.
 */
import { accept, sum, type Context, type Decision, type Input } from '@triflow/kernel'
import { citedOnce, citeKept, type Cited } from '../evidence.ts'
import type { Broadcast, Shared } from '../programmes.ts'
import { billedLine } from './kept-lines.ts'
import { contradiction, emptied, matchShare, takenBy, type Match } from './match.ts'
import { fundsOf, missingOf, pictureOf, progressOf } from './missing.ts'
import { matchTerms } from './terms.ts'
import type { Billed, Command, Fact, Heard, ShareMatched, Trade } from './vocabulary.ts'

const evidenceOf = (trade: Trade, invoice: Billed, shared: Shared): Cited[] => {
  const cited: Cited[] = []
  if (trade.order) cited.push(citeKept('order', trade.order.evidence))
  if (trade.acceptance) cited.push(citeKept('acceptance', trade.acceptance))
  cited.push(citeKept('invoice', invoice.evidence))
  const terms = matchTerms(shared, invoice.debtorId, invoice.currency)
  const kind = terms?.goodsEvidence === 'delivery' ? 'delivered' : 'received'
  const billed = new Set(invoice.lines.map((line) => billedLine(line).orderLine))
  for (const record of trade.goods)
    if ((record.kind === kind || record.kind === 'returned') && record.orderLines.some((line) => billed.has(line)))
      cited.push(citeKept('goods', record.evidence))
  const funds = fundsOf(trade, invoice)
  if (funds) cited.push(citeKept('funds', funds.evidence))
  return citedOnce(cited)
}

const sameQuantities = (a: ReadonlyMap<number, bigint>, b: ReadonlyMap<number, bigint>): boolean =>
  a.size === b.size && [...a].every(([line, quantity]) => b.get(line) === quantity)

/** True when the share as told says what the match now says. */
const isAsTold = (invoice: Billed, match: Match): boolean => {
  const told = invoice.share
  return (
    told !== undefined &&
    told.version === invoice.version &&
    told.verdict === match.verdict &&
    told.reason === match.reason &&
    told.otherInvoiceId === match.otherInvoiceId &&
    told.financeableNetMinor === match.financeableNetMinor &&
    sameQuantities(told.taken, takenBy(match.lines))
  )
}

const share = (trade: Trade, invoice: Billed, match: Match, context: Context<Shared>): ShareMatched => ({
  type: 'ShareMatched',
  orderId: trade.orderId,
  invoiceId: invoice.invoiceId,
  invoiceVersion: invoice.version,
  revision: (invoice.share?.revision ?? 0) + 1,
  supplierId: invoice.supplierId,
  debtorId: invoice.debtorId,
  currency: invoice.currency,
  billedNetMinor: sum(invoice.lines.map((line) => billedLine(line).netMinor)),
  financeableNetMinor: match.financeableNetMinor,
  lines: match.lines,
  orderIds: invoice.orderIds ?? [trade.orderId],
  evidence: evidenceOf(trade, invoice, context.shared),
  verdict: match.verdict,
  reason: match.reason,
  otherInvoiceId: match.otherInvoiceId,
  // The desk is woken by the flow that completes the match, so that flow's hearing is the last matching event.
  lastEventAtMs: BigInt(context.at),
  fundsHistory: fundsOf(trade, invoice)?.history ?? '',
})

/** The match that is to be told now; undefined when there is none to tell. */
const matchToTell = (trade: Trade, invoice: Billed, shared: Shared, match: Match | undefined): Match | undefined => {
  const refused = contradiction(trade, invoice)
  const without = { lines: match ? emptied(match.lines) : [], otherInvoiceId: '', financeableNetMinor: 0n }
  if (refused) return { ...without, verdict: 'refused', reason: refused, goodsStand: false }
  const missing = missingOf(trade, invoice, match, shared)
  if (missing.length === 0) return match
  // Told once, no longer standing: taken back, so that no money follows evidence that fell away.
  const told = invoice.share
  return told ? { ...without, verdict: 'waiting', reason: missing[0]!, goodsStand: false } : undefined
}

const look = (trade: Trade, context: Context<Shared>): Decision<Fact> => {
  const facts: Fact[] = []
  const retold = new Map<string, ReadonlyMap<number, bigint>>()
  const matches = new Map<string, Match>()
  for (const invoice of trade.invoices) {
    if (invoice.outcome === 'financed' || invoice.outcome === 'refused') continue
    const terms = matchTerms(context.shared, invoice.debtorId, invoice.currency)
    const match = terms && trade.order && matchShare(trade, invoice, terms, retold)
    if (match) matches.set(invoice.invoiceId, match)
    const told = matchToTell(trade, invoice, context.shared, match)
    if (!told || isAsTold(invoice, told)) continue
    retold.set(invoice.invoiceId, takenBy(told.lines))
    facts.push(share(trade, invoice, told, context))
  }
  const progress = progressOf(trade, context.shared, matches)
  // An event that changes no lane is told at once, too: whoever reads the trade sees what was heard, not only its effect.
  const isNews = trade.untold.length > 0 || pictureOf(progress) !== trade.picture
  return accept(isNews ? [progress, ...facts] : facts)
}

export const decide = (
  input: Input<Command, Heard, Broadcast>,
  trade: Trade,
  context: Context<Shared>,
): Decision<Fact> => {
  switch (input.kind) {
    case 'heard':
      return look(trade, context)
    case 'sweep':
      // A programme that opens late lets orders stand that only waited for its terms.
      return look(trade, context)
    default:
      return accept([])
  }
}
