/** Payouts as people read them: held, requested, unknown, executed or refused, and whether the statement agrees. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { AccountFact } from '../desks/index.ts'

export interface DisbursementBody {
  readonly disbursementId: string
  readonly accountId: string
  readonly status: 'held' | 'requested' | 'unknown' | 'executed' | 'refused'
  /** Empty while held: the purpose is told when the payout goes out. */
  readonly purpose: string
  readonly causeId: string
  readonly invoiceId: string
  readonly supplierId: string
  readonly debtorId: string
  readonly programmeId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly attempts: number
  readonly bankReference: string
  /** Why it is held, refused or unknown. */
  readonly detail: string
  /** Line of the bank's statement that shows it; empty until one does. */
  readonly reconciledBy: string
  /** Milliseconds since 1970. */
  readonly requestedAtMs: number
  readonly finishedAtMs: number
}

const unsaid = {
  purpose: '',
  causeId: '',
  invoiceId: '',
  supplierId: '',
  debtorId: '',
  programmeId: '',
  attempts: 0,
  bankReference: '',
  detail: '',
  reconciledBy: '',
  requestedAtMs: 0,
  finishedAtMs: 0,
}

export const foldDisbursement = (
  body: DisbursementBody | undefined,
  fact: AccountFact,
  at: number,
): DisbursementBody | undefined => {
  switch (fact.type) {
    case 'DisbursementHeld': {
      const { disbursementId, accountId, amountMinor, currency, reason } = fact
      return { ...unsaid, disbursementId, accountId, status: 'held', amountMinor, currency, detail: reason }
    }
    case 'DisbursementRequested': {
      const {
        disbursementId,
        accountId,
        purpose,
        causeId,
        invoiceId,
        supplierId,
        debtorId,
        programmeId,
        currency,
        amountMinor,
        attempt,
      } = fact
      const named = {
        disbursementId,
        accountId,
        purpose,
        causeId,
        invoiceId,
        supplierId,
        debtorId,
        programmeId,
        currency,
        amountMinor,
      }
      return { ...unsaid, ...named, status: 'requested', attempts: attempt, requestedAtMs: at }
    }
    case 'DisbursementChased':
      return body && { ...body, attempts: fact.attempt }
    case 'DisbursementUnknown':
      return body && { ...body, status: 'unknown', detail: fact.detail }
    case 'DisbursementExecuted':
      return body && { ...body, status: 'executed', bankReference: fact.bankReference, detail: '', finishedAtMs: at }
    case 'DisbursementRefused':
      return body && { ...body, status: 'refused', detail: fact.detail, finishedAtMs: at }
    case 'DisbursementReconciled':
      return body && { ...body, reconciledBy: fact.lineId }
    default:
      return undefined
  }
}

const definition: ViewDefinition<DisbursementBody> = {
  name: 'disbursements',
  hears: [factsTopic('payment.account')],
  idsOf: ({ disbursementId }) => (typeof disbursementId === 'string' ? [disbursementId] : []),
  fold: (body, fact, said) => foldDisbursement(body, fact as unknown as AccountFact, said.at),
  listedBy: ['accountId', 'status', 'invoiceId', 'debtorId', 'programmeId'],
}

export const disbursementsView = {
  definition,
  fields: {
    disbursementId: String,
    accountId: String,
    status: String,
    purpose: String,
    causeId: String,
    invoiceId: String,
    supplierId: String,
    debtorId: String,
    programmeId: String,
    currency: String,
    amountMinor: BigInt,
    attempts: Number,
    bankReference: String,
    detail: String,
    reconciledBy: String,
    requestedAtMs: Number,
    finishedAtMs: Number,
  },
} satisfies ServiceView
