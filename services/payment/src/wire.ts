/** Where the payment service's facts are told, and the proof that its words fit the wire. */
import { factsTopic, toldBy, type FitsWire, type MessageName, type WireOf } from '@triflow/contracts'
import type { DeskDefinition, Route } from '@triflow/kernel'
import {
  accountRules,
  ledgerRules,
  type AccountBroadcast,
  type AccountCommand,
  type AccountFact,
  type AccountHeard,
  type AccountShared,
  type AccountState,
  type LedgerFact,
  type LedgerHeard,
  type LedgerState,
} from './desks/index.ts'

/** `true` when every message of the wire can be read as its member of a union of heard facts, which name fewer fields. */
type ReadsWire<H extends { type: string }> = H extends { type: infer N }
  ? N extends MessageName
    ? WireOf<N> & { type: N } extends H
      ? true
      : `${N} cannot be read as it is heard`
    : 'no message has this name'
  : never

type Proven<Fits extends true> = Fits
/** Compiles only while what we say has exactly the fields of its message, and what we hear can be read from its message. */
export type Proof = Proven<
  FitsWire<AccountCommand | AccountFact | LedgerFact> | ReadsWire<AccountHeard | AccountBroadcast | LedgerHeard>
>

const name = 'payment.account'

/** Money facts are told again to the debtor's desk, which owns limit and claim, and to the programme's books. */
const routesOfAccount = (fact: AccountFact): readonly Route[] => {
  const own: Route = { topic: factsTopic(name), key: fact.accountId }
  switch (fact.type) {
    case 'FundsChecked':
      return [own, { topic: toldBy(name, 'order'), key: fact.orderId }]
    case 'DisbursementRequested':
    case 'DisbursementExecuted':
    case 'DisbursementRefused':
    case 'CashReceived':
      return [
        own,
        { topic: toldBy(name, 'debtor'), key: fact.debtorId },
        { topic: toldBy(name, 'programme'), key: fact.programmeId },
      ]
    case 'CollectionAccountOpened':
    case 'PayeeUpdated':
    case 'DisbursementChased':
    case 'DisbursementUnknown':
    case 'DisbursementHeld':
    case 'DisbursementReconciled':
    case 'ReconciliationBroken':
      return [own]
  }
}

export const accountDesk: DeskDefinition<
  AccountState,
  AccountShared,
  AccountCommand,
  AccountHeard,
  AccountBroadcast,
  AccountFact
> = {
  name,
  ...accountRules,
  routes: routesOfAccount,
}

export const ledgerDesk: DeskDefinition<LedgerState, Record<string, never>, never, LedgerHeard, never, LedgerFact> = {
  name: 'payment.ledger',
  ...ledgerRules,
  routes: (fact) => [{ topic: factsTopic('payment.ledger'), key: fact.programmeId }],
}
