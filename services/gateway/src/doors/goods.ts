/** Doors to the goods flow: carriers book and move shipments, buyers receive and return. */
import { normaliseNumber, orderId, receiptId, shipmentId } from '@triflow/kernel'
import { z } from 'zod'
import { read, write } from './operation.ts'
import { orderPath } from './orders.ts'
import { textOf, views } from './views.ts'
import {
  breach,
  documentNumber,
  lineNumber,
  localDate,
  partyId,
  quantity,
  quantityOrNone,
  reason,
  sku,
  text,
} from './words.ts'

const area = 'Goods'
const params = z.strictObject({ carrierId: partyId, number: documentNumber })
const named = { carrierId: 'blitz-cargo', number: 'WB-90210' }

const line = z.strictObject({
  orderNumber: documentNumber.describe('Number of the buyer’s order.'),
  orderLine: lineNumber,
  sku,
  quantity,
})
const lines = z.array(line).min(1).max(200)
const receivedLines = z
  .array(line.extend({ quantity: quantityOrNone }))
  .min(1)
  .max(200)
const exampleLines = [{ orderNumber: 'PO-4711', orderLine: 1, sku: 'BRK-200', quantity: 400 }]

const linesOf = (buyerId: string, all: z.output<typeof lines>) =>
  all.map((one) => ({
    orderId: orderId(buyerId, one.orderNumber),
    orderLine: one.orderLine,
    sku: one.sku,
    quantity: BigInt(one.quantity),
  }))

/** Where goods show up for whoever sent them: in the trade of the first order they belong to. */
const tradeOf = (buyerId: string, all: z.output<typeof lines>) =>
  orderPath(buyerId, all[0]!.orderNumber).replace('/v1/orders/', '/v1/trades/')

const shipmentPath = (carrierId: string, number: string) =>
  `/v1/shipments/${carrierId}/${encodeURIComponent(normaliseNumber(number))}`

/** buyer / RT / the buyer's number of the return. */
const returnId = (buyerId: string, number: string) => `${buyerId}/RT/${normaliseNumber(number)}`

