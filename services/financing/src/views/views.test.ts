/** What the financing views show after a short history of both desks. */
import mongoose from 'mongoose'
import { describe, expect, it } from 'vitest'
import type { Said } from '@triflow/desk'
import type { Typed } from '@triflow/kernel'
import type { ServiceView } from '@triflow/platform'
import type { TradeProgressed } from '../desks/trade/vocabulary.ts'
import { obligorHistory, tradeHistory } from '../desks/testing/history.ts'
import { claimsView } from './claims.ts'
import { decisionsView } from './decisions.ts'
import { positionsView } from './positions.ts'
import { receiptsView } from './receipts.ts'
import { tradesView } from './trades.ts'

type AnyFact = Typed & Record<string, unknown>

const facts = [...tradeHistory(), ...obligorHistory()] as unknown as AnyFact[]
const said = {
  desk: 'financing.obligor-00',
  number: 1,
  entry: 4,
  index: 2,
  sha256: 'ab',
  at: 1_700_000_000_000,
} as Said

/** Documents of a view after facts, as the follower would write them. */
const shown = ({ definition }: ServiceView, told: readonly AnyFact[] = facts) => {
  const documents: Record<string, Record<string, unknown>> = {}
  for (const fact of told)
    for (const id of definition.idsOf(fact, said)) {
      const body = definition.fold(documents[id], fact, said, id) as Record<string, unknown> | undefined
      if (body) documents[id] = body
    }
  return documents
}

/** As the store gives them back: what the fields do not declare is dropped. */
const stored = (view: ServiceView, documents: Record<string, object>) => {
  const schema = new mongoose.Schema(view.fields, { _id: false, minimize: false })
  const model = new mongoose.Mongoose().model('stored', schema)
  return Object.fromEntries(Object.entries(documents).map(([id, body]) => [id, model.castObject(body)]))
}

const views = [tradesView, claimsView, decisionsView, receiptsView, positionsView]

describe('every view', () => {
  it.each(views.map((view) => [view.definition.name, view] as const))('%s keeps all that it folds', (_name, view) => {
    const documents = shown(view)
    expect(Object.keys(documents)).not.toEqual([])
    const plain = (value: unknown) =>
      JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? `${one}n` : (one as unknown)))
    expect(JSON.parse(plain(stored(view, documents)))).toEqual(JSON.parse(plain(documents)))
  })

  it.each(views.map((view) => [view.definition.name, view] as const))(
    '%s passes over outcomes of commands',
    (_name, view) => {
      expect(shown(view, [{ type: 'CommandJudged', key: 'acme', commandId: 'c' }])).toEqual({})
    },
  )

  it.each(views.map((view) => [view.definition.name, view] as const))(
    '%s can be listed by fields it has',
    (_name, view) => {
      for (const field of view.definition.listedBy) expect(Object.keys(view.fields)).toContain(field)
    },
  )
})

describe('a trade', () => {
  it('shows its lanes, its lines, and what became of each invoice', () => {
    expect(shown(tradesView)['acme/PO-1']).toMatchObject({
      buyerId: 'acme',
      supplierId: 'borsig',
      information: 'complete',
      goods: 'complete',
      shares: [
        {
          invoiceId: 'borsig/R-100/2026-03-02',
          revision: 2,
          verdict: 'matched',
          lines: [{ verdict: 'matched' }, { verdict: 'matched' }],
        },
        {
          invoiceId: 'borsig/R-200/2026-03-04',
          verdict: 'refused',
          reason: 'GoodsAlreadyBilled',
          otherInvoiceId: 'borsig/R-100/2026-03-02',
        },
      ],
      outcomes: [
        {
          invoiceId: 'borsig/R-100/2026-03-02',
          outcome: 'financed',
          decisionId: 'borsig/R-100/2026-03-02@1',
          advanceMinor: 4_000_00n,
        },
      ],
    })
  })
})

