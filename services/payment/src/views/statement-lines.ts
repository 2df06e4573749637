/** The bank's statement as taken in: credits, debits that agree with a payout, and breaks for a person. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { AccountFact } from '../desks/index.ts'

export interface StatementLineBody {
  readonly accountId: string
  readonly lineId: string
  readonly direction: 'credit' | 'debit'
  /** credit: cash received. reconciled: a debit of ours. broken: a debit that nothing of ours explains. */
  readonly status: 'credit' | 'reconciled' | 'broken'
  readonly currency: string
  readonly amountMinor: bigint
  readonly valueOn: string
  readonly reference: string
  readonly counterparty: string
  readonly disbursementId: string
  readonly reason: string
}

const unsaid = { disbursementId: '', reason: '' }

/** A line is said once, so there is nothing to fold onto. */
export const foldStatementLine = (fact: AccountFact): StatementLineBody | undefined => {
  switch (fact.type) {
    case 'CashReceived':
      return { ...unsaid, ...lineOf(fact, lineIdOf(fact)), direction: 'credit', status: 'credit' }
    case 'DisbursementReconciled': {
      const { lineId, disbursementId } = fact
      return { ...unsaid, ...lineOf(fact, lineId), direction: 'debit', status: 'reconciled', disbursementId }
    }
    case 'ReconciliationBroken': {
      const { lineId, reason } = fact
      return { ...unsaid, ...lineOf(fact, lineId), direction: 'debit', status: 'broken', reason }
    }
    default:
      return undefined
  }
}

type OfLine = Extract<AccountFact, { type: 'CashReceived' | 'DisbursementReconciled' | 'ReconciliationBroken' }>

const lineOf = (fact: OfLine, lineId: string) => {
  const { accountId, currency, amountMinor, valueOn, reference, counterparty } = fact
  return { accountId, lineId, currency, amountMinor, valueOn, reference, counterparty }
}

const lineIdOf = ({ accountId, receiptId }: { readonly accountId: string; readonly receiptId: string }): string =>
  receiptId.slice(accountId.length + 1)

const idOf = (fact: AccountFact): readonly string[] => {
  switch (fact.type) {
    case 'CashReceived':
      return [fact.receiptId]
    case 'DisbursementReconciled':
    case 'ReconciliationBroken':
      return [`${fact.accountId}/${fact.lineId}`]
    default:
      return []
  }
}

const definition: ViewDefinition<StatementLineBody> = {
  name: 'statement-lines',
  hears: [factsTopic('payment.account')],
  idsOf: (fact) => idOf(fact as unknown as AccountFact),
  fold: (_body, fact) => foldStatementLine(fact as unknown as AccountFact),
  listedBy: ['accountId', 'status', 'disbursementId'],
}

export const statementLinesView = {
  definition,
  fields: {
    accountId: String,
    lineId: String,
    direction: String,
    status: String,
    currency: String,
    amountMinor: BigInt,
    valueOn: String,
    reference: String,
    counterparty: String,
    disbursementId: String,
    reason: String,
  },
} satisfies ServiceView
