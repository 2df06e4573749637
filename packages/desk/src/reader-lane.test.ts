import { describe, expect, it } from 'vitest'
import { furthest } from './reader-lane.ts'

const [orders, invoices] = ['triflow.order.order/0', 'triflow.order.invoice/0']
const mark = (number: number) => ({ number, hash: `hash-${number}` })

describe('the position to save', () => {
  it('is per input whichever owner has come further, with the marks of that input', () => {
    const position = furthest({
      handled: {
        next: { [orders]: 7, [invoices]: 2 },
        marks: { [`order.order-00>${orders}`]: mark(70), [`order.invoice-00>${invoices}`]: mark(20) },
      },
      saved: {
        version: 4,
        next: { [orders]: 5, [invoices]: 3 },
        marks: { [`order.order-00>${orders}`]: mark(50), [`order.invoice-00>${invoices}`]: mark(30) },
      },
    })
    expect(position).toEqual({
      version: 5,
      next: { [orders]: 7, [invoices]: 3 },
      marks: { [`order.order-00>${orders}`]: mark(70), [`order.invoice-00>${invoices}`]: mark(30) },
    })
  })

  it('keeps what was saved of an input that is no longer read', () => {
    const saved = { version: 1, next: { [invoices]: 3 }, marks: { [`order.invoice-00>${invoices}`]: mark(30) } }
    expect(furthest({ handled: { next: { [orders]: 1 }, marks: {} }, saved })).toEqual({
      version: 2,
      next: { [orders]: 1, [invoices]: 3 },
      marks: saved.marks,
    })
  })
})
