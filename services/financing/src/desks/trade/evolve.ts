/** Folds what is said about one order into what the trade desk remembers of it. */
import type { Evidence } from '@triflow/kernel'
import { cite, keep } from '../evidence.ts'
import { keepBilledLine, keepOrderLine } from './kept-lines.ts'
import { takenBy } from './match.ts'
import { pictureOf } from './missing.ts'
import { byIssue, invoiceOf } from './taken.ts'
import type {
  Billed,
  ClaimOutcome,
  Fact,
  GoodsCount,
  GoodsFact,
  Heard,
  Lane,
  OrderBilled,
  ShareMatched,
  Trade,
} from './vocabulary.ts'

export const initialState = (orderId: string): Trade => ({
  orderId,
  acceptedVersion: 0,
  cancelled: false,
  invoices: [],
  funds: new Map(),
  goods: [],
  counts: new Map(),
  untold: [],
  picture: '',
})

/** A fact that stands nowhere could never be cited: folding it without evidence is a bug of the caller. */
const required = (evidence: Evidence | undefined, type: string): Evidence => {
  if (!evidence) throw new Error(`${type} was folded without its evidence`)
  return evidence
}

const remember = (trade: Trade, lane: Lane, fact: Heard, on: string, about: string, at: number, evidence: Evidence) => {
  trade.untold.push({ lane, type: fact.type, on, about, atMs: BigInt(at), evidence: cite(lane, evidence) })
}

const meet = (trade: Trade, supplierId: string, buyerId: string): void => {
  if (!trade.order) trade.parties ??= { supplierId, buyerId }
}

/** A newer version of the invoice supersedes the older one, unless money already follows it. */
const bill = (trade: Trade, fact: OrderBilled, evidence: Evidence): void => {
  const known = invoiceOf(trade, fact.invoiceId)
  if (known && (known.outcome === 'financed' || known.version >= fact.version)) return
  const bill: Billed = {
    invoiceId: fact.invoiceId,
    supplierId: fact.supplierId,
    debtorId: fact.debtorId,
    number: fact.number,
    issuedOn: fact.issuedOn,
    currency: fact.currency,
    version: fact.version,
    lines: fact.lines.map(keepBilledLine),
    evidence: keep(evidence),
    outcome: 'none',
    outcomeReason: '',
  }
  if (fact.orderIds.length !== 1 || fact.orderIds[0] !== trade.orderId) bill.orderIds = fact.orderIds
  if (known?.share) bill.share = known.share
  trade.invoices = [...trade.invoices.filter((other) => other !== known), bill].sort(byIssue)
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
  trade.goods.push({ kind, id, orderLines: lines.map((line) => line.orderLine), evidence: keep(evidence) })
  for (const { orderLine, quantity } of kind === 'shipped' ? [] : lines) {
    const count = trade.counts.get(orderLine) ?? { delivered: 0n, received: 0n, returned: 0n }
    count[kind as keyof GoodsCount] += quantity
    trade.counts.set(orderLine, count)
  }
  meet(trade, fact.supplierId, fact.buyerId)
  remember(trade, 'goods', fact, on, id, at, evidence)
}

const outcomes = {
  ClaimFinanced: 'financed',
  ClaimRefused: 'refused',
  ClaimReferred: 'referred',
  ClaimWaiting: 'waiting',
} as const

const conclude = (trade: Trade, fact: ClaimOutcome): void => {
  const invoice = invoiceOf(trade, fact.invoiceId)
  if (!invoice || invoice.version !== fact.invoiceVersion || invoice.outcome === 'financed') return
  invoice.outcome = outcomes[fact.type]
  invoice.outcomeReason = 'reason' in fact ? fact.reason : 'waitsFor' in fact ? fact.waitsFor : ''
}

const tell = (trade: Trade, fact: ShareMatched): void => {
  const invoice = invoiceOf(trade, fact.invoiceId)
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
      trade.order = { buyerId, supplierId, currency, version, lines: lines.map(keepOrderLine), evidence: keep(from) }
      delete trade.parties
      remember(trade, 'information', fact, fact.issuedOn, fact.orderId, at, from)
      return trade
    }
    case 'OrderAmended': {
      const from = required(evidence, fact.type)
      if (!trade.order || trade.order.version >= fact.version) return trade
      trade.order.version = fact.version
      trade.order.lines = fact.lines.map(keepOrderLine)
      trade.order.evidence = keep(from)
      remember(trade, 'information', fact, '', fact.orderId, at, from)
      return trade
    }
    case 'OrderAccepted': {
      const from = required(evidence, fact.type)
      trade.acceptance = keep(from)
      trade.acceptedVersion = fact.version
      remember(trade, 'information', fact, '', fact.orderId, at, from)
      return trade
    }
    case 'OrderCancelled':
      trade.cancelled = true
      remember(trade, 'information', fact, '', fact.orderId, at, required(evidence, fact.type))
      return trade
    case 'OrderBilled':
      bill(trade, fact, required(evidence, fact.type))
      meet(trade, fact.supplierId, fact.debtorId)
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
      trade.funds.set(fact.invoiceId, { version, stands, missing, history, evidence: keep(from) })
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
      trade.untold = []
      return trade
    default:
      return trade
  }
}
