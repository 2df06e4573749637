/** Orders as buyers and suppliers read them. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import { sum } from '@triflow/kernel'
import type { ServiceView } from '@triflow/platform'
import type { OrderFact, OrderLine } from '../desks/index.ts'

export interface OrderBody {
  readonly buyerId: string
  readonly supplierId: string
  readonly number: string
  readonly issuedOn: string
  readonly currency: string
  readonly paymentTermDays: number
  /** submitted: the current version waits for the supplier. */
  readonly status: 'submitted' | 'accepted' | 'cancelled'
  readonly version: number
  readonly acceptedVersion: number
  readonly acceptedBy: string
  readonly lines: readonly OrderLine[]
  /** Σ quantity × unit price of the current version. */
  readonly amountMinor: bigint
}

const amountOf = (lines: readonly OrderLine[]): bigint => sum(lines.map((line) => line.quantity * line.unitPriceMinor))

export const foldOrder = (body: OrderBody | undefined, fact: OrderFact): OrderBody | undefined => {
  if (fact.type === 'OrderSubmitted') {
    const { buyerId, supplierId, number, issuedOn, currency, paymentTermDays, version, lines } = fact
    const head = { buyerId, supplierId, number, issuedOn, currency, paymentTermDays }
    const standing = { status: 'submitted' as const, version, acceptedVersion: 0, acceptedBy: '' }
    return { ...head, ...standing, lines, amountMinor: amountOf(lines) }
  }
  if (!body) return undefined
  switch (fact.type) {
    case 'OrderAmended': {
      const { version, lines } = fact
      return { ...body, status: 'submitted', version, lines, amountMinor: amountOf(lines) }
    }
    case 'OrderAccepted':
      return { ...body, status: 'accepted', acceptedVersion: fact.version, acceptedBy: fact.acceptedBy }
    case 'OrderCancelled':
      return { ...body, status: 'cancelled' }
  }
}

const folded: ReadonlySet<string> = new Set<OrderFact['type']>([
  'OrderSubmitted',
  'OrderAmended',
  'OrderAccepted',
  'OrderCancelled',
])

const definition: ViewDefinition<OrderBody> = {
  name: 'orders',
  hears: [factsTopic('order.order')],
  idsOf: (fact) => (folded.has(fact.type) ? [(fact as unknown as OrderFact).orderId] : []),
  fold: (body, fact) => foldOrder(body, fact as unknown as OrderFact),
  listedBy: ['buyerId', 'supplierId'],
}

export const ordersView = {
  definition,
  fields: {
    buyerId: String,
    supplierId: String,
    number: String,
    issuedOn: String,
    currency: String,
    paymentTermDays: Number,
    status: String,
    version: Number,
    acceptedVersion: Number,
    acceptedBy: String,
    lines: [{ _id: false, line: Number, sku: String, description: String, quantity: BigInt, unitPriceMinor: BigInt }],
    amountMinor: BigInt,
  },
} satisfies ServiceView
