/** Payouts: asked for once, held for the payee, chased while the bank is silent, never paid for lack of an answer. */
import { describe, expect, it } from 'vitest'
import { heard, specification } from '@triflow/kernel/specification'
import { archiveKeyOfDisbursement, chaseDelayMs } from './disbursement.ts'
import { accountId, allocation, claim, payee, payeeChange, ready, report } from './examples.ts'
import { accountRules } from './rules.ts'
import type { DisbursementHeld, DisbursementRequested, Fact } from './vocabulary.ts'

const { given } = specification(accountRules, accountId)
const asked = 1_700_000_000_000

const fields = {
  disbursementId: claim().decisionId,
  accountId,
  purpose: 'advance' as const,
  causeId: claim().decisionId,
  invoiceId: claim().invoiceId,
  supplierId: 'litware',
  debtorId: 'wide-world',
  programmeId: 'wwi',
  currency: 'USD',
  amountMinor: 79_000n,
}
const requested: DisbursementRequested = {
  type: 'DisbursementRequested',
  ...fields,
  payeeAccount: 'US1',
  payeeName: 'Litware, Inc.',
  attempt: 1,
}
const held: DisbursementHeld = {
  type: 'DisbursementHeld',
  disbursementId: fields.disbursementId,
  accountId,
  reason: 'payee-hold',
  amountMinor: 79_000n,
  currency: 'USD',
}
const unknown = {
  type: 'DisbursementUnknown' as const,
  disbursementId: fields.disbursementId,
  accountId,
  attempt: 1,
  detail: 'deadline',
}
const executed = { type: 'DisbursementExecuted' as const, ...fields, bankReference: 'B-1' }
const refused = { type: 'DisbursementRefused' as const, ...fields, detail: 'account closed' }
const paying = [...ready, heard(claim()), requested]

describe('an advance', () => {
  it('is asked for when the claim is financed', () => given(ready).whenHeard(claim()).then([requested]))
  it('is asked for once, though the decision should come again', () => given(paying).whenHeard(claim()).thenNothing())
  it('is not asked for again when it was finished long ago', () => {
    const scene = given(ready)
    scene.archived(archiveKeyOfDisbursement(claim().decisionId), { ...fields, status: 'executed' })
    scene.whenHeard(claim()).thenNothing()
    expect(scene.state().disbursements.size).toBe(0)
  })
  it('is held while the payee is on hold', () =>
    given([...ready, payee({ onHold: true })])
      .whenHeard(claim())
      .then([held]))
  it('goes out, whole, when the hold is lifted', () =>
    given([...ready, payee({ onHold: true }), heard(claim()), held])
      .whenHeard(payeeChange())
      .then([payee(), requested]))
  it('goes to the new account when the payee changed while it was held', () =>
    given([...ready, payee({ onHold: true }), heard(claim()), held])
      .whenHeard(payeeChange({ accountNumber: 'US2' }))
      .then([payee({ accountNumber: 'US2' }), { ...requested, payeeAccount: 'US2' }]))
  it('stays held while only one of two things is cured', () =>
    given([...ready, payee({ onHold: true }), heard(claim()), held])
      .whenHeard(payeeChange({ verified: false }))
      .then([payee({ verified: false })]))
})

describe('a reserve', () => {
  const reserve = {
    ...requested,
    disbursementId: `${accountId}/L1/reserve`,
    purpose: 'reserve',
    causeId: `${accountId}/L1`,
    amountMinor: 35_500n,
  }
  it('is asked for when cash is allocated to the supplier', () =>
    given(ready)
      .whenHeard(allocation())
      .then([reserve as Fact]))
  it('is not asked for when nothing of the receipt is the supplier’s', () =>
    given(ready)
      .whenHeard(allocation({ toSupplierMinor: 0n }))
      .thenNothing())
  describe('that the bank refused', () => {
    const asked = reserve as DisbursementRequested
    const { payeeAccount: _account, payeeName: _name, attempt: _attempt, ...fieldsOfReserve } = asked
    const refusal = { ...fieldsOfReserve, type: 'DisbursementRefused' as const, detail: 'account closed' }
    const known = [...ready, heard(allocation()), asked, refusal]
    const second = { ...asked, disbursementId: `${accountId}/L1/reserve/2`, payeeAccount: 'US2' }

    it('is sent anew, under another id, when the supplier has another account', () =>
      given(known)
        .whenHeard(payeeChange({ accountNumber: 'US2' }))
        .then([payee({ accountNumber: 'US2' }), second]))
    it('is sent anew at once when the account had changed before the bank refused', () =>
      given([...ready, heard(allocation()), asked, payee({ accountNumber: 'US2' })])
        .when(report({ disbursementId: asked.disbursementId, result: 'refused', detail: 'account closed' }))
        .then([refusal, second]))
    it('is not sent anew to the account that refused it', () =>
      given([...known, payee({ onHold: true })])
        .whenHeard(payeeChange())
        .then([payee()]))
    it('is sent anew once for each refusal', () => {
      const again = [...known, payee({ accountNumber: 'US2' }), second]
      given(again)
        .whenHeard(payeeChange({ accountNumber: 'US3' }))
        .then([payee({ accountNumber: 'US3' })])
      given([...again, { ...refusal, disbursementId: second.disbursementId }])
        .whenHeard(payeeChange({ accountNumber: 'US3' }))
        .then([
          payee({ accountNumber: 'US3' }),
          { ...second, disbursementId: `${accountId}/L1/reserve/3`, payeeAccount: 'US3' },
        ])
    })
    it('stays in memory until it is sent anew', () => {
      const finished = Array.from({ length: 200 }, (_, n) => ({ ...requested, disbursementId: `d-${n}` })).flatMap(
        (one) => [one, { ...executed, disbursementId: one.disbursementId }],
      )
      const state = given([...known, ...finished]).state()
      accountRules.retire!(state)
      expect(state.disbursements.has(`${accountId}/L1/reserve`)).toBe(true)
    })
  })

  it('names no invoice when the receipt pays several', () => {
    const two = [
      { invoiceId: 'litware/A/2026-02-01', settles: true },
      { invoiceId: 'litware/B/2026-02-01', settles: true },
    ]
    given(ready)
      .whenHeard(allocation({ allocations: two }))
      .then([{ ...reserve, invoiceId: '' } as Fact])
  })
})

