/** What the ledger desk decides: the one balanced entry that each money fact leads to (the table is in chart.ts). */
import { accept, nothing, type Decision, type Input } from '@triflow/kernel'
import { account, move, payableTo } from './chart.ts'
import type {
  AdvanceDisbursed,
  CashAllocated,
  DisbursementExecuted,
  DisbursementRefused,
  DisbursementRequested,
  EntryStatus,
  Fact,
  Heard,
  LedgerPosted,
  Posting,
  State,
} from './vocabulary.ts'

export const decide = (input: Input<never, Heard, never>, state: State): Decision<Fact> => {
  if (input.kind !== 'heard') return nothing
  const entry = entryOf(input.fact, state)
  return entry && entry.postings.length > 0 ? accept([entry]) : nothing
}

const entryOf = (fact: Heard, state: State): LedgerPosted | undefined => {
  switch (fact.type) {
    case 'DisbursementRequested':
      return ofDisbursement(fact, 'pending')
    case 'DisbursementExecuted':
      return ofDisbursement(fact, 'posted')
    case 'DisbursementRefused':
      return ofDisbursement(fact, 'void')
    case 'AdvanceDisbursed':
      return entry(
        fact,
        `${fact.decisionId}/advanced`,
        'advance owed, discount withheld',
        'posted',
        fact.decisionId,
        advanced(fact),
      )
    case 'CashReceived':
      return entry(fact, `${fact.receiptId}/received`, 'cash received', 'posted', fact.receiptId, [
        ...move(account.bankCollection, account.cashUnallocated, fact.amountMinor),
      ])
    case 'CashSuspended':
      return entry(fact, `${fact.receiptId}/suspended`, 'cash in suspense', 'posted', fact.receiptId, [
        ...move(account.cashUnallocated, account.cashSuspense, fact.amountMinor),
      ])
    case 'CashAllocated':
      return entry(
        fact,
        `${fact.receiptId}/allocated`,
        'cash allocated',
        'posted',
        fact.receiptId,
        allocated(fact, state),
      )
    case 'AdvanceCancelled':
    case 'DilutionRecorded':
      return undefined
  }
}

const entry = (
  { programmeId, currency }: { readonly programmeId: string; readonly currency: string },
  entryId: string,
  memo: string,
  status: EntryStatus,
  causeId: string,
  postings: Posting[],
): LedgerPosted => ({ type: 'LedgerPosted', programmeId, entryId, currency, memo, status, postings, causeId })

/** An advance leaves the funder's own account; a reserve leaves the collection account, where the debtor's cash is. */
const ofDisbursement = (
  fact: DisbursementRequested | DisbursementExecuted | DisbursementRefused,
  status: EntryStatus,
): LedgerPosted => {
  const postings =
    fact.purpose === 'advance'
      ? move(account.disbursementsPending, account.bankFunding, fact.amountMinor)
      : move(payableTo(fact.supplierId), account.bankCollection, fact.amountMinor)
  return entry(fact, `${fact.disbursementId}/${status}`, `${fact.purpose} ${status}`, status, fact.disbursementId, [
    ...postings,
  ])
}

/** The debtor's claim carries the whole advance; the discount is withheld and not yet earned. */
const advanced = (fact: AdvanceDisbursed): Posting[] => [
  ...move(account.advancesOutstanding, account.disbursementsPending, fact.payoutMinor),
  ...move(account.advancesOutstanding, account.discountUnearned, fact.discountMinor),
]

const allocated = (fact: CashAllocated, state: State): Posting[] => {
  const cash = state.suspended.has(fact.receiptId) ? account.cashSuspense : account.cashUnallocated
  const payable = payableTo(fact.supplierId)
  const { principalMinor, penaltyMinor, toSupplierMinor, discountEarnedMinor, discountReturnedMinor } = fact
  return [
    ...move(cash, account.advancesOutstanding, principalMinor),
    ...move(cash, account.penalty, penaltyMinor),
    ...move(cash, payable, toSupplierMinor - discountReturnedMinor),
    ...move(account.discountUnearned, account.discountEarned, discountEarnedMinor),
    ...move(account.discountUnearned, payable, discountReturnedMinor),
    // The funder's part leaves the collection account at once; what it gives back goes there to be paid with the reserve.
    ...move(account.bankFunding, account.bankCollection, principalMinor + penaltyMinor),
    ...move(account.bankCollection, account.bankFunding, discountReturnedMinor),
  ]
}
