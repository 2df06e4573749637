/** Folds what is said about one order into what the trade desk remembers of it. */
import type { Evidence } from '@triflow/kernel'
import { cite } from '../evidence.ts'
import { takenBy } from './match.ts'
import { pictureOf } from './missing.ts'
import type { ClaimOutcome, Fact, GoodsFact, Heard, Lane, OrderBilled, ShareMatched, Trade } from './vocabulary.ts'

/** Events kept for the three-lane story of an order. */
const storyLength = 30

export const initialState = (orderId: string): Trade => ({
  orderId,
  acceptedVersion: 0,
  cancelled: false,
  invoices: new Map(),
  funds: new Map(),
  goods: [],
  counts: new Map(),
  events: [],
  picture: '',
})

/** A fact that stands nowhere could never be cited: folding it without evidence is a bug of the caller. */
const required = (evidence: Evidence | undefined, type: string): Evidence => {
  if (!evidence) throw new Error(`${type} was folded without its evidence`)
  return evidence
}

const remember = (trade: Trade, lane: Lane, fact: Heard, on: string, about: string, at: number, evidence: Evidence) => {
  trade.events.push({ lane, type: fact.type, on, about, atMs: BigInt(at), evidence: cite(lane, evidence) })
  if (trade.events.length > storyLength) trade.events.shift()
}

/** A newer version of the invoice supersedes the older one, unless money already follows it. */
const bill = (trade: Trade, fact: OrderBilled, evidence: Evidence): void => {
  const known = trade.invoices.get(fact.invoiceId)
  if (known && (known.outcome === 'financed' || known.version >= fact.version)) return
  trade.invoices.set(fact.invoiceId, {
    invoiceId: fact.invoiceId,
    supplierId: fact.supplierId,
    debtorId: fact.debtorId,
    number: fact.number,
    issuedOn: fact.issuedOn,
    currency: fact.currency,
    version: fact.version,
    lines: fact.lines,
    orderIds: fact.orderIds,
    evidence,
    share: known?.share,
    outcome: 'none',
    outcomeReason: '',
  })
}

const moveGoods = (trade: Trade, fact: GoodsFact, at: number, evidence: Evidence): void => {
  const [kind, id, on] =
    fact.type === 'OrderShipped'
      ? (['shipped', fact.shipmentId, fact.happenedOn] as const)
      : fact.type === 'OrderDelivered'
        ? (['delivered', fact.shipmentId, fact.happenedOn] as const)
        : fact.type === 'OrderReceived'
          ? (['received', fact.receiptId, fact.receivedOn] as const)
          : (['returned', fact.returnId, fact.returnedOn] as const)
  // One document moves the goods of an order once, however often it is told.
  if (trade.goods.some((record) => record.kind === kind && record.id === id)) return
  const lines = fact.lines.filter((line) => line.orderId === trade.orderId)
  trade.goods.push({ kind, id, orderLines: lines.map((line) => line.orderLine), evidence })
  for (const { orderLine, quantity } of kind === 'shipped' ? [] : lines) {
    const count = trade.counts.get(orderLine) ?? { delivered: 0n, received: 0n, returned: 0n }
    trade.counts.set(orderLine, { ...count, [kind]: count[kind as 'delivered' | 'received' | 'returned'] + quantity })
  }
  trade.parties ??= { supplierId: fact.supplierId, buyerId: fact.buyerId }
  remember(trade, 'goods', fact, on, id, at, evidence)
}

const outcomes = {
  ClaimFinanced: 'financed',
  ClaimRefused: 'refused',
  ClaimReferred: 'referred',
  ClaimWaiting: 'waiting',
} as const

const conclude = (trade: Trade, fact: ClaimOutcome): void => {
  const invoice = trade.invoices.get(fact.invoiceId)
  if (!invoice || invoice.version !== fact.invoiceVersion || invoice.outcome === 'financed') return
  invoice.outcome = outcomes[fact.type]
  invoice.outcomeReason = 'reason' in fact ? fact.reason : 'waitsFor' in fact ? fact.waitsFor : ''
}

const tell = (trade: Trade, fact: ShareMatched): void => {
  const invoice = trade.invoices.get(fact.invoiceId)
  if (!invoice) return
  invoice.share = {
    revision: fact.revision,
    version: fact.invoiceVersion,
    verdict: fact.verdict,
    reason: fact.reason,
    otherInvoiceId: fact.otherInvoiceId,
    financeableNetMinor: fact.financeableNetMinor,
    taken: takenBy(fact.lines),
  }
}

export const evolve = (trade: Trade, fact: Fact | Heard, at: number, evidence?: Evidence): Trade => {
  switch (fact.type) {
    case 'OrderSubmitted': {
      const from = required(evidence, fact.type)
      if (trade.order && trade.order.version >= fact.version) return trade
      const { buyerId, supplierId, currency, version, lines } = fact
      trade.order = { buyerId, supplierId, currency, version, lines, evidence: from }
      trade.parties = { buyerId, supplierId }
      remember(trade, 'information', fact, fact.issuedOn, fact.orderId, at, from)
      return trade
    }
    case 'OrderAmended': {
      const from = required(evidence, fact.type)
      if (!trade.order || trade.order.version >= fact.version) return trade
      trade.order = { ...trade.order, version: fact.version, lines: fact.lines, evidence: from }
      remember(trade, 'information', fact, '', fact.orderId, at, from)
      return trade
    }
    case 'OrderAccepted':
      trade.acceptance = required(evidence, fact.type)
      trade.acceptedVersion = fact.version
      remember(trade, 'information', fact, '', fact.orderId, at, trade.acceptance)
      return trade
    case 'OrderCancelled':
      trade.cancelled = true
      remember(trade, 'information', fact, '', fact.orderId, at, required(evidence, fact.type))
      return trade
    case 'OrderBilled':
      bill(trade, fact, required(evidence, fact.type))
      trade.parties ??= { supplierId: fact.supplierId, buyerId: fact.debtorId }
      remember(trade, 'information', fact, fact.issuedOn, fact.invoiceId, at, required(evidence, fact.type))
      return trade
    case 'OrderShipped':
    case 'OrderDelivered':
    case 'OrderReceived':
    case 'OrderReturned':
      moveGoods(trade, fact, at, required(evidence, fact.type))
      return trade
    case 'FundsChecked': {
      const from = required(evidence, fact.type)
      const { invoiceVersion: version, stands, missing, history } = fact
      trade.funds.set(fact.invoiceId, { version, stands, missing, history, evidence: from })
      remember(trade, 'funds', fact, '', fact.invoiceId, at, from)
      return trade
    }
    case 'ClaimFinanced':
    case 'ClaimRefused':
    case 'ClaimReferred':
    case 'ClaimWaiting':
      conclude(trade, fact)
      return trade
    case 'ShareMatched':
      tell(trade, fact)
      return trade
    case 'TradeProgressed':
      trade.picture = pictureOf(fact)
      return trade
    default:
      return trade
  }
}
