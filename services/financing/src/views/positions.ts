/** What a programme has out and how its claims and its cash fared: running sums over the obligor desk's facts. */
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import { asTold, obligorTopic, type Told } from './told.ts'

interface Count {
  readonly code: string
  readonly count: number
}

export interface PositionBody {
  readonly debtorId: string
  readonly currency: string
  readonly limitMinor: bigint
  readonly reservedMinor: bigint
  readonly usedMinor: bigint
  readonly exposureMinor: bigint
  readonly peakExposureMinor: bigint
  /** Business date of the decision that reached the peak first. */
  readonly peakOn: string
  readonly claimsFinanced: number
  readonly claimsCancelled: number
  readonly referredByReason: readonly Count[]
  readonly refusedByReason: readonly Count[]
  /** Claims waiting now, and in all how often one began to wait. */
  readonly waitingByReason: readonly Count[]
  readonly waitedByReason: readonly Count[]
  readonly waiting: readonly { readonly invoiceId: string; readonly code: string }[]
  /** Principal paid out to suppliers or withheld from them as discount, ever. */
  readonly advancedMinor: bigint
  readonly disbursedMinor: bigint
  readonly discountWithheldMinor: bigint
  readonly discountEarnedMinor: bigint
  readonly discountReturnedMinor: bigint
  readonly penaltyMinor: bigint
  readonly repaidMinor: bigint
  readonly toSupplierMinor: bigint
  readonly receivedMinor: bigint
  readonly receiptsKnown: number
  readonly receiptsWaiting: number
  readonly receiptsSuspended: number
  /** Receipts allocated, by what explained them. */
  readonly receiptsAllocated: readonly Count[]
  /** Receipts not allocated yet. */
  readonly unallocated: readonly { readonly receiptId: string; readonly status: 'waiting' | 'suspended' }[]
  readonly dilutionMinor: bigint
  readonly dilutionAfterFundingMinor: bigint
  readonly invoicesKnown: number
  readonly invoicesSettled: number
  readonly businessDate: string
}

const blank: PositionBody = {
  debtorId: '',
  currency: '',
  limitMinor: 0n,
  reservedMinor: 0n,
  usedMinor: 0n,
  exposureMinor: 0n,
  peakExposureMinor: 0n,
  peakOn: '',
  claimsFinanced: 0,
  claimsCancelled: 0,
  referredByReason: [],
  refusedByReason: [],
  waitingByReason: [],
  waitedByReason: [],
  waiting: [],
  advancedMinor: 0n,
  disbursedMinor: 0n,
  discountWithheldMinor: 0n,
  discountEarnedMinor: 0n,
  discountReturnedMinor: 0n,
  penaltyMinor: 0n,
  repaidMinor: 0n,
  toSupplierMinor: 0n,
  receivedMinor: 0n,
  receiptsKnown: 0,
  receiptsWaiting: 0,
  receiptsAllocated: [],
  receiptsSuspended: 0,
  unallocated: [],
  dilutionMinor: 0n,
  dilutionAfterFundingMinor: 0n,
  invoicesKnown: 0,
  invoicesSettled: 0,
  businessDate: '',
}

/** Counts by code, in code order; those that reach zero disappear. */
const counted = (counts: readonly Count[], code: string, by: number): readonly Count[] => {
  const before = counts.find((one) => one.code === code)?.count ?? 0
  const others = counts.filter((one) => one.code !== code)
  return before + by === 0
    ? others
    : [...others, { code, count: before + by }].sort((a, b) => (a.code < b.code ? -1 : 1))
}

/** The claim waits no more. */
const noLongerWaiting = (body: PositionBody, invoiceId: string): PositionBody => {
  const place = body.waiting.find((one) => one.invoiceId === invoiceId)
  if (!place) return body
  const waiting = body.waiting.filter((one) => one !== place)
  return { ...body, waiting, waitingByReason: counted(body.waitingByReason, place.code, -1) }
}

const withExposure = (body: PositionBody, on: string): PositionBody => {
  const exposureMinor = body.reservedMinor + body.usedMinor
  return exposureMinor > body.peakExposureMinor
    ? { ...body, exposureMinor, peakExposureMinor: exposureMinor, peakOn: on }
    : { ...body, exposureMinor }
}

/** A receipt as it now stands; without a status it is allocated. */
const withReceipt = (body: PositionBody, receiptId: string, status?: 'waiting' | 'suspended'): PositionBody => {
  const others = body.unallocated.filter((one) => one.receiptId !== receiptId)
  const isNew = others.length === body.unallocated.length
  const unallocated = status ? [...others, { receiptId, status }] : others
  return {
    ...body,
    unallocated,
    receiptsKnown: body.receiptsKnown + (isNew ? 1 : 0),
    receiptsWaiting: unallocated.filter((one) => one.status === 'waiting').length,
    receiptsSuspended: unallocated.filter((one) => one.status === 'suspended').length,
  }
}

