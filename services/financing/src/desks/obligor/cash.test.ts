/** Cash finds what it pays, when its answer is complete, and what it frees is lent again. */
import { describe, expect, it } from 'vitest'
import {
  acme,
  bankRefused,
  borsig,
  cash,
  dayClosed,
  dayOpened,
  enrolled,
  executed,
  invoiceId,
  issued,
  programmeOpened,
  share,
} from '../testing/acme.ts'
import { playing } from '../testing/playing.ts'
import type { ProgrammeTerms } from '../programmes.ts'
import { exposureOf } from './limit.ts'
import { obligorRules } from './rules.ts'
import type { CashAllocated, Fact } from './vocabulary.ts'

const ready = (terms: Partial<ProgrammeTerms> = {}, options?: { checksPurity: boolean }) => {
  const desk = playing(obligorRules, acme, options)
  desk.broadcast(programmeOpened(terms))
  desk.broadcast(dayOpened('2026-03-02'))
  desk.hear(enrolled())
  return desk
}

const gross = 6_902_00n
const types = (facts: readonly Fact[]) => facts.map(({ type }) => type)
const allocated = (facts: readonly Fact[]) =>
  facts.filter((fact): fact is CashAllocated => fact.type === 'CashAllocated')
const close = (desk: ReturnType<typeof ready>, date = '2026-05-31') => desk.broadcast(dayClosed(date, '2026-06-01'))

/** Invoices n = 1, 2, …, of 1,000.00 × n net, never financed: the supplier's own. */
const invoices = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    issued({
      invoiceId: `borsig/N-${at + 1}/2026-03-${10 + at}`,
      number: `N-${at + 1}`,
      issuedOn: `2026-03-${10 + at}`,
      netMinor: BigInt(at + 1) * 1_000_00n,
      orderIds: [`acme/N-${at + 1}`],
    }),
  )

/** Financed and paid out. */
const funded = (terms?: Partial<ProgrammeTerms>) => {
  const desk = ready(terms)
  desk.hearAll([issued(), share(), executed()])
  return desk
}

