/** Where payment facts are told: money to the debtor's desk and the books, the funds side to the order. */
import { describe, expect, it } from 'vitest'
import { decodeMessage, deskEntry, encodeMessage, fullNameOf, topicNamed } from '@triflow/contracts'
import type { AccountFact, LedgerFact } from './desks/index.ts'
import { accountDesk, ledgerDesk } from './wire.ts'

const parties = { accountId: 'litware|wide-world', supplierId: 'litware', debtorId: 'wide-world', programmeId: 'wwi' }
const payout = {
  disbursementId: 'D1',
  ...parties,
  purpose: 'advance' as const,
  causeId: 'D1',
  invoiceId: 'I1',
  currency: 'USD',
  amountMinor: 9n,
}
const money: AccountFact[] = [
  { type: 'DisbursementRequested', ...payout, payeeAccount: 'US1', payeeName: 'litware', attempt: 1 },
  { type: 'DisbursementExecuted', ...payout, bankReference: 'B1' },
  { type: 'DisbursementRefused', ...payout, detail: 'closed' },
  {
    type: 'CashReceived',
    receiptId: 'R1',
    ...parties,
    currency: 'USD',
    amountMinor: 9n,
    valueOn: '2026-03-01',
    reference: '',
    counterparty: '',
  },
]
const funds: AccountFact = {
  type: 'FundsChecked',
  orderId: 'wide-world/PO-1',
  invoiceId: 'I1',
  invoiceVersion: 1,
  accountId: parties.accountId,
  stands: false,
  missing: ['already-paid'],
  history: 'new-pair',
}
const quiet: AccountFact[] = [
  { type: 'CollectionAccountOpened', ...parties, notifiedOn: '2026-01-05' },
  {
    type: 'PayeeUpdated',
    accountId: parties.accountId,
    accountNumber: 'US1',
    verified: true,
    onHold: false,
    accountName: 'Litware, Inc.',
  },
  {
    type: 'DisbursementHeld',
    disbursementId: 'D1',
    accountId: parties.accountId,
    reason: 'payee-hold',
    amountMinor: 9n,
    currency: 'USD',
  },
  { type: 'DisbursementUnknown', disbursementId: 'D1', accountId: parties.accountId, attempt: 1, detail: '' },
  {
    type: 'ReconciliationBroken',
    accountId: parties.accountId,
    lineId: 'L1',
    amountMinor: 9n,
    currency: 'USD',
    reason: '',
    valueOn: '2026-03-01',
    reference: '',
    counterparty: '',
  },
]
const entry: LedgerFact = {
  type: 'LedgerPosted',
  programmeId: 'wwi',
  entryId: 'D1/posted',
  currency: 'USD',
  memo: '',
  status: 'posted',
  postings: [{ debit: 'a', credit: 'b', amountMinor: 9n }],
  causeId: 'D1',
}

describe('routes', () => {
  it.each(money.map((fact) => [fact.type, fact] as const))(
    'tell %s to the pair, the debtor and the programme',
    (_type, fact) =>
      expect(accountDesk.routes(fact)).toEqual([
        { topic: 'triflow.payment.account', key: 'litware|wide-world' },
        { topic: 'triflow.payment.account.by-debtor', key: 'wide-world' },
        { topic: 'triflow.payment.account.by-programme', key: 'wwi' },
      ]),
  )

  it('tell the funds side to each order', () =>
    expect(accountDesk.routes(funds)).toEqual([
      { topic: 'triflow.payment.account', key: 'litware|wide-world' },
      { topic: 'triflow.payment.account.by-order', key: 'wide-world/PO-1' },
    ]))

  it.each(quiet.map((fact) => [fact.type, fact] as const))('keep %s with the pair', (_type, fact) =>
    expect(accountDesk.routes(fact)).toEqual([{ topic: 'triflow.payment.account', key: 'litware|wide-world' }]),
  )

  it('keep ledger entries with the programme', () =>
    expect(ledgerDesk.routes(entry)).toEqual([{ topic: 'triflow.payment.ledger', key: 'wwi' }]))

  it('use only topics that the table has', () => {
    for (const fact of [...money, funds, ...quiet])
      for (const { topic } of accountDesk.routes(fact)) expect(topicNamed(topic).name).toBe(topic)
    expect([accountDesk.name, ledgerDesk.name].map((name) => deskEntry(name).name)).toEqual([
      accountDesk.name,
      ledgerDesk.name,
    ])
  })
})

describe('the wire', () => {
  it.each([...money, funds, ...quiet, entry].map((fact) => [fact.type, fact] as const))(
    'carries %s there and back unchanged',
    (type, fact) => expect(decodeMessage(fullNameOf(type), encodeMessage(fact))).toEqual(fact),
  )
})
