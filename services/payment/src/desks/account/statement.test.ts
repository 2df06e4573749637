/** The bank's statement: cash in, payouts confirmed, and everything else a break for a person. */
import { describe, expect, it } from 'vitest'
import { heard, specification } from '@triflow/kernel/specification'
import { archiveKeyOfDisbursement } from './disbursement.ts'
import { accountId, claim, line, payee, ready } from './examples.ts'
import { accountRules } from './rules.ts'
import { archiveKeyOfLine } from './statement.ts'
import type { DisbursementRequested } from './vocabulary.ts'

const { given } = specification(accountRules, accountId)

const requested: DisbursementRequested = {
  type: 'DisbursementRequested',
  disbursementId: claim().decisionId,
  accountId,
  purpose: 'advance',
  causeId: claim().decisionId,
  invoiceId: claim().invoiceId,
  supplierId: 'litware',
  debtorId: 'wide-world',
  programmeId: 'wwi',
  currency: 'USD',
  amountMinor: 79_000n,
  payeeAccount: 'US1',
  payeeName: 'Litware, Inc.',
  attempt: 1,
}
const { payeeAccount: _account, payeeName: _name, attempt: _attempt, ...fields } = requested
const executed = { ...fields, type: 'DisbursementExecuted' as const, bankReference: 'B-1' }
const refused = { ...fields, type: 'DisbursementRefused' as const, detail: 'closed' }
const paying = [...ready, requested]
const debit = line({ direction: 'debit', amountMinor: 79_000n, reference: claim().decisionId, counterparty: 'Litware' })
const reconciled = {
  type: 'DisbursementReconciled' as const,
  disbursementId: claim().decisionId,
  accountId,
  lineId: 'L1',
  amountMinor: 79_000n,
  currency: 'USD',
  valueOn: '2026-03-01',
  reference: claim().decisionId,
  counterparty: 'Litware',
}

describe('a credit', () => {
  it('is cash received, as the bank wrote it', () =>
    given(ready)
      .when(line({ reference: 'inv-9' }))
      .then([
        {
          type: 'CashReceived',
          receiptId: `${accountId}/L1`,
          accountId,
          supplierId: 'litware',
          debtorId: 'wide-world',
          programmeId: 'wwi',
          currency: 'USD',
          amountMinor: 115_000n,
          valueOn: '2026-03-01',
          reference: 'inv-9',
          counterparty: 'Wide World',
        },
      ]))

  it.each([
    ['an account nobody opened', [], line(), 'UnknownCollectionAccount'],
    ['another currency', ready, line({ currency: 'EUR' }), 'CurrencyDiffers'],
    ['nothing', ready, line({ amountMinor: 0n }), 'AmountNotPositive'],
    ['less than nothing', ready, line({ amountMinor: -1n }), 'AmountNotPositive'],
    ['a day that does not exist', ready, line({ valueOn: '2026-02-30' }), 'InvalidDate'],
    ['no line id', ready, line({ lineId: '' }), 'LineIdMissing'],
    ['another direction', ready, line({ direction: 'sideways' }), 'UnknownDirection'],
    ['a programme that is not known', ready.slice(1), line(), 'UnknownProgramme'],
  ])('is refused for %s', (_what, past, command, code) => given(past).when(command).thenRejected(code))

  it('is refused, and no more, for a key that is no account at all', () =>
    specification(accountRules, 'nonsense')
      .given([])
      .when(line({ accountId: 'nonsense' }))
      .thenRejected('UnknownCollectionAccount'))
})

describe('the same line id', () => {
  const received = given(ready).when(line()).decision.facts

  it('changes nothing when the content is the same', () =>
    given([...ready, ...received])
      .when(line())
      .thenNothing())
  it.each([
    ['amount', line({ amountMinor: 1n })],
    ['value date', line({ valueOn: '2026-03-02' })],
    ['reference', line({ reference: 'INV-7' })],
    ['counterparty', line({ counterparty: 'somebody else' })],
    ['direction', line({ direction: 'debit' })],
  ])('is a conflict when the %s differs', (_what, command) =>
    given([...ready, ...received])
      .when(command)
      .thenRejected('StatementLineConflict'),
  )

  it('is still known when the line has left for the archive', () => {
    const many = Array.from(
      { length: 203 },
      (_, n) => given(ready).when(line({ lineId: `L${n}` })).decision.facts,
    ).flat()
    const state = given([...ready, ...many]).state()
    const retired = accountRules.retire!(state)
    expect(retired.map(({ key }) => key)).toEqual(['L0', 'L1', 'L2'].map((id) => archiveKeyOfLine(accountId, id)))
    const scene = given(ready)
    scene.archived(retired[1]!.key, retired[1]!.item)
    scene.when(line()).thenNothing()
    scene.when(line({ amountMinor: 1n })).thenRejected('StatementLineConflict')
    expect(accountRules.keysNeeded!(line())).toContain(retired[1]!.key)
  })

  it('changes nothing for a debit either, and is a conflict when its amount or date differs', () => {
    const seen = given([...paying, executed, reconciled])
    seen.when(debit).thenNothing()
    seen.when({ ...debit, amountMinor: 78_999n }).thenRejected('StatementLineConflict')
    seen.when({ ...debit, valueOn: '2026-03-02' }).thenRejected('StatementLineConflict')
  })
})

describe('a debit', () => {
  it('confirms a payout that the bank has executed', () =>
    given([...paying, executed])
      .when(debit)
      .then([reconciled]))

  it('is the bank’s word for a payout that it has not answered', () =>
    given(paying)
      .when(debit)
      .then([{ ...executed, bankReference: 'L1' }, reconciled]))

  it('is the bank’s word for a payout whose end was unknown', () =>
    given([
      ...paying,
      { type: 'DisbursementUnknown', disbursementId: requested.disbursementId, accountId, attempt: 1, detail: '' },
    ])
      .when(debit)
      .thenTypes(['DisbursementExecuted', 'DisbursementReconciled']))

  it.each([
    ['it names nothing of ours', [...paying, executed], { ...debit, reference: 'rent' }],
    ['the amount differs', [...paying, executed], { ...debit, amountMinor: 79_001n }],
    ['the bank had refused it', [...paying, refused], debit],
    ['it was debited before', [...paying, executed, reconciled], { ...debit, lineId: 'L2' }],
    [
      'it was never sent',
      [
        ...ready,
        payee({ onHold: true }),
        heard(claim()),
        {
          type: 'DisbursementHeld' as const,
          disbursementId: claim().decisionId,
          accountId,
          reason: 'payee-hold',
          amountMinor: 79_000n,
          currency: 'USD',
        },
      ],
      debit,
    ],
  ])('is a break when %s', (_why, past, command) => given(past).when(command).thenTypes(['ReconciliationBroken']))

  it('finds a payout that has left for the archive, once', () => {
    const archived = { disbursementId: claim().decisionId, status: 'executed', amountMinor: 79_000n, currency: 'USD' }
    const scene = given(ready)
    expect(accountRules.keysNeeded!(debit)).toContain(archiveKeyOfDisbursement(claim().decisionId))
    scene.archived(archiveKeyOfDisbursement(claim().decisionId), archived)
    scene.when(debit).then([reconciled])
    const after = given([...ready, reconciled])
    after.archived(archiveKeyOfDisbursement(claim().decisionId), archived)
    after.when({ ...debit, lineId: 'L2' }).thenTypes(['ReconciliationBroken'])
  })
})
