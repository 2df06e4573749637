/** The table of bookings in chart.ts, row by row: what each money fact books. */
import { describe, expect, it } from 'vitest'
import { heard, specification } from '@triflow/kernel/specification'
import { move } from './chart.ts'
import { ledgerRules } from './rules.ts'
import type { Heard, Posting } from './vocabulary.ts'

const { given } = specification(ledgerRules, 'wwi')
const programme = { programmeId: 'wwi', currency: 'USD' }

const advance = { ...programme, disbursementId: 'D1', purpose: 'advance', supplierId: 'litware', amountMinor: 79_130n }
const reserve = {
  ...programme,
  disbursementId: 'R1/reserve',
  purpose: 'reserve',
  supplierId: 'litware',
  amountMinor: 20_500n,
}
const allocated: Heard = {
  type: 'CashAllocated',
  ...programme,
  receiptId: 'R1',
  supplierId: 'litware',
  toSupplierMinor: 20_500n,
  principalMinor: 80_000n,
  discountEarnedMinor: 370n,
  discountReturnedMinor: 500n,
  penaltyMinor: 40n,
}

const posting = (debit: string, credit: string, amountMinor: bigint): Posting => ({ debit, credit, amountMinor })

const pendingAdvance = [posting('disbursements:pending', 'bank:funding', 79_130n)]
const pendingReserve = [posting('payable:supplier:litware', 'bank:collection', 20_500n)]
const allocatedFrom = (cash: string) => [
  posting(cash, 'advances:outstanding', 80_000n),
  posting(cash, 'income:penalty', 40n),
  posting(cash, 'payable:supplier:litware', 20_000n),
  posting('income:discount-unearned', 'income:discount-earned', 370n),
  posting('income:discount-unearned', 'payable:supplier:litware', 500n),
  posting('bank:funding', 'bank:collection', 80_040n),
  posting('bank:collection', 'bank:funding', 500n),
]

const rows: [string, Heard, string, string, Posting[]][] = [
  ['an advance asked for', { type: 'DisbursementRequested', ...advance }, 'D1/pending', 'pending', pendingAdvance],
  ['an advance executed', { type: 'DisbursementExecuted', ...advance }, 'D1/posted', 'posted', pendingAdvance],
  ['an advance refused', { type: 'DisbursementRefused', ...advance }, 'D1/void', 'void', pendingAdvance],
  [
    'a reserve asked for',
    { type: 'DisbursementRequested', ...reserve },
    'R1/reserve/pending',
    'pending',
    pendingReserve,
  ],
  ['a reserve executed', { type: 'DisbursementExecuted', ...reserve }, 'R1/reserve/posted', 'posted', pendingReserve],
  ['a reserve refused', { type: 'DisbursementRefused', ...reserve }, 'R1/reserve/void', 'void', pendingReserve],
  [
    'an advance owed by the debtor',
    { type: 'AdvanceDisbursed', ...programme, decisionId: 'D1', discountMinor: 870n, payoutMinor: 79_130n },
    'D1/advanced',
    'posted',
    [
      posting('advances:outstanding', 'disbursements:pending', 79_130n),
      posting('advances:outstanding', 'income:discount-unearned', 870n),
    ],
  ],
  [
    'cash received',
    { type: 'CashReceived', ...programme, receiptId: 'R1', amountMinor: 100_040n },
    'R1/received',
    'posted',
    [posting('bank:collection', 'cash:unallocated', 100_040n)],
  ],
  [
    'cash suspended',
    { type: 'CashSuspended', ...programme, receiptId: 'R1', amountMinor: 100_040n },
    'R1/suspended',
    'posted',
    [posting('cash:unallocated', 'cash:suspense', 100_040n)],
  ],
  ['cash allocated', allocated, 'R1/allocated', 'posted', allocatedFrom('cash:unallocated')],
]

describe('the table of bookings', () => {
  it.each(rows)('books %s', (_what, fact, entryId, status, postings) => {
    const { facts } = given([]).whenHeard(fact).decision
    expect(facts).toHaveLength(1)
    expect(facts[0]).toMatchObject({ type: 'LedgerPosted', ...programme, entryId, status, postings })
    expect(facts[0]!.causeId).toBe(entryId.slice(0, entryId.lastIndexOf('/')))
  })

  it('takes the cash of a suspended receipt from suspense, and that of the next one from where it is', () => {
    const suspended = heard({ type: 'CashSuspended' as const, ...programme, receiptId: 'R1', amountMinor: 100_040n })
    const { facts } = given([suspended]).whenHeard(allocated).decision
    expect(facts[0]!.postings).toEqual(allocatedFrom('cash:suspense'))
    const next = given([suspended, heard(allocated), facts[0]!]).whenHeard({ ...allocated, receiptId: 'R2' }).decision
    expect(next.facts[0]!.postings).toEqual(allocatedFrom('cash:unallocated'))
    expect(given([suspended, heard(allocated), facts[0]!]).state().suspended.size).toBe(0)
  })

  it('books nothing when an advance is cancelled, as the refusal has voided it', () =>
    given([]).whenHeard({ type: 'AdvanceCancelled' }).thenNothing())

  it('books nothing when a claim is diluted, as no money moves', () =>
    given([]).whenHeard({ type: 'DilutionRecorded' }).thenNothing())

  it('books nothing for a receipt that pays nothing of anything', () => {
    const nothingAtAll = {
      toSupplierMinor: 0n,
      principalMinor: 0n,
      discountEarnedMinor: 0n,
      discountReturnedMinor: 0n,
      penaltyMinor: 0n,
    }
    given([])
      .whenHeard({ ...allocated, ...nothingAtAll })
      .thenNothing()
  })

  it('takes a returned discount that made up for missing cash out of what is owed to the supplier', () => {
    const { facts } = given([]).whenHeard({ ...allocated, toSupplierMinor: 0n, penaltyMinor: 0n }).decision
    expect(facts[0]!.postings).toContainEqual(posting('payable:supplier:litware', 'cash:unallocated', 500n))
  })
})

describe('a movement', () => {
  it('is above zero, whichever way it goes', () => {
    expect(move('a', 'b', 5n)).toEqual([posting('a', 'b', 5n)])
    expect(move('a', 'b', -5n)).toEqual([posting('b', 'a', 5n)])
    expect(move('a', 'b', 0n)).toEqual([])
  })
})
