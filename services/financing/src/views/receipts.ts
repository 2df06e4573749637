/** Each receipt and what explained it, or that it waits for an explanation or a person. */
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { obligor } from '../desks/index.ts'
import { asTold, obligorTopic, type Told } from './told.ts'

export interface ReceiptBody {
  readonly status: 'waiting' | 'allocated' | 'suspended'
  readonly debtorId: string
  readonly supplierId: string
  readonly programmeId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly valueOn: string
  /** Why it waits. */
  readonly detail: string
  readonly explainedBy: string
  readonly officer: string
  readonly allocations: readonly obligor.Allocation[]
}

type OfReceipt = obligor.CashWaiting | obligor.CashAllocated | obligor.CashSuspended

const isOfReceipt = (fact: Told): fact is OfReceipt =>
  fact.type === 'CashWaiting' || fact.type === 'CashAllocated' || fact.type === 'CashSuspended'

export const foldReceipt = (body: ReceiptBody | undefined, fact: Told): ReceiptBody | undefined => {
  if (!isOfReceipt(fact)) return undefined
  const { debtorId, supplierId, programmeId, currency, amountMinor, valueOn } = fact
  const receipt = { debtorId, supplierId, programmeId, currency, amountMinor, valueOn }
  const blank = { detail: '', explainedBy: '', officer: '', allocations: [] }
  switch (fact.type) {
    case 'CashWaiting':
      return { ...blank, ...receipt, status: 'waiting', detail: fact.detail }
    case 'CashSuspended':
      return { ...blank, ...receipt, status: 'suspended', detail: body?.detail ?? '' }
    case 'CashAllocated': {
      const { explainedBy, officer, allocations } = fact
      return { ...blank, ...receipt, status: 'allocated', explainedBy, officer, allocations }
    }
  }
}

const definition: ViewDefinition<ReceiptBody> = {
  name: 'receipts',
  hears: [obligorTopic],
  idsOf: (fact) => {
    const told = asTold(fact)
    return isOfReceipt(told) ? [told.receiptId] : []
  },
  fold: (body, fact) => foldReceipt(body, asTold(fact)),
  listedBy: ['debtorId', 'supplierId', 'status', 'explainedBy'],
}

export const receiptsView = {
  definition,
  fields: {
    status: String,
    debtorId: String,
    supplierId: String,
    programmeId: String,
    currency: String,
    amountMinor: BigInt,
    valueOn: String,
    detail: String,
    explainedBy: String,
    officer: String,
    allocations: [
      {
        _id: false,
        invoiceId: String,
        amountMinor: BigInt,
        penaltyMinor: BigInt,
        principalMinor: BigInt,
        discountEarnedMinor: BigInt,
        discountReturnedMinor: BigInt,
        toSupplierMinor: BigInt,
        settles: Boolean,
        daysOut: Number,
        shortMinor: BigInt,
      },
    ],
  },
} satisfies ServiceView
