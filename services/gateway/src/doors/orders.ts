/** Doors to orders: the buyer submits, amends and cancels, the supplier accepts. */
import { normaliseNumber, orderId } from '@triflow/kernel'
import { z } from 'zod'
import { read, write } from './operation.ts'
import { textOf, views } from './views.ts'
import {
  amountOrZeroMinor,
  breach,
  currency,
  days,
  documentNumber,
  lineNumber,
  localDate,
  minor,
  partyId,
  quantity,
  reason,
  sku,
  text,
  version,
} from './words.ts'

const area = 'Orders'
const params = z.strictObject({ buyerId: partyId, number: documentNumber })
const named = { buyerId: 'acme-motors', number: 'PO-4711' }

const line = z.strictObject({
  line: lineNumber,
  sku,
  description: text(200),
  quantity,
  unitPriceMinor: amountOrZeroMinor,
})
const lines = z
  .array(line)
  .min(1)
  .max(200)
  .refine(
    (all) => new Set(all.map((one) => one.line)).size === all.length,
    breach('LineRepeated', 'a line number is used twice', []),
  )

const exampleLines = [
  { line: 1, sku: 'BRK-200', description: 'Brake disc, front', quantity: 400, unitPriceMinor: '4250' },
  { line: 2, sku: 'BRK-310', description: 'Brake pad set', quantity: 800, unitPriceMinor: '1890' },
]

const linesOf = (all: z.output<typeof lines>) =>
  all.map((one) => ({ ...one, quantity: BigInt(one.quantity), unitPriceMinor: minor(one.unitPriceMinor) }))

export const orderPath = (buyerId: string, number: string) =>
  `/v1/orders/${buyerId}/${encodeURIComponent(normaliseNumber(number))}`

const idOf = (order: { buyerId: string; number: string }) => orderId(order.buyerId, order.number)
const madeOf = (command: { orderId: string }, values: { params: { buyerId: string; number: string } }) => ({
  id: command.orderId,
  location: orderPath(values.params.buyerId, values.params.number),
})

export const orderDoors = [
  write({
    method: 'post',
    path: '/v1/orders',
    bulk: 'orders',
    area,
    action: 'order.submit',
    summary: 'Submit a purchase order',
    creates: true,
    settles: 'order',
    params: z.strictObject({}),
    body: z
      .strictObject({
        buyerId: partyId,
        number: documentNumber,
        supplierId: partyId,
        issuedOn: localDate,
        currency,
        paymentTermDays: days,
        lines,
      })
      .refine(
        (it) => it.buyerId !== it.supplierId,
        breach('PartiesEqual', 'a party cannot buy from itself', ['supplierId']),
      ),
    example: {
      params: {},
      body: {
        buyerId: 'acme-motors',
        number: 'PO-4711',
        supplierId: 'nordwind-components',
        issuedOn: '2026-03-02',
        currency: 'EUR',
        paymentTermDays: 60,
        lines: exampleLines,
      },
    },
    resource: ({ body }) => ({ buyerId: body.buyerId, supplierId: body.supplierId }),
    command: ({ body }) => ({
      type: 'SubmitOrder',
      orderId: idOf(body),
      buyerId: body.buyerId,
      supplierId: body.supplierId,
      number: body.number,
      issuedOn: body.issuedOn,
      currency: body.currency,
      lines: linesOf(body.lines),
      paymentTermDays: body.paymentTermDays,
    }),
    made: (command) => ({ id: command.orderId, location: orderPath(command.buyerId, command.number) }),
  }),
  read({
    path: '/v1/orders/{buyerId}/{number}',
    area,
    action: 'order.read',
    summary: 'Read an order',
    params,
    example: { params: named },
    ...views.orders,
    id: idOf,
    resource: async (document, ownership, { buyerId }) => ({
      buyerId,
      supplierId: textOf(document, 'supplierId'),
      funderIds: await ownership.fundersOf(buyerId),
    }),
  }),
  write({
    method: 'post',
    path: '/v1/orders/{buyerId}/{number}/amendments',
    area,
    action: 'order.amend',
    summary: 'Amend an order: the lines as they are to be from now on',
    creates: false,
    params,
    body: z.strictObject({ version: version.describe('Version that the buyer saw.'), lines, reason }),
    example: { params: named, body: { version: 1, lines: exampleLines, reason: 'Fewer discs this quarter' } },
    resource: (values) => ({ buyerId: values.params.buyerId }),
    command: (values) => ({
      type: 'AmendOrder',
      orderId: idOf(values.params),
      version: values.body.version,
      lines: linesOf(values.body.lines),
      reason: values.body.reason,
    }),
    made: (command, values) => madeOf(command, values),
  }),
  write({
    method: 'post',
    path: '/v1/orders/{buyerId}/{number}/acceptance',
    bulk: 'acceptances',
    area,
    action: 'order.accept',
    summary: 'Accept a version of an order',
    creates: false,
    params,
    body: z.strictObject({ version }),
    example: { params: named, body: { version: 1 } },
    resource: (values, _actor, ownership) => ownership.order(idOf(values.params)),
    command: (values, actor) => ({
      type: 'AcceptOrder',
      orderId: idOf(values.params),
      version: values.body.version,
      acceptedBy: actor.partyId,
    }),
    made: (command, values) => madeOf(command, values),
  }),
  write({
    method: 'post',
    path: '/v1/orders/{buyerId}/{number}/cancellation',
    area,
    action: 'order.cancel',
    summary: 'Cancel an order',
    creates: false,
    params,
    body: z.strictObject({ reason }),
    example: { params: named, body: { reason: 'Model discontinued' } },
    resource: (values) => ({ buyerId: values.params.buyerId }),
    command: (values) => ({ type: 'CancelOrder', orderId: idOf(values.params), reason: values.body.reason }),
    made: (command, values) => madeOf(command, values),
  }),
]
