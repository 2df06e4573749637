/** The goods of a trade: one delivery, two, or one that is short; their receipt; sometimes a return. */
import { receiptId, shipmentId } from '@triflow/kernel'
import type { Deal } from './deal.ts'
import type { Play } from './play.ts'
import type { Chance } from './stage.ts'

interface Goods {
  readonly orderId: string
  readonly orderLine: number
  readonly sku: string
  readonly quantity: bigint
}

const allGoods = (deal: Deal): Goods[] =>
  deal.orders.flatMap(({ id, lines }) =>
    lines.map(({ line, sku, quantity }) => ({ orderId: id, orderLine: line, sku, quantity })),
  )

/** One delivery, two, or one with something missing. */
const drawDeliveries = (goods: Goods[], chance: Chance): Goods[][] => {
  if (chance.of(15)) {
    const half = goods.map((one) => ({ ...one, quantity: one.quantity / 2n })).filter(({ quantity }) => quantity > 0n)
    return [half, goods.map((one) => ({ ...one, quantity: one.quantity - one.quantity / 2n }))]
  }
  if (chance.of(8)) return [goods.map((one, index) => (index === 0 ? { ...one, quantity: one.quantity - 1n } : one))]
  return [goods]
}

const PROOF = '0'.repeat(64)

export const deliver = async (play: Play): Promise<void> => {
  const { stage, chance, deal, paceMs } = play
  const { debtor, supplier, carrierId } = deal
  if (chance.of(5)) return
  const deliveries = drawDeliveries(allGoods(deal), chance)
  await Promise.all(
    deliveries.map(async (lines, part) => {
      await chance.pause(paceMs)
      const waybill = `WB-${deal.name}-${part}`
      const shipment = shipmentId(carrierId, waybill)
      const move = (kind: string, evidenceTier: number): Promise<unknown> =>
        stage.voice.say(carrierId, `${kind} ${waybill}`, {
          type: 'RecordShipmentEvent',
          shipmentId: shipment,
          carrierId,
          kind,
          happenedOn: stage.today,
          evidenceTier,
          place: evidenceTier > 0 ? 'Dock 3' : '',
          signedBy: evidenceTier > 0 ? 'Zhao Ke' : '',
          proofSha256: evidenceTier > 0 ? PROOF : '',
        })
      await stage.voice.say(carrierId, `book ${waybill}`, {
        type: 'BookShipment',
        shipmentId: shipment,
        carrierId,
        supplierId: supplier.partyId,
        buyerId: debtor.partyId,
        number: waybill,
        bookedOn: stage.today,
        lines,
      })
      await move('picked-up', 0)
      await chance.pause(paceMs)
      // The dock may write its receipt before the driver has said that he is there.
      const driver = move('delivered', 2)
      if (chance.of(70)) await driver
      if (!chance.of(4))
        await stage.voice.say(debtor.partyId, `receipt ${waybill}`, {
          type: 'RecordGoodsReceipt',
          receiptId: receiptId(debtor.partyId, `GR-${deal.name}-${part}`),
          buyerId: debtor.partyId,
          supplierId: supplier.partyId,
          number: `GR-${deal.name}-${part}`,
          receivedOn: stage.today,
          lines,
          shipmentId: shipment,
        })
      await driver
    }),
  )
  if (chance.of(5)) await sendBack(play)
}

const sendBack = async ({ stage, deal }: Play): Promise<void> => {
  const { debtor, supplier } = deal
  const first = allGoods(deal)[0]!
  await stage.voice.say(debtor.partyId, `return ${deal.name}`, {
    type: 'RecordReturn',
    returnId: `${debtor.partyId}/RT-${deal.name}`,
    buyerId: debtor.partyId,
    supplierId: supplier.partyId,
    returnedOn: stage.today,
    lines: [{ ...first, quantity: 1n }],
    reason: 'Damaged in transit',
  })
}
