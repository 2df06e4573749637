/** The orders that an invoice bills, each with its lines. */
import type { InvoiceLine } from './vocabulary.ts'

/** The part of an invoice that bills one order. */
export interface Billed {
  readonly orderId: string
  readonly lines: InvoiceLine[]
}

/** Lines by order: orders sorted by id, lines by number, so that the same document always reads the same. */
export const billedOrders = (lines: readonly InvoiceLine[]): readonly Billed[] => {
  const orders = new Map<string, InvoiceLine[]>()
  for (const line of lines) {
    const known = orders.get(line.orderId)
    if (known) known.push(line)
    else orders.set(line.orderId, [line])
  }
  return [...orders.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([orderId, its]) => ({ orderId, lines: its.sort((a, b) => a.line - b.line) }))
}
