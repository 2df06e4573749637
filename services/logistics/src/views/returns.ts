/** Returns: what buyers have sent back, and why. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { GoodsLine, ShipmentFact } from '../desks/index.ts'
import { goodsFields } from './goods-fields.ts'

export interface ReturnBody {
  readonly buyerId: string
  readonly supplierId: string
  readonly returnedOn: string
  readonly reason: string
  readonly lines: readonly GoodsLine[]
}

export const foldReturn = (_body: ReturnBody | undefined, fact: ShipmentFact): ReturnBody | undefined => {
  if (fact.type !== 'GoodsReturned') return undefined
  const { buyerId, supplierId, returnedOn, reason, lines } = fact
  return { buyerId, supplierId, returnedOn, reason, lines }
}

const definition: ViewDefinition<ReturnBody> = {
  name: 'returns',
  hears: [factsTopic('logistics.shipment')],
  idsOf: (fact) => (fact.type === 'GoodsReturned' ? [fact['returnId'] as string] : []),
  fold: (body, fact) => foldReturn(body, fact as unknown as ShipmentFact),
  listedBy: ['buyerId', 'supplierId'],
}

export const returnsView = {
  definition,
  fields: { buyerId: String, supplierId: String, returnedOn: String, reason: String, lines: goodsFields },
} satisfies ServiceView