describe('a receipt that names its invoice', () => {
  it('repays the advance, settles the discount and sends the rest to the supplier at once', () => {
    expect(funded().hear(cash(gross, { reference: 'Rechnung R-100', valueOn: '2026-04-16' }))).toMatchObject([
      {
        type: 'CashAllocated',
        explainedBy: 'reference',
        amountMinor: gross,
        principalMinor: 4_640_00n,
        // 45 of 90 days out: 25.23 of 50.46 withheld
        discountEarnedMinor: 25_23n,
        discountReturnedMinor: 25_23n,
        penaltyMinor: 0n,
        toSupplierMinor: 2_287_23n,
        exposureAfterMinor: 0n,
        allocations: [{ invoiceId, settles: true, daysOut: 45 }],
      },
    ])
  })

  it('may pay a part, which leaves the invoice open', () => {
    const desk = funded()
    expect(desk.hear(cash(1_000_00n, { reference: 'R-100' }))[0]).toMatchObject({
      principalMinor: 1_000_00n,
      toSupplierMinor: 0n,
      exposureAfterMinor: 3_640_00n,
      allocations: [{ settles: false }],
    })
    expect(desk.hear(cash(5_902_00n, { receiptId: 'L-2', reference: 'R-100' }))[0]).toMatchObject({
      principalMinor: 3_640_00n,
      allocations: [{ settles: true }],
    })
    expect(desk.archive.get(`claim/${invoiceId}`)).toMatchObject({ wasFunded: true })
  })

  it('charges the penalty for days past due before anything else', () => {
    // 4,640.00 × 6.5 % × 12 ÷ 360
    expect(funded().hear(cash(gross, { reference: 'R-100', valueOn: '2026-06-12' }))[0]).toMatchObject({
      penaltyMinor: 10_05n,
    })
  })

  it('waits for an invoice not known yet, and is tried when it comes', () => {
    const desk = ready()
    expect(desk.hear(cash(gross, { reference: 'R-100' }))).toMatchObject([
      { type: 'CashWaiting', programmeId: 'acme-hansa' },
    ])
    expect(allocated(desk.hear(issued()))).toMatchObject([{ explainedBy: 'reference', toSupplierMinor: gross }])
  })

  it('wins over a later one for the same invoice by its arrival, also when the invoice comes last', () => {
    const first = cash(gross, { receiptId: 'L-2', reference: 'R-100' })
    const later = cash(1_00n, { receiptId: 'L-1', reference: 'R-100' })
    for (const order of [
      [issued(), first, later],
      [first, later, issued()],
      [first, issued(), later],
    ]) {
      const desk = ready()
      desk.hearAll(order)
      expect(allocated(desk.said).map(({ receiptId }) => receiptId)).toEqual(['L-2'])
    }
  })

  it('ends a claim that was not decided: nothing is left to finance', () => {
    const desk = ready({ limitMinor: 1n })
    desk.hearAll([issued(), share()])
    expect(desk.hear(cash(gross, { reference: 'R-100' }))).toMatchObject([
      { type: 'CashAllocated', toSupplierMinor: gross },
      { type: 'ClaimRefused', reason: 'AlreadyPaid' },
    ])
    expect(desk.hear(share({ revision: 2, verdict: 'waiting', reason: 'already-paid' }))).toEqual([])
    expect(desk.state().pairs.get(borsig)!.claims.size).toBe(0)
  })

  it('ends a claim whose goods were never seen, too', () => {
    const desk = ready()
    desk.hear(issued())
    expect(types(desk.hear(cash(gross, { reference: 'R-100' })))).toEqual(['CashAllocated', 'ClaimRefused'])
    expect(desk.state().pairs.get(borsig)!.claims.size).toBe(0)
  })

  it('forgets after two closes which claims have left', () => {
    const desk = ready()
    desk.hearAll([issued(), cash(gross, { reference: 'R-100' })])
    close(desk, '2026-05-31')
    expect(desk.state().gone.size).toBe(1)
    close(desk, '2026-06-01')
    close(desk, '2026-06-02')
    expect(desk.state().gone.size).toBe(0)
  })

  it('in part before any funding brings the claim to an officer', () => {
    const desk = ready({ limitMinor: 1n })
    desk.hearAll([issued(), share()])
    expect(desk.hear(cash(100_00n, { reference: 'R-100' }))).toMatchObject([
      { type: 'CashAllocated' },
      { type: 'ClaimReferred', reason: 'PartlyPaid' },
    ])
  })

  it('is not counted twice when the bank’s line is told twice', () => {
    const desk = ready()
    desk.hear(cash(1_00n))
    expect(desk.hear(cash(1_00n))).toHaveLength(1)
    expect(desk.state().pairs.get(borsig)!.receipts.size).toBe(1)
  })
})

