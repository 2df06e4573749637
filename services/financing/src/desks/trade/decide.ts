/**
 * Matches the three flows of one order and tells each invoice's share as soon as, and only when, all three stand.
 * Whatever is heard is looked at the same way: every invoice that is not decided yet, oldest first.
 */
import { accept, sum, type Context, type Decision, type Input } from '@triflow/kernel'
import { citeKept, type Cited } from '../evidence.ts'
import type { Broadcast, Shared } from '../programmes.ts'
import { billedLine } from './kept-lines.ts'
import { contradiction, emptied, matchShare, takenBy, type Match } from './match.ts'
import { fundsOf, isDecided, missingOf, pictureOf, progressOf } from './missing.ts'
import { matchTerms, type MatchTerms } from './terms.ts'
import type { Billed, Command, Fact, Heard, ShareMatched, Trade } from './vocabulary.ts'

const evidenceOf = (trade: Trade, invoice: Billed, terms: MatchTerms | undefined): Cited[] => {
  const cited: Cited[] = []
  if (trade.order) cited.push(citeKept('order', trade.order.evidence))
  if (trade.acceptance) cited.push(citeKept('acceptance', trade.acceptance))
  cited.push(citeKept('invoice', invoice.evidence))
  const kind = terms?.goodsEvidence === 'delivery' ? 'delivered' : 'received'
  const billed = new Set(invoice.lines.map((line) => billedLine(line).orderLine))
  for (const record of trade.goods)
    if ((record.kind === kind || record.kind === 'returned') && record.orderLines.some((line) => billed.has(line)))
      cited.push(citeKept('goods', record.evidence))
  const funds = fundsOf(trade, invoice)
  if (funds) cited.push(citeKept('funds', funds.evidence))
  return cited
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

const share = (
  trade: Trade,
  invoice: Billed,
  terms: MatchTerms | undefined,
  match: Match,
  at: number,
): ShareMatched => ({
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
  evidence: evidenceOf(trade, invoice, terms),
  verdict: match.verdict,
  reason: match.reason,
  otherInvoiceId: match.otherInvoiceId,
  // The desk is woken by the flow that completes the match, so that flow's hearing is the last matching event.
  lastEventAtMs: BigInt(at),
  fundsHistory: fundsOf(trade, invoice)?.history ?? '',
})

/** The match that is to be told now; undefined when there is none to tell. */
const matchToTell = (
  trade: Trade,
  invoice: Billed,
  match: Match | undefined,
  missing: readonly string[],
): Match | undefined => {
  const refused = contradiction(trade, invoice)
  if (!refused && missing.length === 0) return match
  // Told once, no longer standing: taken back, so that no money follows evidence that fell away.
  if (!refused && !invoice.share) return undefined
  return {
    lines: match ? emptied(match.lines) : [],
    verdict: refused ? 'refused' : 'waiting',
    reason: refused || missing[0]!,
    otherInvoiceId: '',
    financeableNetMinor: 0n,
    goodsStand: false,
  }
}

const look = (trade: Trade, { shared, at }: Context<Shared>): Decision<Fact> => {
  const facts: Fact[] = []
  const retold = new Map<string, ReadonlyMap<number, bigint>>()
  const lacking: string[] = []
  for (const invoice of trade.invoices) {
    if (isDecided(invoice)) continue
    const terms = matchTerms(shared, invoice.debtorId, invoice.currency)
    const match = terms && trade.order && matchShare(trade, invoice, terms, retold)
    const missing = missingOf(trade, invoice, terms, match)
    lacking.push(...missing)
    const told = matchToTell(trade, invoice, match, missing)
    if (!told || isAsTold(invoice, told)) continue
    retold.set(invoice.invoiceId, takenBy(told.lines))
    facts.push(share(trade, invoice, terms, told, at))
  }
  const progress = progressOf(trade, shared, lacking)
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
