/** Each claim as its parties read it: where it stands, what it is worth, what it waits for, what was paid. */
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import { asTold, obligorTopic, type Told } from './told.ts'

export interface ClaimBody {
  /** paid: never financed, and the debtor has paid the supplier in full. */
  readonly status:
    'waiting' | 'referred' | 'refused' | 'financed' | 'disbursed' | 'payout-failed' | 'settled' | 'paid' | 'known'
  readonly supplierId: string
  readonly debtorId: string
  readonly programmeId: string
  readonly currency: string
  readonly orderIds: readonly string[]
  readonly decisionId: string
  /** Reason of a refusal or referral, what a waiting claim waits for, why a payout failed. */
  readonly reason: string
  readonly detail: string
  readonly otherInvoiceId: string
  readonly grossMinor: bigint
  readonly eligibleMinor: bigint
  readonly advanceMinor: bigint
  readonly discountMinor: bigint
  readonly payoutMinor: bigint
  readonly fundedOn: string
  readonly disbursedOn: string
  readonly dueOn: string
  readonly paidMinor: bigint
  readonly principalRepaidMinor: bigint
  readonly penaltyMinor: bigint
  readonly discountEarnedMinor: bigint
  readonly discountReturnedMinor: bigint
  readonly toSupplierMinor: bigint
  readonly dilutionMinor: bigint
  readonly settled: boolean
  readonly receiptIds: readonly string[]
}

const unknown: ClaimBody = {
  status: 'known',
  supplierId: '',
  debtorId: '',
  programmeId: '',
  currency: '',
  orderIds: [],
  decisionId: '',
  reason: '',
  detail: '',
  otherInvoiceId: '',
  grossMinor: 0n,
  eligibleMinor: 0n,
  advanceMinor: 0n,
  discountMinor: 0n,
  payoutMinor: 0n,
  fundedOn: '',
  disbursedOn: '',
  dueOn: '',
  paidMinor: 0n,
  principalRepaidMinor: 0n,
  penaltyMinor: 0n,
  discountEarnedMinor: 0n,
  discountReturnedMinor: 0n,
  toSupplierMinor: 0n,
  dilutionMinor: 0n,
  settled: false,
  receiptIds: [],
}

/** The facts that are about one claim or more. */
const claimsOf = (fact: Told): readonly string[] => {
  switch (fact.type) {
    case 'ClaimFinanced':
    case 'ClaimReferred':
    case 'ClaimRefused':
    case 'ClaimWaiting':
    case 'AdvanceDisbursed':
    case 'AdvanceCancelled':
    case 'DilutionRecorded':
      return [fact.invoiceId]
    case 'CashAllocated':
      return fact.allocations.map(({ invoiceId }) => invoiceId)
    default:
      return []
  }
}

const settledStatus = (claim: ClaimBody): ClaimBody['status'] => (claim.advanceMinor > 0n ? 'settled' : 'paid')

export const foldClaim = (body: ClaimBody | undefined, fact: Told, invoiceId: string): ClaimBody | undefined => {
  if (!claimsOf(fact).includes(invoiceId) || !('supplierId' in fact) || !('currency' in fact)) return undefined
  const { supplierId, debtorId, currency } = fact
  const claim: ClaimBody = { ...(body ?? unknown), supplierId, debtorId, currency }
  switch (fact.type) {
    case 'ClaimWaiting': {
      const { programmeId, orderIds, eligibleMinor, waitsFor, detail } = fact
      return { ...claim, status: 'waiting', programmeId, orderIds, eligibleMinor, reason: waitsFor, detail }
    }
    case 'ClaimReferred': {
      const { programmeId, orderIds, decisionId, grossMinor, eligibleMinor, reason } = fact
      const detail = fact.rules.find(({ outcome }) => outcome === 'referred')?.detail ?? ''
      return {
        ...claim,
        status: 'referred',
        programmeId,
        orderIds,
        decisionId,
        grossMinor,
        eligibleMinor,
        reason,
        detail,
      }
    }
    case 'ClaimRefused': {
      const { programmeId, orderIds, decisionId, grossMinor, reason, otherInvoiceId } = fact
      const detail = fact.rules.find(({ outcome }) => outcome === 'refused')?.detail ?? ''
      const status = claim.settled ? claim.status : 'refused'
      return { ...claim, status, programmeId, orderIds, decisionId, grossMinor, reason, detail, otherInvoiceId }
    }
    case 'ClaimFinanced': {
      const { programmeId, orderIds, decisionId, grossMinor, eligibleMinor, fundedOn, dueOn } = fact
      const { advanceMinor, discountMinor, payoutMinor } = fact
      const price = { eligibleMinor, advanceMinor, discountMinor, payoutMinor, fundedOn, dueOn }
      const head = { programmeId, orderIds, decisionId, grossMinor, reason: '', detail: '' }
      return { ...claim, ...head, ...price, status: 'financed' }
    }
    case 'AdvanceDisbursed':
      return { ...claim, status: 'disbursed', disbursedOn: fact.disbursedOn }
    case 'AdvanceCancelled':
      return {
        ...claim,
        status: 'payout-failed',
        reason: fact.reason,
        advanceMinor: 0n,
        discountMinor: 0n,
        payoutMinor: 0n,
      }
    case 'DilutionRecorded':
      return { ...claim, programmeId: fact.programmeId, dilutionMinor: claim.dilutionMinor + fact.amountMinor }
    case 'CashAllocated': {
      const part = fact.allocations.find((one) => one.invoiceId === invoiceId)
      if (!part) return undefined
      return {
        ...claim,
        status: part.settles ? settledStatus(claim) : claim.status,
        settled: claim.settled || part.settles,
        paidMinor: claim.paidMinor + part.amountMinor,
        principalRepaidMinor: claim.principalRepaidMinor + part.principalMinor,
        penaltyMinor: claim.penaltyMinor + part.penaltyMinor,
        discountEarnedMinor: claim.discountEarnedMinor + part.discountEarnedMinor,
        discountReturnedMinor: claim.discountReturnedMinor + part.discountReturnedMinor,
        toSupplierMinor: claim.toSupplierMinor + part.toSupplierMinor,
        dilutionMinor: claim.dilutionMinor + part.shortMinor,
        receiptIds: [...claim.receiptIds, fact.receiptId],
      }
    }
    default:
      return undefined
  }
}

const definition: ViewDefinition<ClaimBody> = {
  name: 'claims',
  hears: [obligorTopic],
  idsOf: (fact) => claimsOf(asTold(fact)),
  fold: (body, fact, _said, id) => foldClaim(body, asTold(fact), id),
  listedBy: ['debtorId', 'supplierId', 'status', 'programmeId'],
}

export const claimsView = {
  definition,
  fields: {
    status: String,
    supplierId: String,
    debtorId: String,
    programmeId: String,
    currency: String,
    orderIds: [String],
    decisionId: String,
    reason: String,
    detail: String,
    otherInvoiceId: String,
    grossMinor: BigInt,
    eligibleMinor: BigInt,
    advanceMinor: BigInt,
    discountMinor: BigInt,
    payoutMinor: BigInt,
    fundedOn: String,
    disbursedOn: String,
    dueOn: String,
    paidMinor: BigInt,
    principalRepaidMinor: BigInt,
    penaltyMinor: BigInt,
    discountEarnedMinor: BigInt,
    discountReturnedMinor: BigInt,
    toSupplierMinor: BigInt,
    dilutionMinor: BigInt,
    settled: Boolean,
    receiptIds: [String],
  },
} satisfies ServiceView
