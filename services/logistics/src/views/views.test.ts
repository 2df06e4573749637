/** What the logistics service's views show after facts. */
import { expect, it } from 'vitest'
import type { ServiceView } from '@triflow/platform'
import { shown, stored } from '@triflow/platform/view-testing'
import type { ShipmentFact } from '../desks/index.ts'
import { receiptsView } from './receipts.ts'
import { returnsView } from './returns.ts'
import { shipmentsView } from './shipments.ts'

const parties = { supplierId: 'litware', buyerId: 'wide-world' }
const lines = [{ orderId: 'wide-world/PO-1', orderLine: 1, sku: '77', quantity: 10n }]
const shipmentId = 'northwind/WB-9'
const booking = { carrierId: 'northwind', ...parties, number: 'wb-9', bookedOn: '2026-01-20', lines }
const movement = (kind: 'picked-up' | 'delivered', happenedOn: string) => ({
  kind,
  happenedOn,
  evidenceTier: 0,
  place: '',
  signedBy: 'Kim',
  proofSha256: '',
})
const receipt = { ...parties, number: '4711', receivedOn: '2026-01-24', shipmentId, lines }
const returned = { ...parties, returnedOn: '2026-01-30', reason: 'broken', lines }

const all: readonly (ShipmentFact | { type: 'CommandJudged' })[] = [
  { type: 'ShipmentBooked', shipmentId, ...booking },
  { type: 'CommandJudged' },
  { type: 'ShipmentMoved', shipmentId, carrierId: 'northwind', ...movement('picked-up', '2026-01-21') },
  {
    type: 'OrderShipped',
    orderId: 'wide-world/PO-1',
    shipmentId,
    carrierId: 'northwind',
    ...parties,
    happenedOn: '2026-01-21',
    lines,
  },
  { type: 'ShipmentMoved', shipmentId, carrierId: 'northwind', ...movement('delivered', '2026-01-23') },
  { type: 'GoodsReceived', receiptId: 'wide-world/GR/4711', ...receipt },
  { type: 'GoodsReturned', returnId: 'wide-world/RT/1', ...returned },
]

it('shipments show their goods, how far they are and the way they came', () =>
  expect(shown(shipmentsView, all)).toEqual({
    [shipmentId]: {
      ...booking,
      status: 'delivered',
      movements: [movement('picked-up', '2026-01-21'), movement('delivered', '2026-01-23')],
    },
  }))

it('receipts show what arrived', () => expect(shown(receiptsView, all)).toEqual({ 'wide-world/GR/4711': receipt }))

it('returns show what went back and why', () =>
  expect(shown(returnsView, all)).toEqual({ 'wide-world/RT/1': returned }))

it('every view declares all that it folds', () => {
  for (const view of [shipmentsView, receiptsView, returnsView] satisfies ServiceView[]) {
    const documents = shown(view, all)
    expect(stored(view, documents)).toEqual(documents)
  }
})
