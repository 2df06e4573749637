/**
 * The chart of accounts, and which fact books what. Every movement has one fact as its cause, so that nothing is booked
 * twice and the two topics that money facts come on may arrive in any order.
 *
 * | fact                           | status  | debit                          | credit                         | amount                         |
 * |--------------------------------|---------|--------------------------------|--------------------------------|--------------------------------|
 * | DisbursementRequested, advance | pending | disbursements:pending          | bank:funding                   | payout                         |
 * | DisbursementExecuted, advance  | posted  | disbursements:pending          | bank:funding                   | payout                         |
 * | DisbursementRefused, advance   | void    | disbursements:pending          | bank:funding                   | payout                         |
 * | AdvanceDisbursed               | posted  | advances:outstanding           | disbursements:pending          | payout                         |
 * |                                |         | advances:outstanding           | income:discount-unearned       | discount                       |
 * | AdvanceCancelled               | none    |                                |                                | the refusal has voided it      |
 * | CashReceived                   | posted  | bank:collection                | cash:unallocated               | amount                         |
 * | CashSuspended                  | posted  | cash:unallocated               | cash:suspense                  | amount                         |
 * | CashAllocated                  | posted  | cash:unallocated (or suspense) | advances:outstanding           | principal                      |
 * |                                |         | cash:unallocated (or suspense) | income:penalty                 | penalty                        |
 * |                                |         | cash:unallocated (or suspense) | payable:supplier:ID            | to supplier less returned      |
 * |                                |         | income:discount-unearned       | income:discount-earned         | discount earned                |
 * |                                |         | income:discount-unearned       | payable:supplier:ID            | discount returned              |
 * |                                |         | bank:funding                   | bank:collection                | principal and penalty (swept)  |
 * |                                |         | bank:collection                | bank:funding                   | discount returned (given back) |
 * | DisbursementRequested, reserve | pending | payable:supplier:ID            | bank:collection                | amount                         |
 * | DisbursementExecuted, reserve  | posted  | payable:supplier:ID            | bank:collection                | amount                         |
 * | DisbursementRefused, reserve   | void    | payable:supplier:ID            | bank:collection                | amount                         |
 * | DilutionRecorded               | none    |                                |                                | no money moves: what the       |
 * |                                |         |                                |                                | claim lost stays owed in       |
 * |                                |         |                                |                                | advances:outstanding           |
 *
 * The bank's word (Executed, CashReceived) moves the bank accounts; the obligor desk's word moves what is owed. Between
 * them stand the clearing accounts: disbursements:pending and cash:unallocated are zero when both have spoken and agree.
 * A pending or void entry names the same postings as the posted one; the three share their cause, the disbursement.
 *
 * Of a receipt: amount = principal + penalty + to supplier - discount returned. If a fact broke that, the difference
 * would stay in cash:unallocated for everybody to see.
 */
import type { LedgerPosted, Posting } from './vocabulary.ts'

export const account = {
  advancesOutstanding: 'advances:outstanding',
  bankCollection: 'bank:collection',
  bankFunding: 'bank:funding',
  cashSuspense: 'cash:suspense',
  cashUnallocated: 'cash:unallocated',
  disbursementsPending: 'disbursements:pending',
  discountEarned: 'income:discount-earned',
  discountUnearned: 'income:discount-unearned',
  penalty: 'income:penalty',
} as const

/** What the platform owes a supplier from receipts taken in for it. */
export const payableTo = (supplierId: string): string => `payable:supplier:${supplierId}`

/** One movement: none for zero; the other way round for a negative amount, so that postings stay above zero. */
export const move = (debit: string, credit: string, amountMinor: bigint): readonly Posting[] => {
  if (amountMinor === 0n) return []
  return amountMinor > 0n
    ? [{ debit, credit, amountMinor }]
    : [{ debit: credit, credit: debit, amountMinor: -amountMinor }]
}

/** Totals of one account in minor units of the programme's currency. */
export interface Balance {
  readonly account: string
  readonly debitMinor: bigint
  readonly creditMinor: bigint
}

/** A programme's books: posted balances sorted by account, and the disbursements whose end is not booked yet. */
export interface Books {
  readonly balances: readonly Balance[]
  readonly pending: readonly { readonly causeId: string; readonly postings: readonly Posting[] }[]
  readonly entryCount: number
}

export const emptyBooks: Books = { balances: [], pending: [], entryCount: 0 }

/** The books after an entry: pending is remembered by its cause until posted or void; only posted touches balances. */
export const book = (books: Books, entry: LedgerPosted): Books => {
  const others = books.pending.filter((pending) => pending.causeId !== entry.causeId)
  return {
    balances: entry.status === 'posted' ? post(books.balances, entry.postings) : books.balances,
    pending: entry.status === 'pending' ? [...others, { causeId: entry.causeId, postings: entry.postings }] : others,
    entryCount: books.entryCount + 1,
  }
}

const post = (balances: readonly Balance[], postings: readonly Posting[]): readonly Balance[] => {
  const byAccount = new Map(balances.map((balance) => [balance.account, balance]))
  const add = (name: string, debitMinor: bigint, creditMinor: bigint): void => {
    const before = byAccount.get(name)
    byAccount.set(name, {
      account: name,
      debitMinor: (before?.debitMinor ?? 0n) + debitMinor,
      creditMinor: (before?.creditMinor ?? 0n) + creditMinor,
    })
  }
  for (const { debit, credit, amountMinor } of postings) {
    add(debit, amountMinor, 0n)
    add(credit, 0n, amountMinor)
  }
  return [...byAccount.values()].sort((a, b) => (a.account < b.account ? -1 : 1))
}

/** Debits less credits over all accounts: zero, or the books are broken. */
export const trialBalance = (balances: readonly Balance[]): bigint =>
  balances.reduce((total, { debitMinor, creditMinor }) => total + debitMinor - creditMinor, 0n)

/** Debits less credits of one account. */
export const balanceOf = (balances: readonly Balance[], name: string): bigint => {
  const balance = balances.find((candidate) => candidate.account === name)
  return balance ? balance.debitMinor - balance.creditMinor : 0n
}
