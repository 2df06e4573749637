/** What the ledger desk remembers: only which receipts are in suspense, as its entries themselves are the books. */
import type { Fact, Heard, State } from './vocabulary.ts'

export const initialState = (): State => ({ suspended: new Map() })

/** Follows what was booked, not what was heard: the allocation of a suspended receipt is decided before it is forgotten. */
export const evolve = (state: State, fact: Fact | Heard): State => {
  if (fact.type === 'CashSuspended') state.suspended.set(fact.receiptId, true)
  if (fact.type === 'LedgerPosted' && fact.entryId === `${fact.causeId}/allocated`) state.suspended.delete(fact.causeId)
  return state
}