describe('a receipt without a reference', () => {
  it('waits until close of day, when the day’s invoices are all known', () => {
    const desk = ready()
    const [first, second] = invoices(2)
    desk.hear(first!)
    expect(types(desk.hear(cash(1_190_00n)))).toEqual(['CashWaiting'])
    desk.hear(second!)
    // With both known the sum is the oldest, not all: an answer before the close would have been another.
    expect(allocated(close(desk))).toMatchObject([{ explainedBy: 'oldest-first' }])
  })

  it.each([
    ['all-open', 7_140_00n, ['N-1', 'N-2', 'N-3']],
    ['oldest-first', 3_570_00n, ['N-1', 'N-2']],
    ['only-subset', 5_950_00n, ['N-2', 'N-3']],
  ])('is explained by %s', (by, amount, numbers) => {
    const desk = ready()
    desk.hearAll([...invoices(3), cash(amount)])
    const [receipt] = allocated(close(desk))
    expect(receipt).toMatchObject({ explainedBy: by, toSupplierMinor: amount })
    expect(receipt!.allocations.map((part) => part.invoiceId.split('/')[1])).toEqual(numbers)
  })

  it('looks only at invoices open on its value date', () => {
    const desk = ready()
    desk.hearAll([...invoices(3), cash(3_570_00n, { valueOn: '2026-03-11' })])
    expect(allocated(close(desk))).toMatchObject([{ explainedBy: 'all-open' }])
  })

  it('is not looked at before its value date', () => {
    const desk = ready()
    desk.hearAll([...invoices(1), cash(1_190_00n, { valueOn: '2026-06-02' })])
    expect(allocated(close(desk))).toEqual([])
    expect(allocated(desk.broadcast(dayClosed('2026-06-02', '2026-06-03')))).toHaveLength(1)
  })

  it('is settled in the order in which money came, and frees the invoices for the next', () => {
    const desk = ready()
    desk.hearAll([
      ...invoices(2),
      cash(2_380_00n, { receiptId: 'L-2', valueOn: '2026-05-20' }),
      cash(1_190_00n, { receiptId: 'L-1', valueOn: '2026-05-10' }),
    ])
    expect(allocated(close(desk)).map(({ receiptId, explainedBy }) => [receiptId, explainedBy])).toEqual([
      ['L-1', 'oldest-first'],
      ['L-2', 'all-open'],
    ])
  })

  it('never pays a second bill of the same goods', () => {
    const desk = ready()
    const twice = { invoiceId: 'borsig/R-300/2026-03-04', orderId: 'acme/PO-1' }
    desk.hearAll([issued(), issued({ ...twice, number: 'R-300', issuedOn: '2026-03-04' })])
    desk.hear(share({ ...twice, verdict: 'refused', reason: 'GoodsAlreadyBilled', otherInvoiceId: invoiceId }))
    desk.hear(cash(gross))
    expect(allocated(close(desk))).toMatchObject([{ explainedBy: 'all-open', allocations: [{ invoiceId }] }])
  })

  it('goes to suspense after the closes that the programme allows, and then needs a person', () => {
    const desk = ready()
    desk.hearAll([...invoices(1), cash(9_99n)])
    expect(types(close(desk, '2026-05-31'))).not.toContain('CashSuspended')
    expect(types(close(desk, '2026-06-01'))).not.toContain('CashSuspended')
    expect(types(close(desk, '2026-06-02'))).toContain('CashSuspended')
    expect(types(close(desk, '2026-06-03'))).toEqual(['DebtorDayClosed'])
  })

  it('can be settled by an officer, waiting or suspended', () => {
    const desk = ready({ suspenseAfterDays: 1 })
    desk.hearAll([...invoices(1), cash(9_99n)])
    close(desk)
    const word = { type: 'AllocateReceipt', debtorId: acme, receiptId: 'L-1', officer: 'H. Ansa' } as const
    const named = ['borsig/N-1/2026-03-10']
    expect(desk.wish({ ...word, invoiceIds: ['nobody/1/2026-03-01'] }).rejection?.code).toBe('UnknownInvoice')
    expect(desk.wish({ ...word, invoiceIds: [] }).rejection?.code).toBe('InvoicesRequired')
    expect(desk.wish({ ...word, receiptId: 'L-7', invoiceIds: named }).rejection?.code).toBe('UnknownReceipt')
    expect(desk.wish({ ...word, officer: '', invoiceIds: named }).rejection?.code).toBe('OfficerRequired')
    expect(desk.wish({ ...word, invoiceIds: named }).facts).toMatchObject([
      { type: 'CashAllocated', explainedBy: 'officer', officer: 'H. Ansa', toSupplierMinor: 9_99n },
    ])
    expect(desk.wish({ ...word, invoiceIds: named }).rejection?.code).toBe('UnknownReceipt')
  })

  it('cannot be forced by an officer onto less than it is', () => {
    const desk = ready()
    desk.hearAll([...invoices(1), cash(1_190_01n)])
    const word = { type: 'AllocateReceipt', debtorId: acme, receiptId: 'L-1', officer: 'H. Ansa' } as const
    expect(desk.wish({ ...word, invoiceIds: ['borsig/N-1/2026-03-10'] }).rejection?.code).toBe('AmountDoesNotFit')
  })
})

