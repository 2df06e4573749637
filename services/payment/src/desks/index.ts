/** The quiet rooms of the payment service. */
export { accountRules } from './account/rules.ts'
export type {
  Broadcast as AccountBroadcast,
  Command as AccountCommand,
  Fact as AccountFact,
  Heard as AccountHeard,
} from './account/vocabulary.ts'
export type { Shared as AccountShared, State as AccountState } from './account/state.ts'
export { ledgerRules } from './ledger/rules.ts'
export {
  account,
  balanceOf,
  book,
  emptyBooks,
  payableTo,
  trialBalance,
  type Balance,
  type Books,
} from './ledger/chart.ts'
export type {
  Fact as LedgerFact,
  Heard as LedgerHeard,
  LedgerPosted,
  Posting,
  State as LedgerState,
} from './ledger/vocabulary.ts'
