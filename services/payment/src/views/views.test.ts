/** What the payment service's views show after facts. */
import { describe, expect, it } from 'vitest'
import { shown } from '@triflow/platform/view-testing'
import type { Typed } from '@triflow/kernel'
import type { AccountFact, LedgerFact } from '../desks/index.ts'
import { accountsView } from './accounts.ts'
import { booksView } from './books.ts'
import { disbursementsView } from './disbursements.ts'
import { ledgerEntriesView } from './ledger-entries.ts'
import { statementLinesView } from './statement-lines.ts'

const accountId = 'litware|wide-world'

const parties = { accountId, supplierId: 'litware', debtorId: 'wide-world', programmeId: 'wwi' }
const payout = {
  disbursementId: 'D1',
  ...parties,
  purpose: 'advance' as const,
  causeId: 'D1',
  invoiceId: 'litware/7/2026-02-01',
  currency: 'USD',
  amountMinor: 79_000n,
}
const requested: AccountFact = {
  type: 'DisbursementRequested',
  ...payout,
  payeeAccount: 'US12345678',
  payeeName: 'litware',
  attempt: 1,
}
const executed: AccountFact = { type: 'DisbursementExecuted', ...payout, bankReference: 'B-1' }
const reconciled: AccountFact = {
  type: 'DisbursementReconciled',
  disbursementId: 'D1',
  accountId,
  lineId: 'L9',
  amountMinor: 79_000n,
  currency: 'USD',
  valueOn: '2026-02-02',
  reference: 'D1',
  counterparty: 'Litware, Inc.',
}
const cash = (lineId: string, valueOn: string): AccountFact => ({
  type: 'CashReceived',
  receiptId: `${accountId}/${lineId}`,
  ...parties,
  currency: 'USD',
  amountMinor: 50_000n,
  valueOn,
  reference: 'INV-7',
  counterparty: 'Wide World',
})
const broken: AccountFact = {
  type: 'ReconciliationBroken',
  accountId,
  lineId: 'L8',
  amountMinor: 3n,
  currency: 'USD',
  reason: 'rent',
  valueOn: '2026-02-03',
  reference: 'RENT',
  counterparty: 'Landlord',
}
const judged: Typed = { type: 'CommandJudged' }

describe('accounts', () => {
  it('shows what came in, what went out, and of the payee’s account only its end', () =>
    expect(
      shown(accountsView, [
        { type: 'CollectionAccountOpened', ...parties, notifiedOn: '2026-01-05' } as AccountFact,
        {
          type: 'PayeeUpdated',
          accountId,
          accountNumber: 'US12345678',
          verified: true,
          onHold: false,
          accountName: 'Litware, Inc.',
        } as AccountFact,
        cash('L1', '2026-03-02'),
        cash('L2', '2026-03-01'),
        requested,
        executed,
        broken,
        judged,
      ]),
    ).toEqual({
      [accountId]: {
        ...parties,
        notifiedOn: '2026-01-05',
        payeeEnding: '5678',
        payeeName: 'Litware, Inc.',
        payeeVerified: true,
        payeeOnHold: false,
        currency: 'USD',
        receiptCount: 2,
        receivedMinor: 100_000n,
        lastReceiptOn: '2026-03-02',
        paidOutMinor: 79_000n,
        breakCount: 1,
      },
    }))
})

