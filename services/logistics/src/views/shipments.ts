/** Shipments with their goods and the way they have come. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { EventKind, GoodsLine, ShipmentFact } from '../desks/index.ts'
import { goodsFields } from './goods-fields.ts'

interface Movement {
  readonly kind: EventKind
  readonly happenedOn: string
  readonly evidenceTier: number
  readonly place: string
  readonly signedBy: string
  readonly proofSha256: string
}

export interface ShipmentBody {
  readonly carrierId: string
  readonly supplierId: string
  readonly buyerId: string
  readonly number: string
  readonly bookedOn: string
  readonly lines: readonly GoodsLine[]
  readonly status: 'booked' | EventKind
  readonly movements: readonly Movement[]
}

export const foldShipment = (body: ShipmentBody | undefined, fact: ShipmentFact): ShipmentBody | undefined => {
  if (fact.type === 'ShipmentBooked') {
    const { carrierId, supplierId, buyerId, number, bookedOn, lines } = fact
    return { carrierId, supplierId, buyerId, number, bookedOn, lines, status: 'booked', movements: [] }
  }
  if (fact.type !== 'ShipmentMoved' || !body) return undefined
  const { kind, happenedOn, evidenceTier, place, signedBy, proofSha256 } = fact
  const movement = { kind, happenedOn, evidenceTier, place, signedBy, proofSha256 }
  return { ...body, status: kind, movements: [...body.movements, movement] }
}

const definition: ViewDefinition<ShipmentBody> = {
  name: 'shipments',
  hears: [factsTopic('logistics.shipment')],
  idsOf: (fact) =>
    fact.type === 'ShipmentBooked' || fact.type === 'ShipmentMoved' ? [fact['shipmentId'] as string] : [],
  fold: (body, fact) => foldShipment(body, fact as unknown as ShipmentFact),
  listedBy: ['carrierId', 'supplierId', 'buyerId'],
}

export const shipmentsView = {
  definition,
  fields: {
    carrierId: String,
    supplierId: String,
    buyerId: String,
    number: String,
    bookedOn: String,
    lines: goodsFields,
    status: String,
    movements: [
      {
        _id: false,
        kind: String,
        happenedOn: String,
        evidenceTier: Number,
        place: String,
        signedBy: String,
        proofSha256: String,
      },
    ],
  },
} satisfies ServiceView
