/** One claim's money from payout to reserve, through both desks: paid once, repaid, booked, and clear at the end. */
import { describe, expect, it } from 'vitest'
import {
  accountRules,
  balanceOf,
  book,
  emptyBooks,
  ledgerRules,
  trialBalance,
  type Books,
  type LedgerFact,
} from './index.ts'
import { accountId, allocation, claim, enrolment, invoice, line, report } from './account/examples.ts'
import { drivenDesk } from '../../test/driven-desk.ts'

const programme = { programmeId: 'wwi', currency: 'USD' }
const advanced = {
  type: 'AdvanceDisbursed',
  ...programme,
  decisionId: claim().decisionId,
  discountMinor: 1_000n,
  payoutMinor: 79_000n,
}
const explained = {
  ...allocation(),
  supplierId: 'litware',
  principalMinor: 80_000n,
  discountEarnedMinor: 500n,
  discountReturnedMinor: 500n,
  penaltyMinor: 0n,
}
const reserveOf = { disbursementId: `${accountId}/L1/reserve`, amountMinor: 35_500n }

const programmeOpened = { type: 'ProgrammeOpened', programme: { programmeId: 'wwi', currency: 'USD' } }

describe('the money of one claim', () => {
  it('leaves once, comes back, is passed on, and clears every account but what the funder earned', () => {
    const account = drivenDesk(accountRules, accountId)
    const ledger = drivenDesk(ledgerRules, 'wwi')
    account.broadcast(programmeOpened)

    account.hear(enrolment())
    account.hear(invoice())
    account.hear(claim(), 1_000)
    // The bank is silent, then does not know, then the statement shows the debit before any answer.
    account.wake(6_000)
    account.ask(report({ result: 'unknown', attempt: 2 }), 6_500)
    account.wake(16_000)
    const debit = line({ lineId: 'L0', direction: 'debit', amountMinor: 79_000n, reference: claim().decisionId })
    account.ask(debit, 17_000)
    account.ask(report({ attempt: 3 }), 17_500)
    account.ask(line(), 20_000)
    account.hear(explained, 21_000)
    account.ask(report({ disbursementId: reserveOf.disbursementId, bankReference: 'B-2' }), 22_000)
    account.ask(
      line({ lineId: 'L2', direction: 'debit', amountMinor: 35_500n, reference: reserveOf.disbursementId }),
      23_000,
    )
    // Everything once more, late.
    account.ask(debit, 30_000)
    account.ask(line(), 30_000)
    account.hear(claim(), 30_000)
    account.hear(explained, 30_000)
    account.ask(report({ result: 'refused' }), 30_000)

    expect(account.said.map(({ type }) => type)).toEqual([
      'CollectionAccountOpened',
      'PayeeUpdated',
      'FundsChecked',
      'DisbursementRequested',
      'DisbursementChased',
      'DisbursementUnknown',
      'DisbursementChased',
      'DisbursementExecuted',
      'DisbursementReconciled',
      'CashReceived',
      'DisbursementRequested',
      'DisbursementExecuted',
      'DisbursementReconciled',
    ])
    expect(account.wakeAt()).toBeUndefined()

    const money = account.said.filter(({ type }) =>
      ['DisbursementRequested', 'DisbursementExecuted', 'CashReceived'].includes(type),
    )
    let books: Books = emptyBooks
    for (const fact of [advanced, ...money.slice(0, 2), explained, ...money.slice(2)]) {
      for (const entry of ledger.hear(fact).facts) books = book(books, entry as LedgerFact)
      expect(trialBalance(books.balances)).toBe(0n)
    }
    expect(books.pending).toEqual([])
    const left = books.balances
      .map(({ account }) => [account, balanceOf(books.balances, account)])
      .filter(([, balance]) => balance !== 0n)
    expect(left).toEqual([
      ['bank:funding', 500n],
      ['income:discount-earned', -500n],
    ])
  })
})