describe('disbursements', () => {
  const statusAfter = (...facts: AccountFact[]) => (shown(disbursementsView, facts).D1 as { status: string }).status
  const held: AccountFact = {
    type: 'DisbursementHeld',
    disbursementId: 'D1',
    accountId,
    reason: 'payee-hold',
    amountMinor: 79_000n,
    currency: 'USD',
  }
  const unknown: AccountFact = {
    type: 'DisbursementUnknown',
    disbursementId: 'D1',
    accountId,
    attempt: 1,
    detail: 'deadline',
  }

  it('follows a payout to its end and to the statement line that shows it', () =>
    expect(shown(disbursementsView, [requested, executed, reconciled, cash('L1', '2026-03-01'), judged])).toEqual({
      D1: {
        ...payout,
        status: 'executed',
        attempts: 1,
        bankReference: 'B-1',
        detail: '',
        reconciledBy: 'L9',
        requestedAtMs: 0,
        finishedAtMs: 1_000,
      },
    }))

  it('names each state that a payout can be in', () => {
    expect(statusAfter(held)).toBe('held')
    expect(statusAfter(held, requested)).toBe('requested')
    expect(statusAfter(requested, unknown)).toBe('unknown')
    expect(statusAfter(requested, unknown, executed)).toBe('executed')
    expect(statusAfter(requested, { ...executed, type: 'DisbursementRefused', detail: 'closed' } as AccountFact)).toBe(
      'refused',
    )
  })

  it('counts the attempts', () => {
    const { programmeId, currency, amountMinor } = payout
    const chased = {
      disbursementId: 'D1',
      accountId,
      attempt: 2,
      programmeId,
      currency,
      amountMinor,
      payeeAccount: 'US1',
      payeeName: '',
    }
    expect(
      shown(disbursementsView, [requested, { type: 'DisbursementChased', ...chased } as AccountFact]).D1,
    ).toMatchObject({ attempts: 2, status: 'requested' })
  })
})

describe('statement lines', () => {
  it('shows credits, debits that agree, and breaks', () =>
    expect(shown(statementLinesView, [cash('L1', '2026-03-01'), reconciled, broken, requested, judged])).toMatchObject({
      [`${accountId}/L1`]: {
        lineId: 'L1',
        direction: 'credit',
        status: 'credit',
        amountMinor: 50_000n,
        reference: 'INV-7',
      },
      [`${accountId}/L9`]: {
        lineId: 'L9',
        direction: 'debit',
        status: 'reconciled',
        disbursementId: 'D1',
        valueOn: '2026-02-02',
      },
      [`${accountId}/L8`]: { lineId: 'L8', direction: 'debit', status: 'broken', reason: 'rent', reference: 'RENT' },
    }))
})

describe('books', () => {
  const entry = (
    entryId: string,
    causeId: string,
    status: LedgerFact['status'],
    debit: string,
    credit: string,
    amountMinor: bigint,
  ): LedgerFact => ({
    type: 'LedgerPosted',
    programmeId: 'wwi',
    entryId,
    causeId,
    currency: 'USD',
    memo: '',
    status,
    postings: [{ debit, credit, amountMinor }],
  })
  const pending = entry('D1/pending', 'D1', 'pending', 'disbursements:pending', 'bank:funding', 79_000n)
  const posted = entry('D1/posted', 'D1', 'posted', 'disbursements:pending', 'bank:funding', 79_000n)
  const received = entry('R1/received', 'R1', 'posted', 'bank:collection', 'cash:unallocated', 5n)

  it('keep a pending payout off the balances and count it', () =>
    expect(shown(booksView, [pending, judged])).toMatchObject({
      wwi: { entryCount: 1, pendingCount: 1, balances: [], trialBalanceMinor: 0n },
    }))

  it('show each account with its balance, sorted, and a trial balance of zero', () =>
    expect(shown(booksView, [pending, received, posted])).toEqual({
      wwi: {
        programmeId: 'wwi',
        currency: 'USD',
        entryCount: 3,
        pending: [],
        pendingCount: 0,
        trialBalanceMinor: 0n,
        balances: [
          { account: 'bank:collection', debitMinor: 5n, creditMinor: 0n, balanceMinor: 5n },
          { account: 'bank:funding', debitMinor: 0n, creditMinor: 79_000n, balanceMinor: -79_000n },
          { account: 'cash:unallocated', debitMinor: 0n, creditMinor: 5n, balanceMinor: -5n },
          { account: 'disbursements:pending', debitMinor: 79_000n, creditMinor: 0n, balanceMinor: 79_000n },
        ],
      },
    }))

  it('forget a pending payout that was voided', () =>
    expect(shown(booksView, [pending, { ...pending, entryId: 'D1/void', status: 'void' } as LedgerFact])).toMatchObject(
      { wwi: { pendingCount: 0, balances: [] } },
    ))

  it('can be read entry by entry', () =>
    expect(shown(ledgerEntriesView, [pending, posted])).toMatchObject({
      'D1/pending': { status: 'pending', causeId: 'D1', bookedAtMs: 0 },
      'D1/posted': { status: 'posted', causeId: 'D1', bookedAtMs: 1_000 },
    }))
})