describe('a refused advance', () => {
  it('is not sent anew: its claim is decided anew', () =>
    given([...paying, refused])
      .whenHeard(payeeChange({ accountNumber: 'US2' }))
      .then([payee({ accountNumber: 'US2' })]))
})

describe('the bank’s word', () => {
  it('executes', () => given(paying).when(report()).then([executed]))
  it('refuses', () =>
    given(paying)
      .when(report({ result: 'refused', detail: 'account closed' }))
      .then([refused]))
  it('may be missing, which voids and pays nothing', () =>
    given(paying)
      .when(report({ result: 'unknown', detail: 'deadline' }))
      .then([unknown]))
  it('is believed after it was missing', () => {
    given([...paying, unknown])
      .when(report({ attempt: 3 }))
      .then([executed])
    given([...paying, unknown])
      .when(report({ result: 'refused', detail: 'account closed' }))
      .then([refused])
  })
  it('stands when another word comes later', () => {
    given([...paying, executed])
      .when(report({ result: 'refused' }))
      .thenNothing()
    given([...paying, refused])
      .when(report())
      .thenNothing()
    given([...paying, executed])
      .when(report({ result: 'unknown' }))
      .thenNothing()
  })
  it('is refused when it speaks of a payout that nobody asked for', () =>
    given(ready).when(report()).thenRejected('UnknownDisbursement'))
  it('changes nothing when it speaks of a payout finished long ago', () => {
    const scene = given(ready)
    scene.archived(archiveKeyOfDisbursement(fields.disbursementId), { ...fields, status: 'executed' })
    scene.when(report({ result: 'refused' })).thenNothing()
  })
  it('is refused for a payout that was never sent', () =>
    given([...ready, payee({ onHold: true }), heard(claim()), held])
      .when(report())
      .thenRejected('DisbursementNotSent'))
  it('is refused when it is no word that we know', () =>
    given(paying)
      .when(report({ result: 'maybe' }))
      .thenRejected('UnknownResult'))
})

describe('a silent bank', () => {
  it('is asked again after 5, 10, 20, 40 and then every 60 seconds', () =>
    expect([1, 2, 3, 4, 5, 6, 100].map(chaseDelayMs)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]))

  it('is left alone until then, and asked about the same payout, never for a second', () => {
    const scene = given(paying, asked)
    expect(accountRules.wakeAt!(scene.state())).toBe(asked + 5_000)
    scene.whenWoken(asked + 4_999).thenNothing()
    const { amountMinor, currency, programmeId, disbursementId } = fields
    scene.whenWoken(asked + 5_000).then([
      {
        type: 'DisbursementChased',
        disbursementId,
        accountId,
        attempt: 2,
        programmeId,
        currency,
        amountMinor,
        payeeAccount: 'US1',
        payeeName: 'Litware, Inc.',
      },
    ])
  })

  it('is still chased after it said that it does not know', () => {
    const scene = given([...paying, unknown], asked)
    scene.whenWoken(asked + 5_000).thenTypes(['DisbursementChased'])
  })

  it('is asked to pay the account that was told first, though the payee has changed since', () => {
    const facts = given([...paying, payee({ accountNumber: 'US2' })], asked).whenWoken(asked + 5_000).decision.facts
    expect(facts[0]).toMatchObject({ type: 'DisbursementChased', payeeAccount: 'US1' })
  })

  it('is not asked again once it has answered', () => {
    expect(accountRules.wakeAt!(given([...paying, executed], asked).state())).toBeUndefined()
    given([...paying, executed], asked)
      .whenWoken(asked + 60_000)
      .thenNothing()
  })

  it('is asked about a bounded number of payouts at a time', () => {
    const many = Array.from({ length: 150 }, (_, n) => ({ ...requested, disbursementId: `d-${n}` }))
    expect(given([...ready, ...many], asked).whenWoken(asked + 5_000).decision.facts.length).toBe(100)
  })
})

describe('memory', () => {
  it('keeps open payouts and the newest finished ones; the rest leave for the archive', () => {
    const many = Array.from({ length: 150 }, (_, n) => ({ ...requested, disbursementId: `d-${n}` }))
    const done = many.slice(0, 140).map(({ disbursementId }) => ({ ...executed, disbursementId }))
    const state = given([...ready, ...many, ...done]).state()
    const retired = accountRules.retire!(state)
    expect(retired.map(({ key }) => key)).toEqual(Array.from({ length: 50 }, (_, n) => `disbursement/d-${n}`))
    expect(retired[0]!.item).toEqual({
      disbursementId: 'd-0',
      status: 'executed',
      amountMinor: 79_000n,
      currency: 'USD',
    })
    expect(state.disbursements.size).toBe(100)
    expect(state.disbursements.has('d-149')).toBe(true)
  })
})
