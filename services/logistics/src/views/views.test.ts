/** What the logistics service's views show after facts. */
import mongoose from 'mongoose'
import { expect, it } from 'vitest'
import type { Said } from '@triflow/desk'
import type { Typed } from '@triflow/kernel'
import type { ShipmentFact } from '../desks/index.ts'
import { receiptsView } from './receipts.ts'
import { returnsView } from './returns.ts'
import { shipmentsView } from './shipments.ts'

type AnyFact = Typed & Record<string, unknown>
type View = {
  definition: {
    idsOf: (fact: AnyFact, said: Said) => readonly string[]
    fold: (body: never, fact: AnyFact, said: Said, id: string) => object | undefined
  }
  fields: object
}
const said = {} as Said

/** Documents of a view after facts, as the follower would write them. */
const shown = (view: View, facts: readonly Typed[]) => {
  const documents: Record<string, object> = {}
  for (const fact of facts as AnyFact[])
    for (const id of view.definition.idsOf(fact, said)) {
      const body = view.definition.fold(documents[id] as never, fact, said, id)
      if (body) documents[id] = body
    }
  return documents
}

/** Documents as the store gives them back: what a view's fields do not declare is silently dropped. */
const stored = (view: View, documents: Record<string, object>) => {
  const model = new mongoose.Mongoose().model(
    'stored',
    new mongoose.Schema(view.fields, { _id: false, minimize: false }),
  )
  return Object.fromEntries(Object.entries(documents).map(([id, body]) => [id, model.castObject(body)]))
}

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
  for (const view of [shipmentsView, receiptsView, returnsView] satisfies View[]) {
    const documents = shown(view, all)
    expect(stored(view, documents)).toEqual(documents)
  }
})
