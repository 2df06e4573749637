import { describe, expect, it } from 'vitest'
import { addCoverage, kindOf, noCoverage, noteFault, noteStep, pairsOf, writesTo } from './coverage.ts'

describe('the coverage of steps by faults', () => {
  it.each([
    ['store.insert order.order-00@17 order.order-01@3', 'store.insert'],
    ['store.insert order.order-00@17 reply', 'store.insert reply'],
    ['views.save financing/claims x3 (late)', 'views.save (late)'],
    ['submit order x2 served', 'submit served'],
    ['sleep', 'sleep'],
  ])('takes "%s" for a "%s"', (label, kind) => expect(kindOf(label)).toBe(kind))

  it('knows which writes a full disk stops', () => {
    expect(writesTo('store.insert order.order-00@17')).toBe('database')
    expect(writesTo('views.savePosition views.order/00')).toBe('database')
    expect(writesTo('log.publish triflow.order.order/0x3')).toBe('log')
    expect(writesTo('store.entry order.order-00@17')).toBeUndefined()
    expect(writesTo('store.insert order.order-00@17 reply')).toBeUndefined()
  })

  it('counts the pairs that can be met, and names those that no run has met', () => {
    const [one, other] = [noCoverage(), noCoverage()]
    noteStep(one, { index: 0, process: 'a', label: 'store.entry x@1', kind: 'request' })
    noteStep(other, { index: 0, process: 'a', label: 'sleep', kind: 'timer' })
    noteFault(one, 'store.entry x@1', 'error')
    noteFault(other, 'sleep', 'kill')
    addCoverage(one, other)
    expect(pairsOf(one)).toEqual({
      possible: 9,
      met: 2,
      missing: [
        'sleep × freeze',
        'sleep × clockStep',
        'store.entry × unknown-done',
        'store.entry × unknown-late',
        'store.entry × kill',
        'store.entry × freeze',
        'store.entry × clockStep',
      ],
    })
  })
})
