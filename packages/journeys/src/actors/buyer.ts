/** What a buyer does, who is also the debtor: orders, receives, sends back, confirms or disputes. */
import { accepted, type Caller, type Outcome } from '../client/caller.ts'
import { uploadAccepted, type BulkOptions } from '../client/bulk.ts'
import { onTheWire, segment, type GoodsLine, type GoodsReceipt, type Order, type OrderLine } from './documents.ts'

/** `keys` names the document within its job: the same document is the same wish, however often it is said. */
export const submitOrders = (
  buyer: Caller,
  keys: string,
  orders: readonly Order[],
  options?: BulkOptions,
): Promise<Outcome[]> =>
  uploadAccepted(
    buyer,
    'orders',
    orders.map((order) => ({ document: onTheWire(order), idempotencyKey: `${keys}:order:${order.number}` })),
    options,
  )

export interface Amendment {
  readonly orderNumber: string
  /** Version that the buyer saw. */
  readonly version: number
  readonly lines: readonly OrderLine[]
  readonly reason: string
}

export const amendOrder = async (
  buyer: Caller,
  keys: string,
  { orderNumber, version, lines, reason }: Amendment,
): Promise<Outcome> =>
  accepted(
    `amend ${orderNumber}`,
    await buyer.write({
      path: `/v1/orders/${buyer.actor}/${segment(orderNumber)}/amendments`,
      body: onTheWire({ version, lines, reason }),
      idempotencyKey: `${keys}:amendment:${orderNumber}:${version}`,
    }),
  )

export const cancelOrder = async (buyer: Caller, keys: string, orderNumber: string, reason: string): Promise<Outcome> =>
  accepted(
    `cancel ${orderNumber}`,
    await buyer.write({
      path: `/v1/orders/${buyer.actor}/${segment(orderNumber)}/cancellation`,
      body: { reason },
      idempotencyKey: `${keys}:cancellation:${orderNumber}`,
    }),
  )

export const receiveGoods = (
  buyer: Caller,
  keys: string,
  receipts: readonly GoodsReceipt[],
  options?: BulkOptions,
): Promise<Outcome[]> =>
  uploadAccepted(
    buyer,
    'goods-receipts',
    receipts.map((receipt) => ({ document: onTheWire(receipt), idempotencyKey: `${keys}:receipt:${receipt.number}` })),
    options,
  )

export interface GoodsReturn {
  readonly number: string
  readonly supplierId: string
  readonly returnedOn: string
  readonly lines: readonly GoodsLine[]
  readonly reason: string
}

export const returnGoods = async (buyer: Caller, keys: string, returned: GoodsReturn): Promise<Outcome> =>
  accepted(
    `return ${returned.number}`,
    await buyer.write({
      path: '/v1/returns',
      body: { buyerId: buyer.actor, ...returned },
      idempotencyKey: `${keys}:return:${returned.number}`,
    }),
  )

export interface InvoiceName {
  readonly supplierId: string
  readonly number: string
  readonly issuedOn: string
}

export const invoicePath = ({ supplierId, number, issuedOn }: InvoiceName): string =>
  `${supplierId}/${segment(number)}/${issuedOn}`

export const disputeInvoice = async (
  buyer: Caller,
  keys: string,
  name: InvoiceName,
  reason: string,
): Promise<Outcome> =>
  accepted(
    `dispute ${name.number}`,
    await buyer.write({
      path: `/v1/invoices/${invoicePath(name)}/dispute`,
      body: { reason },
      idempotencyKey: `${keys}:dispute:${invoicePath(name)}`,
    }),
  )
