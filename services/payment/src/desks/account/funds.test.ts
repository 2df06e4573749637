/** The funds side: the payment service's own word on whether an invoice may be lent against. */
import { describe, expect, it } from 'vitest'
import { heard, specification } from '@triflow/kernel/specification'
import {
  accountId,
  allocation,
  claim,
  enrolment,
  invoice,
  line,
  opened,
  payee,
  payeeChange,
  ready,
} from './examples.ts'
import { numbersNamed } from './funds.ts'
import { accountRules } from './rules.ts'
import type { FundsChecked } from './vocabulary.ts'

const { given } = specification(accountRules, accountId)

const check = (changes: Partial<FundsChecked> = {}): FundsChecked => ({
  type: 'FundsChecked',
  orderId: 'wide-world/PO-1',
  invoiceId: 'litware/INV-7/2026-02-01',
  invoiceVersion: 1,
  accountId,
  stands: true,
  missing: [],
  history: 'new-pair',
  ...changes,
})
const lacking = (...missing: FundsChecked['missing']) => check({ stands: false, missing })

describe('the funds side of an invoice', () => {
  it('stands when the account is open and notified and the payee is verified', () =>
    given(ready).whenHeard(invoice()).then([check()]))

  it('is told once for each order that the invoice bills', () =>
    given(ready)
      .whenHeard(invoice({ orderIds: ['wide-world/PO-1', 'wide-world/PO-2'] }))
      .then([check(), check({ orderId: 'wide-world/PO-2' })]))

  it('names everything that is missing for a pair that nobody enrolled', () =>
    given([])
      .whenHeard(invoice())
      .then([lacking('collection-account', 'payee-account', 'payee-verification')]))

  it('does not stand on an account that is registered and not verified', () =>
    given([opened, payee({ verified: false })])
      .whenHeard(invoice())
      .then([lacking('payee-verification')]))

  it('does not stand while the payee is on hold', () =>
    given([...ready, payee({ onHold: true })])
      .whenHeard(invoice())
      .then([lacking('payee-hold')]))

  it('does not stand when the debtor was never told to pay here', () =>
    given([{ ...opened, notifiedOn: '' }, payee()])
      .whenHeard(invoice())
      .then([lacking('collection-account')]))

  it('does not stand when a receipt already names the invoice, however it is typed', () => {
    const past = [...ready]
    const received = given(past).when(line({ reference: 'Payment ＩＮＶ - 7' })).decision.facts
    given([...past, ...received])
      .whenHeard(invoice())
      .then([{ ...lacking('already-paid'), history: '1 payments' }])
  })

  it('tells the pair’s history', () => {
    const received = ['L1', 'L2', 'L3'].flatMap((lineId) => given(ready).when(line({ lineId })).decision.facts)
    given([...ready, ...received])
      .whenHeard(invoice())
      .then([check({ history: '3 payments' })])
  })

  it('is told anew when the pair is enrolled at last', () =>
    given([heard(invoice()), lacking('collection-account', 'payee-account', 'payee-verification')])
      .whenHeard(enrolment())
      .then([opened, payee(), check()]))

  it('is told anew when the payee is put on hold, and again when the hold is lifted', () => {
    const known = [...ready, heard(invoice()), check()]
    given(known)
      .whenHeard(payeeChange({ onHold: true }))
      .then([payee({ onHold: true }), lacking('payee-hold')])
    given([...known, payee({ onHold: true }), lacking('payee-hold')])
      .whenHeard(payeeChange())
      .then([payee(), check()])
  })

  it('is told anew when a receipt names the invoice', () => {
    const decision = given([...ready, heard(invoice()), check()]).when(line({ reference: 'INV-7' })).decision
    expect(decision.facts.slice(1)).toEqual([{ ...lacking('already-paid'), history: '1 payments' }])
  })

  it('is not told again when nothing changed', () =>
    given([...ready, heard(invoice()), check()])
      .whenHeard(payeeChange())
      .thenNothing())

  it('is asked anew for a newer version, and an older version is ignored', () => {
    given([...ready, heard(invoice()), check()])
      .whenHeard(invoice({ version: 2 }))
      .then([check({ invoiceVersion: 2 })])
    given([...ready, heard(invoice({ version: 2 })), check({ invoiceVersion: 2 })])
      .whenHeard(invoice({ version: 1 }))
      .thenNothing()
  })

  it('is no longer asked once the claim is financed', () =>
    given([...ready, heard(invoice()), check(), heard(claim())])
      .whenHeard(payeeChange({ onHold: true }))
      .then([payee({ onHold: true })]))

  it('is no longer asked once credit notes have taken the whole invoice back', () =>
    given([
      ...ready,
      heard(invoice()),
      check(),
      heard({
        type: 'CreditNoteIssued' as const,
        invoiceId: invoice().invoiceId,
        netMinor: 100_000n,
        taxMinor: 15_000n,
      }),
    ])
      .whenHeard(payeeChange({ onHold: true }))
      .then([payee({ onHold: true })]))

  it('stands again when the receipt that used its number turns out to pay an older invoice', () => {
    const received = given(ready).when(line({ reference: 'INV-7' })).decision.facts
    const paysOld = allocation({
      toSupplierMinor: 0n,
      allocations: [{ invoiceId: 'litware/INV-7/2025-06-01', settles: true }],
    })
    given([
      ...ready,
      heard(claim({ invoiceId: 'litware/INV-7/2025-06-01', decisionId: 'old' })),
      ...received,
      heard(invoice()),
      lacking('already-paid'),
    ])
      .whenHeard(paysOld)
      .then([check({ history: '1 payments' })])
  })

  it('says already paid of an invoice whose payment was explained before the invoice was heard of, once', () => {
    const scene = given([...ready, heard(allocation())])
    scene.whenHeard(invoice()).then([lacking('already-paid')])
    given([...ready, heard(allocation()), heard(invoice()), lacking('already-paid')])
      .whenHeard(payeeChange({ onHold: true }))
      .then([payee({ onHold: true })])
  })

  it('tells a long backlog in bounded pieces and asks to be woken for the rest', () => {
    const many = Array.from({ length: 700 }, (_, n) =>
      heard(invoice({ invoiceId: `litware/${n}/2026-02-01`, number: `${n}` })),
    )
    const scene = given([...many, opened])
    const first = scene.whenHeard(payeeChange()).decision.facts
    expect(first.length).toBe(501)
    let state = scene.state()
    for (const fact of first) state = accountRules.evolve(state, fact, 1_000)
    expect(accountRules.wakeAt!(state)).toBe(1_000)
    const context = { key: accountId, at: 2_000, shared: accountRules.initialShared(), loaded: new Map() }
    const rest = accountRules.decide({ kind: 'tick' }, state, context).facts
    expect(rest.length).toBe(200)
    for (const fact of rest) state = accountRules.evolve(state, fact, 2_000)
    expect(accountRules.wakeAt!(state)).toBeUndefined()
  })
})

describe('what a reference names', () => {
  it.each([
    ['INV-7', 'INV-7'],
    ['inv-7, inv-8', 'INV-8'],
    ['payment of INV 7 from March', 'INV7'],
    ['ＩＮＶ－７', 'INV-7'],
    ['INV/2026/7', 'INV20267'],
    ['RE: INV 2026 007.', 'INV2026007'],
    ['(INV-7)', 'INV-7'],
  ])('reads %s as naming %s', (reference, number) => expect(numbersNamed(reference)).toContain(number))

  it('names nothing when it is empty', () => expect(numbersNamed('  ')).toEqual([]))

  it('does not read a longer number as a shorter one', () => expect(numbersNamed('INV-77')).not.toContain('INV-7'))
})
