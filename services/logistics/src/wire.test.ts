/** Facts of the logistics service reach the right readers and survive the wire. */
import { expect, it } from 'vitest'
import { decodeMessage, encodeMessage, fullNameOf, topics } from '@triflow/contracts'
import type { ShipmentFact } from './desks/index.ts'
import { shipmentDesk } from './wire.ts'

const parties = { supplierId: 'litware', buyerId: 'wide-world' }
const lines = [{ orderId: 'wide-world/PO-1', orderLine: 1, sku: '77', quantity: 10n }]
const shipped = { shipmentId: 'northwind/WB-9', carrierId: 'northwind', happenedOn: '2026-01-23' }
const order = { orderId: 'wide-world/PO-1', ...parties, lines }

const booked: ShipmentFact = {
  type: 'ShipmentBooked',
  shipmentId: 'northwind/WB-9',
  carrierId: 'northwind',
  ...parties,
  number: 'wb-9',
  bookedOn: '2026-01-20',
  lines,
}
const moved: ShipmentFact = {
  type: 'ShipmentMoved',
  ...shipped,
  kind: 'delivered',
  evidenceTier: 2,
  place: 'Dock 4',
  signedBy: 'Kim',
  proofSha256: 'ab'.repeat(32),
}
const received: ShipmentFact = {
  type: 'GoodsReceived',
  receiptId: 'wide-world/GR/1',
  ...parties,
  number: '1',
  receivedOn: '2026-01-24',
  lines,
  shipmentId: '',
}
const returned: ShipmentFact = {
  type: 'GoodsReturned',
  returnId: 'wide-world/RT/1',
  ...parties,
  returnedOn: '2026-01-30',
  lines,
  reason: 'broken',
}
const perOrder: [ShipmentFact, string][] = [
  [{ type: 'OrderShipped', ...order, ...shipped }, 'northwind/WB-9'],
  [{ type: 'OrderDelivered', ...order, ...shipped, evidenceTier: 2 }, 'northwind/WB-9'],
  [{ type: 'OrderReceived', ...order, receiptId: 'wide-world/GR/1', receivedOn: '2026-01-24' }, 'wide-world/GR/1'],
  [{ type: 'OrderReturned', ...order, returnId: 'wide-world/RT/1', returnedOn: '2026-01-30' }, 'wide-world/RT/1'],
]

it('tells documents on the desk’s own topic, under their own key', () => {
  const topic = 'triflow.logistics.shipment'
  expect(shipmentDesk.routes(booked)).toEqual([{ topic, key: 'northwind/WB-9' }])
  expect(shipmentDesk.routes(moved)).toEqual([{ topic, key: 'northwind/WB-9' }])
  expect(shipmentDesk.routes(received)).toEqual([{ topic, key: 'wide-world/GR/1' }])
  expect(shipmentDesk.routes(returned)).toEqual([{ topic, key: 'wide-world/RT/1' }])
})

it('tells each order what of it moved, beside the document’s own key', () => {
  const known = topics.map((topic) => topic.name)
  for (const [fact, key] of perOrder) {
    const routes = shipmentDesk.routes(fact)
    expect(routes).toEqual([
      { topic: 'triflow.logistics.shipment', key },
      { topic: 'triflow.logistics.shipment.by-order', key: 'wide-world/PO-1' },
    ])
    for (const { topic } of routes) expect(known).toContain(topic)
  }
})

it('says facts that come back from their bytes as they were said', () => {
  for (const fact of [booked, moved, received, returned, ...perOrder.map(([fact]) => fact)])
    expect(decodeMessage(fullNameOf(fact.type), encodeMessage(fact))).toEqual(fact)
})