export const foldPosition = (before: PositionBody | undefined, fact: Told): PositionBody | undefined => {
  if (!('programmeId' in fact)) return undefined
  const body: PositionBody = { ...(before ?? blank), debtorId: fact.debtorId, currency: fact.currency }
  switch (fact.type) {
    case 'ClaimFinanced': {
      const { invoiceId, advanceMinor, limitMinor, fundedOn } = fact
      const claimsFinanced = body.claimsFinanced + 1
      const reservedMinor = body.reservedMinor + advanceMinor
      return withExposure(noLongerWaiting({ ...body, claimsFinanced, reservedMinor, limitMinor }, invoiceId), fundedOn)
    }
    case 'ClaimReferred':
      return noLongerWaiting(
        { ...body, referredByReason: counted(body.referredByReason, fact.reason, 1) },
        fact.invoiceId,
      )
    case 'ClaimRefused':
      return noLongerWaiting(
        { ...body, refusedByReason: counted(body.refusedByReason, fact.reason, 1) },
        fact.invoiceId,
      )
    case 'ClaimWaiting': {
      const { invoiceId, waitsFor: code } = fact
      const others = noLongerWaiting(body, invoiceId)
      return {
        ...others,
        waiting: [...others.waiting, { invoiceId, code }],
        waitingByReason: counted(others.waitingByReason, code, 1),
        waitedByReason: counted(others.waitedByReason, code, 1),
      }
    }
    case 'AdvanceDisbursed':
      return {
        ...body,
        reservedMinor: body.reservedMinor - fact.advanceMinor,
        usedMinor: body.usedMinor + fact.advanceMinor,
        advancedMinor: body.advancedMinor + fact.advanceMinor,
        disbursedMinor: body.disbursedMinor + fact.payoutMinor,
        discountWithheldMinor: body.discountWithheldMinor + fact.discountMinor,
      }
    case 'AdvanceCancelled': {
      const reservedMinor = body.reservedMinor - fact.advanceMinor
      return withExposure({ ...body, reservedMinor, claimsCancelled: body.claimsCancelled + 1 }, '')
    }
    case 'CashAllocated': {
      const allocated = {
        ...body,
        usedMinor: body.usedMinor - fact.principalMinor,
        repaidMinor: body.repaidMinor + fact.principalMinor,
        penaltyMinor: body.penaltyMinor + fact.penaltyMinor,
        discountEarnedMinor: body.discountEarnedMinor + fact.discountEarnedMinor,
        discountReturnedMinor: body.discountReturnedMinor + fact.discountReturnedMinor,
        toSupplierMinor: body.toSupplierMinor + fact.toSupplierMinor,
        receivedMinor: body.receivedMinor + fact.amountMinor,
        receiptsAllocated: counted(body.receiptsAllocated, fact.explainedBy, 1),
        invoicesSettled: body.invoicesSettled + fact.allocations.filter(({ settles }) => settles).length,
      }
      return withExposure(withReceipt(allocated, fact.receiptId), fact.valueOn)
    }
    case 'CashWaiting':
      return withReceipt(body, fact.receiptId, 'waiting')
    case 'CashSuspended':
      return withReceipt(body, fact.receiptId, 'suspended')
    case 'DilutionRecorded': {
      const after = fact.afterFunding ? fact.amountMinor : 0n
      const dilutionAfterFundingMinor = body.dilutionAfterFundingMinor + after
      return { ...body, dilutionMinor: body.dilutionMinor + fact.amountMinor, dilutionAfterFundingMinor }
    }
    case 'DebtorDayClosed': {
      const { limitMinor, invoicesKnown, next: businessDate } = fact
      return { ...body, limitMinor, invoicesKnown, businessDate }
    }
    default:
      return undefined
  }
}

const definition: ViewDefinition<PositionBody> = {
  name: 'positions',
  hears: [obligorTopic],
  idsOf: (fact) => {
    const told = asTold(fact)
    return 'programmeId' in told && told.programmeId !== '' ? [told.programmeId] : []
  },
  fold: (body, fact) => foldPosition(body, asTold(fact)),
  listedBy: ['debtorId'],
}

const counts = [{ _id: false, code: String, count: Number }]

export const positionsView = {
  definition,
  fields: {
    debtorId: String,
    currency: String,
    limitMinor: BigInt,
    reservedMinor: BigInt,
    usedMinor: BigInt,
    exposureMinor: BigInt,
    peakExposureMinor: BigInt,
    peakOn: String,
    claimsFinanced: Number,
    claimsCancelled: Number,
    referredByReason: counts,
    refusedByReason: counts,
    waitingByReason: counts,
    waitedByReason: counts,
    waiting: [{ _id: false, invoiceId: String, code: String }],
    advancedMinor: BigInt,
    disbursedMinor: BigInt,
    discountWithheldMinor: BigInt,
    discountEarnedMinor: BigInt,
    discountReturnedMinor: BigInt,
    penaltyMinor: BigInt,
    repaidMinor: BigInt,
    toSupplierMinor: BigInt,
    receivedMinor: BigInt,
    receiptsKnown: Number,
    receiptsWaiting: Number,
    receiptsSuspended: Number,
    receiptsAllocated: counts,
    unallocated: [{ _id: false, receiptId: String, status: String }],
    dilutionMinor: BigInt,
    dilutionAfterFundingMinor: BigInt,
    invoicesKnown: Number,
    invoicesSettled: Number,
    businessDate: String,
  },
} satisfies ServiceView
