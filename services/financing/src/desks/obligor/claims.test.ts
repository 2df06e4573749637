/** What becomes of a claim: financed, waiting, referred or refused, each for its own reason and once. */
import { describe, expect, it } from 'vitest'
import {
  acme,
  bankRefused,
  borsig,
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
import type { Fact } from './vocabulary.ts'

const empty = () => playing(obligorRules, acme)

/** A debtor with a programme, an enrolled supplier, and an open day. */
const ready = (terms: Partial<ProgrammeTerms> = {}) => {
  const desk = empty()
  desk.broadcast(programmeOpened(terms))
  desk.broadcast(dayOpened('2026-03-02'))
  desk.hear(enrolled())
  return desk
}

const types = (facts: readonly Fact[]) => facts.map(({ type }) => type)
const position = (desk: ReturnType<typeof ready>) => desk.state().positions.get('acme-hansa')
const exposure = (desk: ReturnType<typeof ready>) => {
  const known = position(desk)
  return known ? exposureOf(known) : 0n
}
const second = (changes: Parameters<typeof issued>[0] = {}) =>
  issued({
    invoiceId: 'borsig/R-101/2026-03-03',
    number: 'R-101',
    issuedOn: '2026-03-03',
    orderIds: ['acme/PO-2'],
    ...changes,
  })
const secondShare = (changes: Parameters<typeof share>[0] = {}) =>
  share({ invoiceId: 'borsig/R-101/2026-03-03', orderId: 'acme/PO-2', ...changes })

describe('a claim whose share is matched', () => {
  it('is financed at once, priced to the due date, with its rules, its evidence and the assignment', () => {
    const desk = ready()
    desk.hear(issued())
    const [financed] = desk.hear(share())
    expect(financed).toMatchObject({
      type: 'ClaimFinanced',
      decisionId: `${invoiceId}@1`,
      programmeId: 'acme-hansa',
      funderId: 'hansa-bank',
      netMinor: 5_800_00n,
      grossMinor: 6_902_00n,
      eligibleMinor: 5_800_00n,
      advanceMinor: 4_640_00n,
      // 4,640.00 × 4.35 % × 90 ÷ 360
      discountMinor: 50_46n,
      payoutMinor: 4_589_54n,
      tenorDays: 90,
      fundedOn: '2026-03-02',
      dueOn: '2026-05-31',
      policyVersion: 7n,
      exposureAfterMinor: 4_640_00n,
      limitMinor: 100_000_00n,
      approvedBy: '',
      assignmentTerms: 'HANSA-2026-1',
      assignmentAcceptedOn: '2026-01-15',
      lastEventAtMs: 1_699_999_999_000n,
    })
    if (financed?.type !== 'ClaimFinanced') throw new Error('not financed')
    expect(financed.rules.map(({ rule, outcome }) => `${rule} ${outcome}`)).toEqual([
      'programme passed',
      'consent passed',
      'business-day passed',
      'confirmation passed',
      'dispute passed',
      'parties passed',
      'tenor passed',
      'match passed',
      'unpaid passed',
      'duplicate passed',
      'eligible passed',
      'limit passed',
    ])
    expect(financed.evidence.map(({ about }) => about)).toEqual(['goods', 'invoice', 'consent'])
  })

  it('is financed the same when its share comes before its invoice', () => {
    const desk = ready()
    desk.hear(share())
    expect(types(desk.hear(issued()))).toEqual(['ClaimFinanced'])
  })

  it('advances on the gross amount where the programme says so', () => {
    const desk = ready({ advanceBase: 'gross' })
    desk.hearAll([issued(), share()])
    expect(desk.said[0]).toMatchObject({ eligibleMinor: 6_902_00n, advanceMinor: 5_521_60n })
  })

  it('waits in silence for the shares of all orders that it bills', () => {
    const desk = ready()
    desk.hear(issued({ orderIds: ['acme/PO-1', 'acme/PO-2'] }))
    expect(desk.hear(share({ financeableNetMinor: 3_000_00n }))).toEqual([])
    expect(desk.hear(share({ orderId: 'acme/PO-2', financeableNetMinor: 2_800_00n }))[0]).toMatchObject({
      type: 'ClaimFinanced',
      eligibleMinor: 5_800_00n,
    })
  })

  it('does not take a share of another version of the invoice', () => {
    const desk = ready()
    expect(desk.hearAll([issued(), share({ invoiceVersion: 2 })])).toEqual([])
  })

  it('is decided once, whatever is told again', () => {
    const desk = ready()
    desk.hearAll([issued(), share()])
    expect(desk.hearAll([share({ revision: 2 }), issued(), share()])).toEqual([])
    expect(exposure(desk)).toBe(4_640_00n)
  })

  it('never finances more than the invoice’s own net amount', () => {
    const desk = ready()
    desk.hearAll([issued(), share({ financeableNetMinor: 9_000_00n })])
    expect(desk.said[0]).toMatchObject({ eligibleMinor: 5_800_00n })
  })
})

describe('a claim that lacks something waits, and says for what', () => {
  it('for a programme', () => {
    const desk = empty()
    desk.broadcast(dayOpened('2026-03-02'))
    desk.hear(enrolled())
    expect(desk.hearAll([issued(), share()])[0]).toMatchObject({ type: 'ClaimWaiting', waitsFor: 'programme' })
    expect(types(desk.broadcast(programmeOpened()))).toEqual(['ClaimFinanced'])
  })

  it('for a programme in its own currency', () => {
    const desk = ready()
    expect(desk.hearAll([issued({ currency: 'USD' }), share()])[0]).toMatchObject({ waitsFor: 'programme' })
  })

  it('for the supplier’s consent', () => {
    const desk = empty()
    desk.broadcast(programmeOpened())
    desk.broadcast(dayOpened('2026-03-02'))
    expect(desk.hearAll([issued(), share()])[0]).toMatchObject({ waitsFor: 'consent', programmeId: 'acme-hansa' })
    expect(types(desk.hear(enrolled()))).toEqual(['ClaimFinanced'])
  })

  it('for a business day', () => {
    const desk = empty()
    desk.broadcast(programmeOpened())
    desk.hear(enrolled())
    expect(desk.hearAll([issued(), share()])[0]).toMatchObject({ waitsFor: 'business-day' })
    expect(desk.broadcast(dayOpened('2026-03-02'))[0]).toMatchObject({ type: 'ClaimFinanced', fundedOn: '2026-03-02' })
  })

  it('for the debtor’s confirmation, where the policy asks for one', () => {
    const desk = ready({ acceptance: 'confirmed' })
    expect(desk.hearAll([issued(), share()])[0]).toMatchObject({ waitsFor: 'confirmation' })
    const confirmed = {
      type: 'InvoiceConfirmed',
      supplierId: borsig,
      debtorId: acme,
      invoiceId,
      confirmedBy: 'A. Cme',
    } as const
    const [financed] = desk.hear(confirmed)
    expect(financed).toMatchObject({ type: 'ClaimFinanced', lastEventAtMs: BigInt(desk.at) })
    expect(financed?.type === 'ClaimFinanced' && financed.evidence.map(({ about }) => about)).toContain('confirmation')
  })

  it('for the three flows, when a share is taken back', () => {
    const desk = ready({ limitMinor: 1n })
    desk.hearAll([issued(), share()])
    expect(
      desk.hear(share({ revision: 2, verdict: 'waiting', reason: 'payee-hold', financeableNetMinor: 0n }))[0],
    ).toMatchObject({
      type: 'ClaimWaiting',
      waitsFor: 'three-flows',
    })
  })

  it('and says it once', () => {
    const desk = ready({ acceptance: 'confirmed' })
    desk.hearAll([issued(), share()])
    expect(desk.hear(share({ revision: 2 }))).toEqual([])
  })
})

describe('short goods', () => {
  const short = (revision: number, net: bigint) =>
    share({ revision, verdict: 'reduced', reason: 'ShortReceived', financeableNetMinor: net })

  it('wait until close of day for what may still come', () => {
    const desk = ready()
    expect(desk.hearAll([issued(), short(1, 3_800_00n)])[0]).toMatchObject({ waitsFor: 'close-of-day' })
    expect(desk.hear(share({ revision: 2 }))[0]).toMatchObject({ type: 'ClaimFinanced', eligibleMinor: 5_800_00n })
  })

  it('are financed at close of day as far as they came, on the day that closes', () => {
    const desk = ready()
    desk.hearAll([issued(), short(1, 3_800_00n)])
    expect(desk.broadcast(dayClosed('2026-03-02', '2026-03-03'))[0]).toMatchObject({
      type: 'ClaimFinanced',
      eligibleMinor: 3_800_00n,
      fundedOn: '2026-03-02',
    })
  })

  it('that met the limit at close take the room that comes, without another close', () => {
    const desk = ready({ limitMinor: 3_500_00n })
    desk.hearAll([second({ netMinor: 1_000_00n }), secondShare({ financeableNetMinor: 1_000_00n })])
    desk.hearAll([issued(), short(1, 3_800_00n)])
    expect(desk.broadcast(dayClosed('2026-03-02', '2026-03-03'))[0]).toMatchObject({
      type: 'ClaimWaiting',
      waitsFor: 'limit',
    })
    const own = 'borsig/R-101/2026-03-03'
    expect(desk.hear(bankRefused({ invoiceId: own, causeId: `${own}@1` }))).toMatchObject([
      { type: 'AdvanceCancelled' },
      { type: 'ClaimFinanced', invoiceId, eligibleMinor: 3_800_00n, fundedOn: '2026-03-03' },
    ])
  })

  it('do not keep a referral of the same invoice from an officer', () => {
    const desk = ready()
    desk.hear(issued({ orderIds: ['acme/PO-1', 'acme/PO-2'] }))
    desk.hear(short(1, 1_000_00n))
    const unsure = share({
      orderId: 'acme/PO-2',
      verdict: 'referred',
      reason: 'PriceOverTolerance',
      financeableNetMinor: 1_00n,
    })
    expect(desk.hear(unsure)[0]).toMatchObject({ type: 'ClaimReferred', reason: 'PriceOverTolerance' })
  })

  it('do not keep a claim that is partly paid from an officer', () => {
    const desk = ready()
    desk.hearAll([issued(), short(1, 3_800_00n), cashOf(100_00n)])
    expect(types(desk.said)).toEqual(['ClaimWaiting', 'CashAllocated', 'ClaimReferred'])
  })

  it('do not hold up what is billed above the order', () => {
    const desk = ready()
    const over = share({ verdict: 'reduced', reason: 'OverBilled', financeableNetMinor: 5_000_00n })
    expect(desk.hearAll([issued(), over])[0]).toMatchObject({ type: 'ClaimFinanced', eligibleMinor: 5_000_00n })
  })
})

describe('a claim that must not be financed is refused', () => {
  it.each([
    ['TenorTooShort', issued({ dueOn: '2026-03-08' }), share()],
    ['TenorTooLong', issued({ dueOn: '2026-08-30' }), share()],
    [
      'GoodsAlreadyBilled',
      issued(),
      share({ verdict: 'refused', reason: 'GoodsAlreadyBilled', otherInvoiceId: 'other' }),
    ],
    ['UnknownOrderLine', issued(), share({ verdict: 'refused', reason: 'UnknownOrderLine' })],
  ])('with %s', (reason, invoice, told) => {
    const desk = ready()
    expect(desk.hearAll([invoice, told])).toMatchObject([
      { type: 'ClaimRefused', reason, decisionId: `${invoiceId}@1`, otherInvoiceId: told.otherInvoiceId },
    ])
    expect(exposure(desk)).toBe(0n)
  })

  it('when the debtor would owe itself', () => {
    const desk = ready()
    desk.hear(enrolled({ supplierId: acme }))
    const own = { supplierId: acme }
    expect(desk.hearAll([issued(own), share(own)])[0]).toMatchObject({ reason: 'DebtorIsSupplier' })
  })

  it('even while consent is missing: a second bill is not worth waiting for', () => {
    const desk = empty()
    desk.broadcast(programmeOpened())
    desk.broadcast(dayOpened('2026-03-02'))
    const twice = share({ verdict: 'refused', reason: 'InvoiceRedated', otherInvoiceId: 'other' })
    expect(types(desk.hearAll([issued(), twice]))).toEqual(['ClaimRefused'])
  })

  it('and finds its way to the archive when nothing is owed on it', () => {
    const desk = ready()
    desk.hearAll([issued(), share({ verdict: 'refused', reason: 'GoodsAlreadyBilled', otherInvoiceId: 'other' })])
    expect(desk.archive.get(`claim/${invoiceId}`)).toMatchObject({ status: 'refused', wasFunded: false })
    expect(desk.state().pairs.get(borsig)!.claims.size).toBe(0)
    expect(desk.hear(share({ revision: 2 }))).toEqual([])
  })
})

describe('an advance that rounds to nothing', () => {
  it('is never paid out, so the claim is refused and does not wait for its payout for ever', () => {
    const desk = ready()
    desk.hear(issued({ netMinor: 1n, taxMinor: 0n, grossMinor: 1n }))
    expect(desk.hear(share({ financeableNetMinor: 1n }))).toMatchObject([
      { type: 'ClaimRefused', reason: 'NothingEligible' },
    ])
    expect(exposure(desk)).toBe(0n)
  })
})

describe('an officer’s decision', () => {
  const priceOver = share({ verdict: 'referred', reason: 'PriceOverTolerance', financeableNetMinor: 5_000_00n })
  const approve = (changes = {}) =>
    ({
      type: 'ApproveClaim',
      debtorId: acme,
      invoiceId,
      officer: 'H. Ansa',
      reason: 'price agreed by mail',
      ...changes,
    }) as const

  it('is asked for when a share is referred, and financing then says who approved and why', () => {
    const desk = ready()
    expect(desk.hearAll([issued(), priceOver])[0]).toMatchObject({
      type: 'ClaimReferred',
      reason: 'PriceOverTolerance',
    })
    expect(desk.wish(approve()).facts).toMatchObject([
      {
        type: 'ClaimFinanced',
        eligibleMinor: 5_000_00n,
        approvedBy: 'H. Ansa',
        approvalReason: 'price agreed by mail',
      },
    ])
    expect(desk.wish(approve()).rejection?.code).toBe('ClaimNotReferred')
  })

  it('is asked for when the debtor disputes, also where its confirmation is missing', () => {
    const desk = ready({ acceptance: 'confirmed' })
    desk.hearAll([issued(), share()])
    const disputed = {
      type: 'InvoiceDisputed',
      supplierId: borsig,
      debtorId: acme,
      invoiceId,
      reason: 'wrong alloy',
    } as const
    expect(desk.hear(disputed)[0]).toMatchObject({ type: 'ClaimReferred', reason: 'Disputed' })
  })

  it.each([
    ['OfficerRequired', { officer: ' ' }],
    ['ReasonRequired', { reason: '' }],
    ['UnknownClaim', { invoiceId: 'borsig/R-9/2026-03-02' }],
  ])('is rejected with %s', (code, changes) => {
    const desk = ready()
    desk.hearAll([issued(), priceOver])
    expect(desk.wish(approve(changes)).rejection?.code).toBe(code)
  })

  it('cannot exceed the limit, nor what still waits', () => {
    const tight = ready({ limitMinor: 1_00n })
    tight.hearAll([issued(), priceOver])
    expect(tight.wish(approve()).rejection?.code).toBe('LimitExceeded')
    const stale = ready()
    stale.hearAll([issued(), priceOver])
    stale.broadcast(dayOpened('2026-05-30'))
    expect(stale.wish(approve()).rejection).toMatchObject({ code: 'ClaimNotFinanceable' })
  })

  it('to refuse says who and why, and ends the claim', () => {
    const desk = ready()
    desk.hearAll([issued(), priceOver])
    const refuse = { ...approve(), type: 'RefuseClaim', reason: 'no agreement on the price' } as const
    const [refused] = desk.wish(refuse).facts
    expect(refused).toMatchObject({ type: 'ClaimRefused', reason: 'RefusedByOfficer', refusedBy: 'H. Ansa' })
    expect(refused?.type === 'ClaimRefused' && refused.rules.at(-1)).toEqual({
      rule: 'officer',
      outcome: 'refused',
      detail: 'no agreement on the price',
    })
    expect(desk.wish(approve()).rejection?.code).toBe('ClaimNotReferred')
  })

  it('is not needed any more when the order is amended and the share told anew', () => {
    const desk = ready()
    desk.hearAll([issued(), priceOver])
    expect(types(desk.hear(share({ revision: 2 })))).toEqual(['ClaimFinanced'])
  })
})

describe('the limit', () => {
  it('makes a claim wait, naming what was asked and what is left', () => {
    const desk = ready({ limitMinor: 5_000_00n })
    desk.hearAll([issued(), share(), second()])
    expect(desk.hear(secondShare())[0]).toMatchObject({
      type: 'ClaimWaiting',
      waitsFor: 'limit',
      detail: '4,640.00 EUR asked, 360.00 EUR left of 5,000.00 EUR',
    })
    expect(exposure(desk)).toBe(4_640_00n)
  })

  it('that is raised is taken by the oldest claim first', () => {
    const desk = ready({ limitMinor: 1_00n })
    desk.hearAll([second(), secondShare(), issued(), share()])
    const raised = {
      type: 'ProgrammeLimitChanged',
      programmeId: 'acme-hansa',
      limitMinor: 5_000_00n,
      policyVersion: 8n,
    } as const
    expect(desk.broadcast(raised)).toMatchObject([
      { type: 'ClaimFinanced', invoiceId, policyVersion: 8n, limitMinor: 5_000_00n },
    ])
  })

  it('that the bank’s refusal releases goes to the next claim in the same decision', () => {
    const desk = ready({ limitMinor: 5_000_00n })
    desk.hearAll([issued(), share(), second(), secondShare()])
    expect(desk.hear(bankRefused())).toMatchObject([
      { type: 'AdvanceCancelled', advanceMinor: 4_640_00n, reason: 'account closed' },
      { type: 'ClaimFinanced', invoiceId: 'borsig/R-101/2026-03-03' },
    ])
    expect(exposure(desk)).toBe(4_640_00n)
  })

  it('a large claim that does not fit does not hold up a smaller one behind it', () => {
    const desk = ready({ limitMinor: 1_00n })
    desk.hearAll([issued(), share(), second({ netMinor: 1_000_00n }), secondShare({ financeableNetMinor: 1_000_00n })])
    const raised = {
      type: 'ProgrammeLimitChanged',
      programmeId: 'acme-hansa',
      limitMinor: 900_00n,
      policyVersion: 8n,
    } as const
    expect(desk.broadcast(raised)).toMatchObject([{ type: 'ClaimFinanced', advanceMinor: 800_00n }])
  })

  it('is used when the bank has paid, once', () => {
    const desk = ready()
    desk.hearAll([issued(), share()])
    expect(position(desk)).toMatchObject({ reservedMinor: 4_640_00n, usedMinor: 0n })
    expect(desk.hear(executed())).toMatchObject([
      {
        type: 'AdvanceDisbursed',
        advanceMinor: 4_640_00n,
        payoutMinor: 4_589_54n,
        exposureAfterMinor: 4_640_00n,
        disbursedOn: '2026-03-02',
      },
    ])
    expect(position(desk)).toMatchObject({ reservedMinor: 0n, usedMinor: 4_640_00n })
    expect(desk.hearAll([executed(), bankRefused()])).toEqual([])
  })

  it('is not touched by a reserve payout or by another decision’s', () => {
    const desk = ready()
    desk.hearAll([issued(), share()])
    expect(desk.hearAll([executed({ purpose: 'reserve' }), executed({ causeId: 'other@1' })])).toEqual([])
  })

  it('holds a claim too old by then to be financed when room comes', () => {
    const desk = ready({ limitMinor: 1_00n })
    desk.hearAll([issued(), share()])
    const closed = desk.broadcast(dayClosed('2026-05-27', '2026-05-28'))
    expect(closed[0]).toMatchObject({ type: 'ClaimRefused', reason: 'TenorTooShort' })
  })
})

describe('a credit note', () => {
  const credit = (netMinor: bigint) =>
    ({
      type: 'CreditNoteIssued',
      supplierId: borsig,
      debtorId: acme,
      invoiceId,
      currency: 'EUR',
      netMinor,
      taxMinor: (netMinor * 19n) / 100n,
    }) as const

  it('before funding lowers the claim', () => {
    const desk = ready()
    desk.hear(issued())
    expect(desk.hear(credit(800_00n))).toMatchObject([
      { type: 'DilutionRecorded', amountMinor: 952_00n, afterFunding: false },
    ])
    expect(desk.hear(share())[0]).toMatchObject({ eligibleMinor: 5_000_00n, advanceMinor: 4_000_00n })
  })

  it('lets a claim under the limit that waited for it', () => {
    const desk = ready({ limitMinor: 4_000_00n })
    desk.hearAll([issued(), share()])
    expect(types(desk.hear(credit(800_00n)))).toEqual(['DilutionRecorded', 'ClaimFinanced'])
  })

  it('over the whole invoice ends the claim', () => {
    const desk = ready({ limitMinor: 1_00n })
    desk.hearAll([issued(), share()])
    expect(desk.hear(credit(5_800_00n))).toMatchObject([
      { type: 'DilutionRecorded' },
      { type: 'ClaimRefused', reason: 'FullyCredited' },
    ])
    expect(desk.archive.has(`claim/${invoiceId}`)).toBe(true)
  })

  it('after funding is dilution, and lowers what the debtor owes', () => {
    const desk = ready()
    desk.hearAll([issued(), share(), executed()])
    expect(desk.hear(credit(100_00n))).toMatchObject([
      { type: 'DilutionRecorded', afterFunding: true, programmeId: 'acme-hansa' },
    ])
    expect(desk.hear({ ...cashOf(6_783_00n) })).toMatchObject([
      { type: 'CashAllocated', allocations: [{ settles: true }] },
    ])
  })

  it('after settlement still finds that the claim was funded', () => {
    const desk = ready()
    desk.hearAll([issued(), share(), executed(), cashOf(6_902_00n)])
    expect(desk.archive.has(`claim/${invoiceId}`)).toBe(true)
    expect(desk.hear(credit(100_00n))).toMatchObject([
      { type: 'DilutionRecorded', afterFunding: true, programmeId: 'acme-hansa' },
    ])
  })
})

const cashOf = (amountMinor: bigint) =>
  ({
    type: 'CashReceived',
    receiptId: 'L-9',
    supplierId: borsig,
    debtorId: acme,
    programmeId: 'acme-hansa',
    currency: 'EUR',
    amountMinor,
    valueOn: '2026-05-31',
    reference: 'R-100',
  }) as const
