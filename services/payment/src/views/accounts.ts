/** Collection accounts as people read them: opened when, paying whom, and what has come in and gone out. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { AccountFact } from '../desks/index.ts'

export interface AccountBody {
  readonly accountId: string
  readonly supplierId: string
  readonly debtorId: string
  readonly programmeId: string
  readonly notifiedOn: string
  /** Last four characters only: a view is read by more eyes than a payout. */
  readonly payeeEnding: string
  readonly payeeName: string
  readonly payeeVerified: boolean
  readonly payeeOnHold: boolean
  readonly currency: string
  readonly receiptCount: number
  readonly receivedMinor: bigint
  readonly lastReceiptOn: string
  readonly paidOutMinor: bigint
  readonly breakCount: number
}

const ending = (accountNumber: string): string => accountNumber.slice(-4)

const opening = (accountId: string): AccountBody => ({
  accountId,
  supplierId: '',
  debtorId: '',
  programmeId: '',
  notifiedOn: '',
  payeeEnding: '',
  payeeName: '',
  payeeVerified: false,
  payeeOnHold: false,
  currency: '',
  receiptCount: 0,
  receivedMinor: 0n,
  lastReceiptOn: '',
  paidOutMinor: 0n,
  breakCount: 0,
})

export const foldAccount = (body: AccountBody | undefined, fact: AccountFact): AccountBody | undefined => {
  // A payee may be known before the account is opened; such an account is shown as not opened.
  const account = body ?? opening(fact.accountId)
  switch (fact.type) {
    case 'CollectionAccountOpened': {
      const { supplierId, debtorId, programmeId, notifiedOn } = fact
      return { ...account, supplierId, debtorId, programmeId, notifiedOn }
    }
    case 'PayeeUpdated':
      return {
        ...account,
        payeeEnding: ending(fact.accountNumber),
        payeeName: fact.accountName,
        payeeVerified: fact.verified,
        payeeOnHold: fact.onHold,
      }
    case 'CashReceived':
      return {
        ...account,
        currency: fact.currency,
        receiptCount: account.receiptCount + 1,
        receivedMinor: account.receivedMinor + fact.amountMinor,
        lastReceiptOn: fact.valueOn > account.lastReceiptOn ? fact.valueOn : account.lastReceiptOn,
      }
    case 'DisbursementExecuted':
      return { ...account, currency: fact.currency, paidOutMinor: account.paidOutMinor + fact.amountMinor }
    case 'ReconciliationBroken':
      return { ...account, breakCount: account.breakCount + 1 }
    default:
      return undefined
  }
}

const shown: ReadonlySet<string> = new Set([
  'CollectionAccountOpened',
  'PayeeUpdated',
  'CashReceived',
  'DisbursementExecuted',
  'ReconciliationBroken',
] satisfies AccountFact['type'][])

const definition: ViewDefinition<AccountBody> = {
  name: 'accounts',
  hears: [factsTopic('payment.account')],
  idsOf: (fact) => (shown.has(fact.type) ? [(fact as unknown as AccountFact).accountId] : []),
  fold: (body, fact) => foldAccount(body, fact as unknown as AccountFact),
  listedBy: ['supplierId', 'debtorId', 'programmeId'],
}

export const accountsView = {
  definition,
  fields: {
    accountId: String,
    supplierId: String,
    debtorId: String,
    programmeId: String,
    notifiedOn: String,
    payeeEnding: String,
    payeeName: String,
    payeeVerified: Boolean,
    payeeOnHold: Boolean,
    currency: String,
    receiptCount: Number,
    receivedMinor: BigInt,
    lastReceiptOn: String,
    paidOutMinor: BigInt,
    breakCount: Number,
  },
} satisfies ServiceView
