import { describe, expect, it } from 'vitest'
import { wrongReplay, type Walked } from './replay.ts'

const folded = new Map([
  ['financing.trade-00', { entries: 7, sequence: 7 }],
  ['financing.obligor-00', { entries: 3, sequence: 3 }],
])
const trade: Walked = { desk: 'financing.trade-00', entries: 7, decidedAgain: 7, records: 70 }
const obligor: Walked = { desk: 'financing.obligor-00', entries: 3, decidedAgain: 3, records: 30 }

describe('the gate before figures of replay', () => {
  it('has nothing against journals that were folded to their ends and decided again', () => {
    expect(wrongReplay(folded, [trade, obligor])).toEqual([])
  })

  it.each<[string, Walked, string]>([
    ['a difference of the walk', { ...trade, difference: 'entry 5: fact 0' }, 'entry 5: fact 0'],
    [
      'entries that other code wrote',
      { ...trade, decidedAgain: 6 },
      'financing.trade-00: 6 of 7 entries were decided again',
    ],
    [
      'folding that stopped early',
      { ...trade, entries: 8, decidedAgain: 8 },
      'financing.trade-00: folding ended at 7 after 7 of 8 entries',
    ],
    [
      'a journal that was not folded',
      { ...trade, desk: 'financing.trade-01' },
      'financing.trade-01: folding ended at nothing after 0 of 7 entries',
    ],
  ])('names %s', (_, walked, sentence) => {
    expect(wrongReplay(folded, [walked, obligor])).toEqual([sentence])
  })
})
