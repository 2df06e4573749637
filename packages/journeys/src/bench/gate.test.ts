import { describe, expect, it } from 'vitest'
import { wrongDecisions, type Decision } from './gate.ts'

const financed = (invoiceId: string, advanceMinor = 800n, payoutMinor = 790n): Decision => ({
  type: 'ClaimFinanced',
  invoiceId,
  advanceMinor,
  payoutMinor,
})
const expected = new Map([
  ['INV-1', { advanceMinor: 800n, payoutMinor: 790n }],
  ['INV-2', { advanceMinor: 80n, payoutMinor: 79n }],
])
const asExpected = [financed('INV-1'), financed('INV-2', 80n, 79n)]

describe('the gate before figures', () => {
  it('has nothing against trades that were each financed once with their amount', () => {
    expect(wrongDecisions(expected, asExpected)).toEqual([])
  })

  it.each<[string, readonly Decision[], string]>([
    ['a trade that was not decided', [financed('INV-1')], 'INV-2 was not decided'],
    ['a trade that was financed twice', [...asExpected, financed('INV-1')], 'INV-1 was decided 2 times'],
    [
      'another amount advanced',
      [financed('INV-1'), financed('INV-2', 800n, 790n)],
      'INV-2 was financed with 800, paid out 790, instead of 80 and 79',
    ],
    [
      'another amount paid out',
      [financed('INV-1', 800n, 791n), financed('INV-2', 80n, 79n)],
      'INV-1 was financed with 800, paid out 791, instead of 800 and 790',
    ],
    [
      'a trade that was referred',
      [financed('INV-1'), { ...financed('INV-2', 0n, 0n), type: 'ClaimReferred' }],
      'INV-2 was not financed: ClaimReferred',
    ],
    [
      'a decision about a claim that lacks a leg',
      [...asExpected, financed('INV-3')],
      'INV-3 has a decision (ClaimFinanced) and should have none',
    ],
  ])('names %s', (_, decisions, sentence) => {
    expect(wrongDecisions(expected, decisions)).toEqual([sentence])
  })

  it('names a trade that waited first and was financed later, which the run did not ask for', () => {
    const waited = { ...financed('INV-1', 0n, 0n), type: 'ClaimWaiting' }
    expect(wrongDecisions(expected, [waited, ...asExpected])).toEqual([
      'INV-1 was not financed: ClaimWaiting',
      'INV-1 was decided 2 times',
    ])
  })
})
