/** One order as three lanes: what each flow has shown, what is missing, how its invoices matched and what became of them. */
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { obligor, trade } from '../desks/index.ts'
import type { Cited } from '../desks/evidence.ts'
import { asTold, evidenceFields, obligorTopic, tradeTopic, type Told } from './told.ts'

interface ShareBody {
  readonly invoiceId: string
  readonly invoiceVersion: number
  readonly revision: number
  readonly verdict: string
  readonly reason: string
  readonly otherInvoiceId: string
  readonly billedNetMinor: bigint
  readonly financeableNetMinor: bigint
  readonly fundsHistory: string
  readonly lines: readonly trade.LineMatch[]
  readonly evidence: readonly Cited[]
}

interface OutcomeBody {
  readonly invoiceId: string
  readonly outcome: 'waiting' | 'referred' | 'refused' | 'financed'
  readonly reason: string
  readonly decisionId: string
  readonly advanceMinor: bigint
  readonly atMs: bigint
}

export interface TradeBody {
  readonly buyerId: string
  readonly supplierId: string
  readonly information: string
  readonly goods: string
  readonly funds: string
  readonly missing: readonly string[]
  readonly events: readonly trade.LaneEvent[]
  readonly shares: readonly ShareBody[]
  readonly outcomes: readonly OutcomeBody[]
}

const blank: TradeBody = {
  buyerId: '',
  supplierId: '',
  information: 'waiting',
  goods: 'waiting',
  funds: 'waiting',
  missing: [],
  events: [],
  shares: [],
  outcomes: [],
}

type Outcome = obligor.ClaimFinanced | obligor.ClaimReferred | obligor.ClaimRefused | obligor.ClaimWaiting

const words = {
  ClaimFinanced: 'financed',
  ClaimReferred: 'referred',
  ClaimRefused: 'refused',
  ClaimWaiting: 'waiting',
} as const

const isOutcome = (fact: Told): fact is Outcome => fact.type in words

/** Replaces what is known of the invoice; invoices stay in the order in which they were first told. */
const withInvoice = <T extends { readonly invoiceId: string }>(all: readonly T[], one: T): readonly T[] =>
  all.some((known) => known.invoiceId === one.invoiceId)
    ? all.map((known) => (known.invoiceId === one.invoiceId ? one : known))
    : [...all, one]

const shareOf = (fact: trade.ShareMatched): ShareBody => {
  const { invoiceId, invoiceVersion, revision, verdict, reason, otherInvoiceId } = fact
  const { billedNetMinor, financeableNetMinor, fundsHistory, lines, evidence } = fact
  const head = { invoiceId, invoiceVersion, revision, verdict, reason, otherInvoiceId }
  return { ...head, billedNetMinor, financeableNetMinor, fundsHistory, lines, evidence }
}

const outcomeOf = (fact: Outcome, at: number): OutcomeBody => ({
  invoiceId: fact.invoiceId,
  outcome: words[fact.type],
  reason: fact.type === 'ClaimWaiting' ? fact.waitsFor : fact.type === 'ClaimFinanced' ? '' : fact.reason,
  decisionId: fact.type === 'ClaimWaiting' ? '' : fact.decisionId,
  advanceMinor: fact.type === 'ClaimFinanced' ? fact.advanceMinor : 0n,
  atMs: BigInt(at),
})

/** Events of a trade that are shown: the last ones. */
const storyLength = 30

const isSame = (a: trade.LaneEvent, b: trade.LaneEvent): boolean =>
  a.evidence?.desk === b.evidence?.desk &&
  a.evidence?.entry === b.evidence?.entry &&
  a.evidence?.index === b.evidence?.index

/**
 * The story with what was heard since. Older code told the whole of it each time; a trade that it left in the archive
 * does so once more when it is opened again.
 */
const storyWith = (known: readonly trade.LaneEvent[], told: trade.TradeProgressed): readonly trade.LaneEvent[] => {
  const before = told.events.length > 0 ? told.events : known
  const news = told.news.filter((event) => !before.some((one) => isSame(one, event)))
  return [...before, ...news].slice(-storyLength)
}

export const foldTrade = (body: TradeBody | undefined, fact: Told, said: { at: number }): TradeBody | undefined => {
  const known = body ?? blank
  if (fact.type === 'TradeProgressed') {
    const { buyerId, supplierId, information, goods, funds, missing } = fact
    const events = storyWith(known.events, fact)
    return { ...known, buyerId, supplierId, information, goods, funds, missing, events }
  }
  if (fact.type === 'ShareMatched') return { ...known, shares: withInvoice(known.shares, shareOf(fact)) }
  if (isOutcome(fact)) return { ...known, outcomes: withInvoice(known.outcomes, outcomeOf(fact, said.at)) }
  return undefined
}

const ordersOf = (fact: Told): readonly string[] => {
  if (fact.type === 'TradeProgressed' || fact.type === 'ShareMatched') return [fact.orderId]
  return isOutcome(fact) ? fact.orderIds : []
}

const definition: ViewDefinition<TradeBody> = {
  name: 'trades',
  hears: [tradeTopic, obligorTopic],
  idsOf: (fact) => ordersOf(asTold(fact)),
  fold: (body, fact, said) => foldTrade(body, asTold(fact), said),
  listedBy: ['buyerId', 'supplierId'],
}

export const tradesView = {
  definition,
  fields: {
    buyerId: String,
    supplierId: String,
    information: String,
    goods: String,
    funds: String,
    missing: [String],
    events: [
      {
        _id: false,
        lane: String,
        type: { type: String },
        on: String,
        about: String,
        atMs: BigInt,
        evidence: evidenceFields,
      },
    ],
    shares: [
      {
        _id: false,
        invoiceId: String,
        invoiceVersion: Number,
        revision: Number,
        verdict: String,
        reason: String,
        otherInvoiceId: String,
        billedNetMinor: BigInt,
        financeableNetMinor: BigInt,
        fundsHistory: String,
        lines: [
          {
            _id: false,
            invoiceLine: Number,
            orderLine: Number,
            sku: String,
            billedQuantity: BigInt,
            orderedQuantity: BigInt,
            receivedQuantity: BigInt,
            takenQuantity: BigInt,
            financeableQuantity: BigInt,
            unitPriceMinor: BigInt,
            orderedUnitPriceMinor: BigInt,
            billedNetMinor: BigInt,
            financeableNetMinor: BigInt,
            verdict: String,
            otherInvoiceId: String,
          },
        ],
        evidence: [evidenceFields],
      },
    ],
    outcomes: [
      {
        _id: false,
        invoiceId: String,
        outcome: String,
        reason: String,
        decisionId: String,
        advanceMinor: BigInt,
        atMs: BigInt,
      },
    ],
  },
} satisfies ServiceView