describe('a payout that is under way', () => {
  const underWay = () => {
    const desk = ready()
    desk.hearAll([issued(), share()])
    return desk
  }

  it('holds a receipt that names its invoice until the bank has said', () => {
    const desk = underWay()
    expect(types(desk.hear(cash(gross, { reference: 'R-100' })))).toEqual(['CashWaiting'])
    expect(desk.hear(executed())).toMatchObject([
      { type: 'AdvanceDisbursed' },
      { type: 'CashAllocated', principalMinor: 4_640_00n },
    ])
  })

  it('gives all of it to the supplier when the bank refuses', () => {
    const desk = underWay()
    desk.hear(cash(gross, { reference: 'R-100' }))
    expect(desk.hear(bankRefused())).toMatchObject([
      { type: 'AdvanceCancelled' },
      { type: 'CashAllocated', principalMinor: 0n, toSupplierMinor: gross },
    ])
  })

  it('keeps the answer of the close, whatever invoices come after it', () => {
    const desk = underWay()
    desk.hear(cash(gross))
    expect(types(close(desk))).toEqual(['DebtorDayClosed'])
    desk.hearAll(invoices(2))
    expect(desk.hear(executed())).toMatchObject([
      { type: 'AdvanceDisbursed' },
      { type: 'CashAllocated', explainedBy: 'all-open' },
    ])
  })

  it('does not count towards suspense', () => {
    const desk = underWay()
    desk.hear(cash(gross))
    for (let n = 0; n < 5; n++) close(desk)
    expect(types(desk.said)).not.toContain('CashSuspended')
  })
})

describe('what a receipt frees', () => {
  it('finances the next claim in the same decision', () => {
    const desk = funded({ limitMinor: 5_000_00n })
    const [next] = invoices(1)
    desk.hearAll([next!, share({ invoiceId: next!.invoiceId, orderId: 'acme/N-1', financeableNetMinor: 1_000_00n })])
    expect(types(desk.said.slice(-1))).toEqual(['ClaimWaiting'])
    const facts = desk.hear(cash(gross, { reference: 'R-100' }))
    expect(facts).toMatchObject([
      { type: 'CashAllocated', exposureAfterMinor: 0n },
      { type: 'ClaimFinanced', advanceMinor: 800_00n, exposureAfterMinor: 800_00n },
    ])
  })
})

describe('close of day', () => {
  it('tells the book of the day once per programme, last of all', () => {
    const desk = funded()
    desk.hearAll([...invoices(2), cash(gross, { reference: 'R-100' }), cash(5_00n, { receiptId: 'L-2' })])
    expect(close(desk)).toEqual([
      {
        type: 'DebtorDayClosed',
        debtorId: acme,
        programmeId: 'acme-hansa',
        date: '2026-05-31',
        next: '2026-06-01',
        currency: 'EUR',
        reservedMinor: 0n,
        usedMinor: 0n,
        limitMinor: 100_000_00n,
        invoicesKnown: 3,
        claimsFinanced: 1,
        invoicesSettled: 1,
        receiptsWaiting: 1,
      },
    ])
  })

  it('goes through hundreds of receipts and claims in bounded steps, each once', () => {
    const desk = ready({ limitMinor: 1n }, { checksPurity: false })
    const many = 450
    for (let n = 0; n < many; n++) {
      const own = {
        invoiceId: `borsig/M-${n}/2026-03-02`,
        number: `M-${n}`,
        netMinor: 100_00n + BigInt(n),
        taxMinor: 0n,
      }
      desk.hearAll([issued({ ...own, orderIds: [`acme/M-${n}`] }), share({ ...own, orderId: `acme/M-${n}` })])
    }
    const raised = {
      type: 'ProgrammeLimitChanged',
      programmeId: 'acme-hansa',
      limitMinor: 900_000_00n,
      policyVersion: 8n,
    } as const
    expect(desk.broadcast(raised).filter(({ type }) => type === 'ClaimFinanced')).toHaveLength(many)
    for (let n = 0; n < many; n++) {
      const own = { invoiceId: `borsig/M-${n}/2026-03-02` }
      desk.hear(executed({ ...own, causeId: `${own.invoiceId}@1` }))
      desk.hear(cash(1n, { receiptId: `L-${n}` }))
    }
    expect(types(close(desk))).toEqual(['DebtorDayClosed'])
    desk.hear(cash(desk.state().positions.get('acme-hansa')!.usedMinor, { receiptId: 'all' }))
    expect(exposureOf(desk.state().positions.get('acme-hansa')!)).toBeGreaterThan(0n)
    expect(close(desk).at(-1)).toMatchObject({ type: 'DebtorDayClosed', receiptsWaiting: many + 1 })
  })
})
