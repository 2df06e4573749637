import { describe, expect, it } from 'vitest'
import { moneyAudit } from './money.ts'

const receiptId = 'crown|acme/CR-1'

const allocated = {
  type: 'CashAllocated',
  receiptId,
  programmeId: 'p',
  currency: 'CNY',
  amountMinor: 500n,
  principalMinor: 0n,
  penaltyMinor: 0n,
  toSupplierMinor: 500n,
  discountReturnedMinor: 0n,
  allocations: [{ amountMinor: 500n }],
}

const payout = (type: string, disbursementId: string) => ({
  type,
  disbursementId,
  purpose: 'reserve',
  causeId: receiptId,
  amountMinor: 500n,
  currency: 'CNY',
})

const violations = (...facts: readonly { readonly type: string }[]): readonly string[] => {
  const audit = moneyAudit()
  const received = { type: 'CashReceived', receiptId, amountMinor: 500n }
  for (const [index, fact] of [received, allocated, ...facts].entries())
    audit.take({ desk: 'payment.account-00', entry: index + 1, fact })
  return audit.finish().violations
}

describe('the money audit', () => {
  const first = `${receiptId}/reserve`
  const second = `${receiptId}/reserve/2`
  const refusedAndSentAnew = [
    payout('DisbursementRequested', first),
    payout('DisbursementRefused', first),
    payout('DisbursementRequested', second),
  ]

  it('finds nothing wrong with a reserve that the bank refused and that is sent anew to another account', () => {
    expect(violations(...refusedAndSentAnew, payout('DisbursementExecuted', second))).toEqual([])
  })

  it('finds a reserve that was paid under both of its ids', () => {
    const both = [payout('DisbursementExecuted', first), payout('DisbursementExecuted', second)]
    const [only] = violations(payout('DisbursementRequested', first), payout('DisbursementRequested', second), ...both)
    expect(only).toContain(`pays the reserve ${receiptId} again`)
  })

  it('finds a posting in another currency than the programme’s books are in', () => {
    const posted = (entryId: string, currency: string) => ({
      type: 'LedgerPosted',
      programmeId: 'p',
      entryId,
      currency,
      status: 'posted',
      postings: [{ debit: 'cash:bank', credit: 'cash:unallocated', amountMinor: 500n }],
    })
    expect(violations(posted('e1', 'CNY'), posted('e2', 'CNY'))).toEqual([])
    expect(violations(posted('e1', 'CNY'), posted('e2', 'EUR'))).toEqual([
      'payment.account-00@4: e2 posts EUR, and the books of p are in CNY',
    ])
  })

  it('finds a payout that nothing gave cause for', () => {
    const stray = { ...payout('DisbursementRequested', 'x'), causeId: 'nothing' }
    expect(violations(stray)).toEqual(['disbursement x has no decision or allocation behind it'])
  })
})
