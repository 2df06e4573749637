/** Goods receipts: what buyers say has arrived. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { GoodsLine, ShipmentFact } from '../desks/index.ts'
import { goodsFields } from './goods-fields.ts'

export interface ReceiptBody {
  readonly buyerId: string
  readonly supplierId: string
  readonly number: string
  readonly receivedOn: string
  /** '' when the receipt names no shipment. */
  readonly shipmentId: string
  readonly lines: readonly GoodsLine[]
}

export const foldReceipt = (_body: ReceiptBody | undefined, fact: ShipmentFact): ReceiptBody | undefined => {
  if (fact.type !== 'GoodsReceived') return undefined
  const { buyerId, supplierId, number, receivedOn, shipmentId, lines } = fact
  return { buyerId, supplierId, number, receivedOn, shipmentId, lines }
}

const definition: ViewDefinition<ReceiptBody> = {
  name: 'receipts',
  hears: [factsTopic('logistics.shipment')],
  idsOf: (fact) => (fact.type === 'GoodsReceived' ? [fact['receiptId'] as string] : []),
  fold: (body, fact) => foldReceipt(body, fact as unknown as ShipmentFact),
  listedBy: ['buyerId', 'supplierId'],
}

export const receiptsView = {
  definition,
  fields: {
    buyerId: String,
    supplierId: String,
    number: String,
    receivedOn: String,
    shipmentId: String,
    lines: goodsFields,
  },
} satisfies ServiceView
