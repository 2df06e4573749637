/** Facts are upcast when they are read: older words mean what they meant, whatever today's are. */
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, inTodaysWords, type Upcasts, type WireOf } from '../src/index.ts'

type Cancelled = WireOf<'OrderCancelled'> & { type: 'OrderCancelled' }

const told = (reason: string): Cancelled => ({ type: 'OrderCancelled', orderId: 'acme/1', reason }) as Cancelled

describe('what was said in older words', () => {
  it('is left as it is while no change asks for more', () => {
    const fact = told('no need')
    expect(inTodaysWords(fact)).toBe(fact)
    expect(decodeMessage('triflow.order.v1.OrderCancelled', encodeMessage(fact))).toMatchObject({ reason: 'no need' })
  })

  it('gets what old bytes cannot tell, and only where they do not tell it', () => {
    const table: Upcasts = {
      OrderCancelled: (fact) => (fact.reason === '' ? { ...fact, reason: 'not told' } : fact),
    }
    expect(inTodaysWords(told(''), table)).toEqual(told('not told'))
    expect(inTodaysWords(told('no need'), table)).toEqual(told('no need'))
  })

  it('is told under the name that its meaning has today, through every change since', () => {
    const table: Upcasts = {
      OrderCancelled: ({ orderId }) => ({ type: 'OrderAccepted', orderId }),
      OrderAccepted: ({ orderId }) => ({ type: 'OrderReceived', orderId }),
    }
    expect(inTodaysWords(told(''), table)).toEqual({ type: 'OrderReceived', orderId: 'acme/1' })
  })
})
