/** The lines of a goods document: which are allowed, how they read as text, and which order each belongs to. */
import { isPartyId, normaliseNumber } from '@triflow/kernel'
import type { GoodsLine, ShipmentRejection } from './vocabulary.ts'

export const mostLines = 1_000
export const mostOrders = 100

export type Flaw = readonly [code: ShipmentRejection, detail: string]

/** buyer / number, normalised: what an order's id looks like. Another spelling would wait for an order for ever. */
const namesOrder = (orderId: string): boolean => {
  const slash = orderId.indexOf('/')
  if (slash < 0) return false
  const number = orderId.slice(slash + 1)
  return isPartyId(orderId.slice(0, slash)) && number !== '' && normaliseNumber(number) === number
}

/**
 * The first thing wrong with the lines; undefined when nothing is. Only a receipt may say zero: nothing of this line
 * arrived. An order line stands once, for a second one would count the goods twice.
 */
export const flawOfGoods = (lines: readonly GoodsLine[], least: 0n | 1n): Flaw | undefined => {
  if (lines.length === 0) return ['LinesMissing', 'a goods document has at least one line']
  if (lines.length > mostLines) return ['TooManyLines', `at most ${mostLines} lines`]
  const seen = new Set<string>()
  const orders = new Set<string>()
  for (const { orderId, orderLine, quantity } of lines) {
    const place = `line ${orderLine} of ${orderId}`
    if (!namesOrder(orderId) || orderLine < 1) return ['LineNamesNoOrder', `"${orderId}" line ${orderLine}`]
    if (seen.has(place)) return ['LineRepeated', `${place} is there twice`]
    seen.add(place)
    orders.add(orderId)
    if (quantity < 0n) return ['QuantityNegative', place]
    if (quantity < least) return ['QuantityNotPositive', place]
  }
  return orders.size > mostOrders ? ['TooManyOrders', `at most ${mostOrders} orders`] : undefined
}

/** Lines sorted by order and line, so that the same goods always read the same. */
export const sortedGoods = (lines: readonly GoodsLine[]): GoodsLine[] =>
  lines.toSorted((a, b) => (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : a.orderLine - b.orderLine))

export const goodsText = (lines: readonly GoodsLine[]): string =>
  JSON.stringify(sortedGoods(lines).map((l) => [l.orderId, l.orderLine, l.sku, String(l.quantity)]))

/** Each order of a document with its own lines, orders sorted by id. */
export const byOrder = (
  lines: readonly GoodsLine[],
): readonly { readonly orderId: string; readonly lines: GoodsLine[] }[] => {
  const orders: { orderId: string; lines: GoodsLine[] }[] = []
  for (const line of sortedGoods(lines)) {
    const last = orders.at(-1)
    if (last?.orderId === line.orderId) last.lines.push(line)
    else orders.push({ orderId: line.orderId, lines: [line] })
  }
  return orders
}