describe('the story of a trade', () => {
  const [first, second, third] = (['OrderSubmitted', 'OrderAccepted', 'OrderBilled'] as const).map((type, entry) => ({
    lane: 'information' as const,
    type,
    on: '',
    about: 'acme/PO-1',
    atMs: 1_700_000_000_000n,
    evidence: { about: 'information', desk: 'order.order-01', entry: BigInt(entry), index: 0, sha256: 'ab', type },
  }))
  const progress = (told: Partial<TradeProgressed>): AnyFact => ({
    ...tradeHistory().find((fact) => fact.type === 'TradeProgressed')!,
    news: [],
    ...told,
  })
  const story = (...told: AnyFact[]) => shown(tradesView, told)['acme/PO-1']!['events']

  it('grows by what each fact tells', () => {
    expect(story(progress({ news: [first!] }), progress({ news: [second!, third!] }))).toEqual([first, second, third])
  })

  it('is the same when older code told the whole of it, and goes on from there', () => {
    const older = [progress({ events: [first!] }), progress({ events: [first!, second!] })]
    expect(story(...older, progress({ news: [third!] }))).toEqual([first, second, third])
  })

  it('shows an event once that is told again by a trade from the archive of older code', () => {
    const older = progress({ events: [first!, second!] })
    expect(story(older, progress({ news: [first!, second!, third!] }))).toEqual([first, second, third])
  })

  it('shows the last thirty events', () => {
    const many = Array.from({ length: 40 }, (_, n) => ({
      ...first!,
      evidence: { ...first!.evidence, entry: BigInt(n) },
    }))
    expect(story(...many.map((event) => progress({ news: [event] })))).toEqual(many.slice(10))
  })
})

describe('claims', () => {
  it.each([
    [
      'R-100/2026-03-02',
      {
        status: 'settled',
        advanceMinor: 4_000_00n,
        principalRepaidMinor: 4_000_00n,
        receiptIds: ['L-1'],
        dilutionMinor: 119_00n,
      },
    ],
    ['R-102/2026-03-03', { status: 'paid', reason: 'AlreadyPaid', settled: true, toSupplierMinor: 6_902_00n }],
    ['R-103/2026-03-03', { status: 'payout-failed', reason: 'account closed', advanceMinor: 0n }],
    [
      'R-104/2026-03-03',
      { status: 'refused', reason: 'GoodsAlreadyBilled', otherInvoiceId: 'borsig/R-100/2026-03-02' },
    ],
  ])('%s stands as it should', (number, claim) => expect(shown(claimsView)[`borsig/${number}`]).toMatchObject(claim))
})

describe('a decision', () => {
  it('shows its rules, its evidence, its price and where it is recorded', () => {
    expect(shown(decisionsView)['borsig/R-100/2026-03-02@1']).toMatchObject({
      outcome: 'financed',
      advanceMinor: 4_000_00n,
      recorded: { desk: 'financing.obligor-00', entry: 4n, index: 2, sha256: 'ab' },
      evidence: [{ about: 'goods' }, { about: 'invoice' }, { about: 'consent' }],
      earlier: [],
    })
  })

  it('keeps the referral that an officer took on', () => {
    expect(shown(decisionsView)['borsig/R-103/2026-03-03@1']).toMatchObject({
      outcome: 'financed',
      officer: 'H. Ansa',
      officerReason: 'agreed',
      earlier: [{ outcome: 'referred', reason: 'PriceOverTolerance' }],
    })
  })
})

describe('receipts', () => {
  it('say what explained them, or that a person is needed', () => {
    expect(shown(receiptsView)).toMatchObject({
      'L-1': { status: 'allocated', explainedBy: 'reference', allocations: [{ settles: true }] },
      'L-2': { status: 'allocated', explainedBy: 'reference' },
      'L-3': { status: 'suspended', programmeId: 'acme-hansa' },
    })
  })
})

describe('a programme’s position', () => {
  it('adds up what was lent, repaid, refused and received', () => {
    expect(shown(positionsView)['acme-hansa']).toMatchObject({
      limitMinor: 5_000_00n,
      reservedMinor: 0n,
      usedMinor: 0n,
      exposureMinor: 0n,
      peakExposureMinor: 4_640_00n,
      peakOn: '2026-03-03',
      claimsFinanced: 2,
      claimsCancelled: 1,
      referredByReason: [{ code: 'PriceOverTolerance', count: 1 }],
      refusedByReason: [
        { code: 'AlreadyPaid', count: 1 },
        { code: 'GoodsAlreadyBilled', count: 1 },
      ],
      waitingByReason: [],
      waitedByReason: [
        { code: 'close-of-day', count: 1 },
        { code: 'limit', count: 1 },
      ],
      advancedMinor: 4_000_00n,
      repaidMinor: 4_000_00n,
      receiptsKnown: 3,
      receiptsWaiting: 0,
      receiptsSuspended: 1,
      receiptsAllocated: [{ code: 'reference', count: 2 }],
      dilutionMinor: 119_00n,
      dilutionAfterFundingMinor: 119_00n,
      invoicesKnown: 4,
      invoicesSettled: 2,
      businessDate: '2026-04-17',
    })
  })
})
