/** Ledger entries one by one, as an auditor reads them: what was booked, and because of what. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { LedgerFact, Posting } from '../desks/index.ts'

export interface LedgerEntryBody {
  readonly entryId: string
  readonly programmeId: string
  readonly causeId: string
  readonly currency: string
  readonly memo: string
  readonly status: string
  readonly postings: readonly Posting[]
  /** Milliseconds since 1970. */
  readonly bookedAtMs: number
}

export const foldLedgerEntry = (entry: LedgerFact, at: number): LedgerEntryBody => {
  const { entryId, programmeId, causeId, currency, memo, status, postings } = entry
  return { entryId, programmeId, causeId, currency, memo, status, postings, bookedAtMs: at }
}

const definition: ViewDefinition<LedgerEntryBody> = {
  name: 'ledger-entries',
  hears: [factsTopic('payment.ledger')],
  idsOf: (fact) => (fact.type === 'LedgerPosted' ? [(fact as unknown as LedgerFact).entryId] : []),
  fold: (_body, fact, said) => foldLedgerEntry(fact as unknown as LedgerFact, said.at),
  listedBy: ['programmeId', 'causeId'],
}

export const ledgerEntriesView = {
  definition,
  fields: {
    entryId: String,
    programmeId: String,
    causeId: String,
    currency: String,
    memo: String,
    status: String,
    postings: [{ _id: false, debit: String, credit: String, amountMinor: BigInt }],
    bookedAtMs: Number,
  },
} satisfies ServiceView
