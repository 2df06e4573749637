/** An invoice's lines are shared out to orders without one lost, whatever order they come in. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { billedOrders } from './billing.ts'
import type { InvoiceLine } from './vocabulary.ts'

const anyLines = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 30 }).map((orders) =>
  orders.map((order, index): InvoiceLine => {
    const amounts = { quantity: 1n, unitPriceMinor: 1n, netMinor: 1n }
    return { line: index + 1, orderId: `b/PO-${order}`, orderLine: 1, sku: '', ...amounts }
  }),
)

it('bills every line exactly once, on its own order, the same for every order of lines', () => {
  const shuffled = anyLines.chain((lines) =>
    fc.tuple(fc.constant(lines), fc.shuffledSubarray(lines, { minLength: lines.length })),
  )
  fc.assert(
    fc.property(shuffled, ([lines, mixed]) => {
      const billed = billedOrders(mixed)
      expect(billed).toEqual(billedOrders(lines))
      const back = billed.flatMap((order) => order.lines)
      expect(back.toSorted((a, b) => a.line - b.line)).toEqual(lines)
      for (const order of billed) expect(order.lines.every((line) => line.orderId === order.orderId)).toBe(true)
    }),
    { numRuns: 200, seed: 20260201 },
  )
})
