/** A programme's books: what each account holds, what is pending, and a trial balance that must be zero. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import { balanceOf, book, emptyBooks, trialBalance, type Balance, type Books, type LedgerFact } from '../desks/index.ts'

export interface BooksBody extends Books {
  readonly programmeId: string
  readonly currency: string
  readonly balances: readonly (Balance & { readonly balanceMinor: bigint })[]
  readonly pendingCount: number
  /** Debits less credits over all accounts. */
  readonly trialBalanceMinor: bigint
}

export const foldBooks = (body: BooksBody | undefined, entry: LedgerFact): BooksBody => {
  const books = book(body ?? emptyBooks, entry)
  return {
    programmeId: entry.programmeId,
    currency: entry.currency,
    entryCount: books.entryCount,
    balances: books.balances.map(({ account, debitMinor, creditMinor }) => ({
      account,
      debitMinor,
      creditMinor,
      balanceMinor: balanceOf(books.balances, account),
    })),
    pending: books.pending,
    pendingCount: books.pending.length,
    trialBalanceMinor: trialBalance(books.balances),
  }
}

const definition: ViewDefinition<BooksBody> = {
  name: 'books',
  hears: [factsTopic('payment.ledger')],
  idsOf: (fact) => (fact.type === 'LedgerPosted' ? [(fact as unknown as LedgerFact).programmeId] : []),
  fold: (body, fact) => foldBooks(body, fact as unknown as LedgerFact),
  listedBy: [],
}

export const booksView = {
  definition,
  fields: {
    programmeId: String,
    currency: String,
    entryCount: Number,
    balances: [{ _id: false, account: String, debitMinor: BigInt, creditMinor: BigInt, balanceMinor: BigInt }],
    pending: [
      { _id: false, causeId: String, postings: [{ _id: false, debit: String, credit: String, amountMinor: BigInt }] },
    ],
    pendingCount: Number,
    trialBalanceMinor: BigInt,
  },
} satisfies ServiceView
