/** Where the financing desks' facts are told, and the proof that their words are the wire's. */
import { factsTopic, toldBy, type FitsWire, type MessageName, type WireOf } from '@triflow/contracts'
import { collectionAccountId, type DeskDefinition, type Route } from '@triflow/kernel'
import { obligorRules, tradeRules, type Broadcast, type Shared, type obligor, type trade } from './desks/index.ts'
import type { Book } from './desks/obligor/book.ts'

const tradeName = 'financing.trade'
const obligorName = 'financing.obligor'

/** `true` when the heard type asks for nothing that its message lacks. */
type Hears<H extends { type: string }> = H extends { type: infer N }
  ? N extends MessageName
    ? WireOf<N> extends Omit<H, 'type'>
      ? true
      : `${N} is heard otherwise than it is told`
    : 'no message has this name'
  : never

/** `true` when all do: one misfit must not hide behind those that fit. */
type HearsWire<H extends { type: string }> = [Exclude<Hears<H>, true>] extends [never] ? true : Exclude<Hears<H>, true>

type Proven<Fits extends true> = Fits
/** Compiles only while every word said or wished is its message, and every word heard is one. */
export type Proof = [
  Proven<FitsWire<trade.Fact>>,
  Proven<FitsWire<obligor.Fact | obligor.Command>>,
  Proven<HearsWire<trade.Heard | obligor.Heard | Broadcast>>,
]

const tradeRoutes = (fact: trade.Fact): readonly Route[] => {
  const own = { topic: factsTopic(tradeName), key: fact.orderId }
  return fact.type === 'ShareMatched' ? [own, { topic: toldBy(tradeName, 'debtor'), key: fact.debtorId }] : [own]
}

const toProgramme = (programmeId: string): Route[] =>
  programmeId === '' ? [] : [{ topic: toldBy(obligorName, 'programme'), key: programmeId }]

const toPair = (fact: { supplierId: string; debtorId: string }): Route => ({
  topic: toldBy(obligorName, 'pair'),
  key: collectionAccountId(fact.supplierId, fact.debtorId),
})

const toOrders = (orderIds: readonly string[]): Route[] =>
  orderIds.map((orderId) => ({ topic: toldBy(obligorName, 'order'), key: orderId }))

const obligorRoutes = (fact: obligor.Fact): readonly Route[] => {
  const own: Route = { topic: factsTopic(obligorName), key: fact.debtorId }
  switch (fact.type) {
    case 'ClaimFinanced':
      return [own, toPair(fact), ...toOrders(fact.orderIds)]
    case 'ClaimReferred':
    case 'ClaimRefused':
    case 'ClaimWaiting':
      return [own, ...toOrders(fact.orderIds)]
    // Books follow the money, not the decision.
    case 'AdvanceDisbursed':
    case 'AdvanceCancelled':
    case 'CashSuspended':
    case 'DilutionRecorded':
      return [own, ...toProgramme(fact.programmeId)]
    case 'CashAllocated':
      return [own, toPair(fact), ...toProgramme(fact.programmeId)]
    case 'CashWaiting':
    case 'DebtorDayClosed':
      return [own]
  }
}

export const tradeDesk: DeskDefinition<trade.Trade, Shared, trade.Command, trade.Heard, Broadcast, trade.Fact> = {
  name: tradeName,
  // What is said of a trade is found under the request that began it: its order's.
  keepsTrace: true,
  ...tradeRules,
  routes: tradeRoutes,
}

export const obligorDesk: DeskDefinition<Book, Shared, obligor.Command, obligor.Heard, Broadcast, obligor.Fact> = {
  name: obligorName,
  ...obligorRules,
  routes: obligorRoutes,
}