export const goodsDoors = [
  write({
    method: 'post',
    path: '/v1/shipments',
    bulk: 'shipments',
    area,
    action: 'shipment.book',
    summary: 'Book a shipment',
    creates: true,
    params: z.strictObject({}),
    body: z.strictObject({
      carrierId: partyId,
      number: documentNumber.describe('Waybill number.'),
      supplierId: partyId,
      buyerId: partyId,
      bookedOn: localDate,
      lines,
    }),
    example: {
      params: {},
      body: {
        ...named,
        supplierId: 'nordwind-components',
        buyerId: 'acme-motors',
        bookedOn: '2026-03-04',
        lines: exampleLines,
      },
    },
    resource: ({ body }) => ({ carrierId: body.carrierId }),
    command: ({ body }) => ({
      type: 'BookShipment',
      shipmentId: shipmentId(body.carrierId, body.number),
      carrierId: body.carrierId,
      supplierId: body.supplierId,
      buyerId: body.buyerId,
      number: body.number,
      bookedOn: body.bookedOn,
      lines: linesOf(body.buyerId, body.lines),
    }),
    made: (command) => ({ id: command.shipmentId, location: shipmentPath(command.carrierId, command.number) }),
  }),
  read({
    path: '/v1/shipments/{carrierId}/{number}',
    area,
    action: 'shipment.read',
    summary: 'Read a shipment and its events',
    params,
    example: { params: named },
    ...views.shipments,
    id: ({ carrierId, number }) => shipmentId(carrierId, number),
    resource: async (document, ownership, { carrierId }) => {
      const buyerId = textOf(document, 'buyerId')
      return {
        carrierId,
        buyerId,
        supplierId: textOf(document, 'supplierId'),
        funderIds: buyerId ? await ownership.fundersOf(buyerId) : [],
      }
    },
  }),
  write({
    method: 'post',
    path: '/v1/shipments/{carrierId}/{number}/events',
    bulk: 'shipment-events',
    area,
    action: 'shipment.move',
    summary: 'Say that a shipment was picked up, is on its way, or was delivered',
    creates: false,
    params,
    body: z
      .strictObject({
        kind: z.enum(['picked-up', 'in-transit', 'delivered']),
        happenedOn: localDate,
        evidenceTier: z
          .int()
          .min(0)
          .max(3)
          .describe('Proof: 0 none, 1 file, 2 photo with place and time, 3 vehicle track as well.'),
        place: text(200).optional(),
        signedBy: text(100).optional(),
        proofSha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'SHA-256 as 64 lower-case hex digits')
          .optional(),
      })
      .refine(
        (it) => it.evidenceTier === 0 || it.proofSha256 !== undefined,
        breach('ProofMissing', 'a proof of tier 1 or above is named by its SHA-256', ['proofSha256']),
      )
      .refine(
        (it) => it.evidenceTier < 2 || it.place !== undefined,
        breach('PlaceMissing', 'a proof of tier 2 or above names its place', ['place']),
      ),
    example: {
      params: named,
      body: {
        kind: 'delivered',
        happenedOn: '2026-03-06',
        evidenceTier: 2,
        place: 'Acme plant 2, dock 4',
        signedBy: 'M. Brandt',
        proofSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      },
    },
    resource: (values) => ({ carrierId: values.params.carrierId }),
    command: (values) => ({
      type: 'RecordShipmentEvent',
      shipmentId: shipmentId(values.params.carrierId, values.params.number),
      carrierId: values.params.carrierId,
      kind: values.body.kind,
      happenedOn: values.body.happenedOn,
      evidenceTier: values.body.evidenceTier,
      place: values.body.place ?? '',
      signedBy: values.body.signedBy ?? '',
      proofSha256: values.body.proofSha256 ?? '',
    }),
    made: (command, values) => ({
      id: command.shipmentId,
      location: shipmentPath(values.params.carrierId, values.params.number),
    }),
  }),
  write({
    method: 'post',
    path: '/v1/goods-receipts',
    bulk: 'goods-receipts',
    area,
    action: 'goods-receipt.record',
    summary: 'Say what arrived',
    creates: true,
    params: z.strictObject({}),
    body: z
      .strictObject({
        buyerId: partyId,
        number: documentNumber.describe('The buyer’s number of the receipt.'),
        supplierId: partyId,
        receivedOn: localDate,
        carrierId: partyId.optional(),
        shipmentNumber: documentNumber.optional(),
        lines: receivedLines,
      })
      .refine(
        (it) => (it.carrierId === undefined) === (it.shipmentNumber === undefined),
        breach('ShipmentHalfNamed', 'a shipment is named by carrierId and shipmentNumber together', ['shipmentNumber']),
      ),
    example: {
      params: {},
      body: {
        buyerId: 'acme-motors',
        number: 'GR-5001',
        supplierId: 'nordwind-components',
        receivedOn: '2026-03-06',
        carrierId: 'blitz-cargo',
        shipmentNumber: 'WB-90210',
        lines: exampleLines,
      },
    },
    resource: ({ body }) => ({ buyerId: body.buyerId }),
    command: ({ body }) => ({
      type: 'RecordGoodsReceipt',
      receiptId: receiptId(body.buyerId, body.number),
      buyerId: body.buyerId,
      supplierId: body.supplierId,
      number: body.number,
      receivedOn: body.receivedOn,
      lines: linesOf(body.buyerId, body.lines),
      shipmentId: body.carrierId && body.shipmentNumber ? shipmentId(body.carrierId, body.shipmentNumber) : '',
    }),
    made: (command, { body }) => ({ id: command.receiptId, location: tradeOf(body.buyerId, body.lines) }),
  }),
  write({
    method: 'post',
    path: '/v1/returns',
    area,
    action: 'return.record',
    summary: 'Say what goes back',
    creates: true,
    params: z.strictObject({}),
    body: z.strictObject({
      buyerId: partyId,
      number: documentNumber.describe('The buyer’s number of the return.'),
      supplierId: partyId,
      returnedOn: localDate,
      lines,
      reason,
    }),
    example: {
      params: {},
      body: {
        buyerId: 'acme-motors',
        number: 'RT-17',
        supplierId: 'nordwind-components',
        returnedOn: '2026-03-09',
        lines: [{ orderNumber: 'PO-4711', orderLine: 1, sku: 'BRK-200', quantity: 12 }],
        reason: 'Surface rust',
      },
    },
    resource: ({ body }) => ({ buyerId: body.buyerId }),
    command: ({ body }) => ({
      type: 'RecordReturn',
      returnId: returnId(body.buyerId, body.number),
      buyerId: body.buyerId,
      supplierId: body.supplierId,
      returnedOn: body.returnedOn,
      lines: linesOf(body.buyerId, body.lines),
      reason: body.reason,
    }),
    made: (command, { body }) => ({ id: command.returnId, location: tradeOf(body.buyerId, body.lines) }),
  }),
]
