/** The trade desk by its cases: nothing without the three flows, then line by line. */
import { describe, expect, it } from 'vitest'
import { specification, heard, broadcast } from '@triflow/kernel/specification'
import {
  accepted,
  billed,
  billedLine,
  delivered,
  fundsStand,
  invoiceId,
  orderId,
  outcome,
  programmeOpened,
  received,
  returned,
  submitted,
} from '../testing/acme.ts'
import { playing } from '../testing/playing.ts'
import { tradeRules } from './rules.ts'
import type { Fact, Heard, ShareMatched, TradeProgressed } from './vocabulary.ts'

const { given } = specification(tradeRules, orderId)

const opened = (terms?: Parameters<typeof programmeOpened>[0]) => {
  const desk = playing(tradeRules, orderId)
  desk.broadcast(programmeOpened(terms))
  return desk
}

const shares = (facts: readonly Fact[]) => facts.filter((fact): fact is ShareMatched => fact.type === 'ShareMatched')
const lastShare = (facts: readonly Fact[]) => shares(facts).at(-1)
const lastProgress = (facts: readonly Fact[]) =>
  facts.filter((fact): fact is TradeProgressed => fact.type === 'TradeProgressed').at(-1)

const all = { 1: 100n, 2: 40n }
const flows: Heard[] = [submitted(), accepted(), billed(), received(all), fundsStand()]
const permutations = <T>(items: readonly T[]): T[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item, at) => permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]))

/** Orders of arrival that can be: facts of one desk keep their order, here the submission before its acceptance. */
const arrivals = permutations(flows).filter((order) => order.indexOf(flows[0]!) < order.indexOf(flows[1]!))

describe('a trade whose flows are incomplete', () => {
  it('names the acceptance, the invoice and the goods of an order that was only submitted', () =>
    given([broadcast(programmeOpened())])
      .whenHeard(submitted())
      .then([
        {
          type: 'TradeProgressed',
          orderId,
          buyerId: 'acme',
          supplierId: 'borsig',
          information: 'partial',
          goods: 'waiting',
          funds: 'waiting',
          missing: ['order-acceptance', 'invoice', 'goods-receipt'],
          events: [],
          news: [
            {
              lane: 'information',
              type: 'OrderSubmitted',
              on: '2026-02-20',
              about: orderId,
              atMs: 1_700_000_000_000n,
              evidence: {
                about: 'information',
                desk: 'test.desk-00',
                entry: 1n,
                index: 0,
                sha256: '00'.repeat(32),
                type: 'OrderSubmitted',
              },
            },
          ],
        },
      ]))

  it('says nothing when nothing was heard and the picture does not change', () =>
    given([broadcast(programmeOpened()), heard(submitted()), lastProgress(opened().hear(submitted()))!])
      .whenHeard(submitted())
      .thenNothing())

  it.each(flows.map((flow) => [flow.type, flow] as const))('matches nothing while %s is missing', (_type, without) => {
    const desk = opened()
    desk.hearAll(flows.filter((flow) => flow !== without))
    expect(shares(desk.said)).toEqual([])
    expect(lastProgress(desk.said)!.missing).not.toEqual([])
  })

  it('matches nothing while no programme says which goods evidence counts', () => {
    const desk = playing(tradeRules, orderId)
    desk.hearAll(flows)
    expect(shares(desk.said)).toEqual([])
    expect(lastProgress(desk.said)!.missing).toEqual(['programme'])
    expect(shares(desk.broadcast(programmeOpened()))).toHaveLength(1)
  })

  it('asks for the carrier’s delivery where the policy does, and takes no receipt for it', () => {
    const desk = opened({ goodsEvidence: 'delivery' })
    desk.hearAll(flows)
    expect(lastProgress(desk.said)!.missing).toEqual(['delivery'])
    expect(lastShare(desk.hear(delivered(all)))).toMatchObject({ verdict: 'matched' })
  })

  it('passes on what the money side says is missing', () => {
    const desk = opened()
    desk.hearAll([
      ...flows.slice(0, 4),
      fundsStand({ stands: false, missing: ['payee-verification', 'payee-account'] }),
    ])
    expect(shares(desk.said)).toEqual([])
    expect(lastProgress(desk.said)).toMatchObject({
      information: 'complete',
      goods: 'complete',
      missing: ['payee-account', 'payee-verification'],
    })
  })

  it('does not take a check of an older version of the invoice for the money side’s word', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), billed({ version: 2 }), received(all), fundsStand({ invoiceVersion: 1 })])
    expect(shares(desk.said)).toEqual([])
  })

  it('does not stand while an amendment waits for the supplier', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), { type: 'OrderAmended', orderId, version: 2, lines: billedOrder(90n) }])
    desk.hearAll([billed(), received(all), fundsStand()])
    expect(lastProgress(desk.said)!.missing).toEqual(['order-acceptance'])
    expect(lastShare(desk.hear(accepted(2)))).toMatchObject({ verdict: 'reduced', reason: 'OverBilled' })
  })
})

const billedOrder = (housings: bigint) => [
  { line: 1, sku: 'HOUSING', quantity: housings, unitPriceMinor: 50_00n },
  { line: 2, sku: 'SHAFT', quantity: 40n, unitPriceMinor: 20_00n },
]

describe('a trade whose three flows stand', () => {
  it.each(arrivals.map((order) => [order.map(({ type }) => type).join(', '), order] as const))(
    'tells one and the same share whichever way they came: %s',
    (_order, facts) => {
      const desk = opened()
      desk.hearAll(facts)
      expect(shares(desk.said)).toHaveLength(1)
      expect(lastShare(desk.said)).toMatchObject({
        verdict: 'matched',
        revision: 1,
        billedNetMinor: 5_800_00n,
        financeableNetMinor: 5_800_00n,
      })
    },
  )

  it('shows the record of each flow that it stands on', () => {
    const desk = opened()
    desk.hearAll(flows)
    expect(lastShare(desk.said)!.evidence.map(({ about, type, entry }) => [about, type, entry])).toEqual([
      ['order', 'OrderSubmitted', 1n],
      ['acceptance', 'OrderAccepted', 2n],
      ['invoice', 'OrderBilled', 3n],
      ['goods', 'OrderReceived', 4n],
      ['funds', 'FundsChecked', 5n],
    ])
  })

  it('counts one document of goods once, however often it is told', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), billed(), received({ 1: 50n, 2: 40n }), received({ 1: 50n, 2: 40n })])
    expect(lastShare(desk.hear(fundsStand()))).toMatchObject({ verdict: 'reduced', reason: 'ShortReceived' })
  })

  it('tells the share anew when the rest of the goods comes', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), billed(), received({ 1: 60n, 2: 40n }), fundsStand()])
    expect(lastShare(desk.said)).toMatchObject({
      verdict: 'reduced',
      reason: 'ShortReceived',
      financeableNetMinor: 3_800_00n,
    })
    expect(lastShare(desk.hear(received({ 1: 40n }, 'acme/GR/2')))).toMatchObject({
      verdict: 'matched',
      revision: 2,
      financeableNetMinor: 5_800_00n,
    })
  })

  it('tells the share anew when goods go back before funding, and not after', () => {
    const desk = opened()
    desk.hearAll(flows)
    expect(lastShare(desk.hear(returned({ 1: 10n })))).toMatchObject({ revision: 2, financeableNetMinor: 5_300_00n })
    desk.hear(outcome('ClaimFinanced'))
    expect(shares(desk.hear(returned({ 1: 10n }, 'acme/RT/2')))).toEqual([])
    expect(lastProgress(desk.said)).toMatchObject({ goods: 'broken' })
  })

  it('takes the share back when the money side no longer stands', () => {
    const desk = opened()
    desk.hearAll(flows)
    expect(lastShare(desk.hear(fundsStand({ stands: false, missing: ['payee-hold'] })))).toMatchObject({
      verdict: 'waiting',
      reason: 'payee-hold',
      financeableNetMinor: 0n,
    })
    expect(lastShare(desk.hear(fundsStand()))).toMatchObject({ verdict: 'matched', revision: 3 })
  })

  it('never finances more than was ordered, however much was delivered and billed', () => {
    const desk = opened()
    desk.hearAll([
      submitted(),
      accepted(),
      billed({ lines: [billedLine(1, 130n)] }),
      received({ 1: 130n }),
      fundsStand(),
    ])
    expect(lastShare(desk.said)).toMatchObject({
      verdict: 'reduced',
      reason: 'OverBilled',
      financeableNetMinor: 5_000_00n,
    })
  })

  it('refers a price above the tolerance, at the ordered price', () => {
    const desk = opened()
    desk.hearAll([
      submitted(),
      accepted(),
      billed({ lines: [billedLine(1, 100n, 51_01n)] }),
      received(all),
      fundsStand(),
    ])
    expect(lastShare(desk.said)).toMatchObject({
      verdict: 'referred',
      reason: 'PriceOverTolerance',
      financeableNetMinor: 5_000_00n,
    })
  })

  it('refuses a line that the order does not have', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), billed({ lines: [billedLine(1, 100n), billedLine(9, 1n)] }), received(all)])
    expect(lastShare(desk.hear(fundsStand()))).toMatchObject({
      verdict: 'refused',
      reason: 'UnknownOrderLine',
      financeableNetMinor: 0n,
    })
  })

  it.each([
    ['PartiesDiffer', { supplierId: 'someone-else' }],
    ['PartiesDiffer', { debtorId: 'someone-else' }],
    ['CurrencyDiffers', { currency: 'USD' }],
  ])('refuses with %s what contradicts the order', (reason, changes) => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), billed(changes)])
    expect(lastShare(desk.said)).toMatchObject({ verdict: 'refused', reason })
  })

  it('refuses the share of a cancelled order', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), billed(), { type: 'OrderCancelled', orderId }])
    expect(lastShare(desk.said)).toMatchObject({ verdict: 'refused', reason: 'OrderCancelled' })
    expect(lastProgress(desk.said)).toMatchObject({ information: 'broken', missing: [] })
  })
})

describe('the story of a trade', () => {
  /** Types of the events that these facts tell, in order. */
  const told = (facts: readonly Fact[]): string[] =>
    facts.flatMap((fact) => (fact.type === 'TradeProgressed' ? fact.news.map(({ type }) => type) : []))

  it.each(arrivals.map((order) => [order.map(({ type }) => type).join(', '), order] as const))(
    'is told event by event, each once and as soon as it is heard: %s',
    (_order, facts) => {
      const desk = opened()
      for (const fact of facts) expect(told(desk.hear(fact))).toEqual([fact.type])
      expect(desk.state().untold).toEqual([])
      expect(told(desk.hear(outcome('ClaimFinanced')))).toEqual([])
    },
  )

  it('tells an event that changes nothing in the lanes, too', () => {
    const desk = opened()
    desk.hearAll(flows)
    const [more, ...others] = desk.hear(received({ 1: 5n }, 'acme/GR/2'))
    expect(others).toEqual([])
    expect(more).toMatchObject({ goods: 'complete', news: [{ about: 'acme/GR/2', evidence: { entry: 6n } }] })
  })

  it('tells nothing of a document that has moved the goods before', () => {
    const desk = opened()
    desk.hearAll(flows)
    expect(desk.hear(received(all))).toEqual([])
  })

  it('goes on where older code, which told it whole each time and kept it, has left it', () => {
    const older = lastProgress(opened().hear(submitted()))!
    const { decision } = given([
      broadcast(programmeOpened()),
      heard(submitted()),
      { ...older, events: older.news, news: [] },
    ]).whenHeard(accepted())
    expect(told(decision.facts)).toEqual(['OrderAccepted'])
  })
})

describe('a second bill of the same goods', () => {
  const again = (changes: Parameters<typeof billed>[0]) => {
    const second = billed({ invoiceId: 'borsig/R-200/2026-03-04', number: 'R-200', issuedOn: '2026-03-04', ...changes })
    return { second, check: fundsStand({ invoiceId: second.invoiceId }) }
  }

  it('is refused under a new number, and says which invoice stands on the goods', () => {
    const desk = opened()
    desk.hearAll(flows)
    const { second, check } = again({})
    desk.hearAll([second, check])
    expect(lastShare(desk.said)).toMatchObject({
      invoiceId: second.invoiceId,
      verdict: 'refused',
      reason: 'GoodsAlreadyBilled',
      otherInvoiceId: invoiceId,
      financeableNetMinor: 0n,
    })
  })

  it('is refused as redated when number and date were both typed again', () => {
    const desk = opened()
    desk.hearAll(flows)
    const { second, check } = again({ number: 'ｒ-１00 ', invoiceId: 'borsig/R-100/2026-03-04' })
    desk.hearAll([second, check])
    expect(lastShare(desk.said)).toMatchObject({ reason: 'InvoiceRedated', otherInvoiceId: invoiceId })
  })

  it('still waits while the order has room and goods may come', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), billed({ lines: [billedLine(1, 60n)] }), received({ 1: 60n }), fundsStand()])
    const { second, check } = again({ lines: [billedLine(1, 40n)] })
    desk.hearAll([second, check])
    expect(shares(desk.said)).toHaveLength(1)
    expect(lastProgress(desk.said)!.missing).toEqual(['goods-receipt'])
    expect(lastShare(desk.hear(received({ 1: 40n }, 'acme/GR/2')))).toMatchObject({
      invoiceId: second.invoiceId,
      verdict: 'matched',
    })
  })

  it('is referred when only some of its lines are billed elsewhere', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), billed({ lines: [billedLine(1, 100n)] }), received(all), fundsStand()])
    const { second, check } = again({})
    desk.hearAll([second, check])
    expect(lastShare(desk.said)).toMatchObject({
      verdict: 'referred',
      reason: 'GoodsAlreadyBilled',
      financeableNetMinor: 800_00n,
    })
  })

  it('leaves to those before it all that they took together', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), received(all)])
    for (const n of [1, 2, 3]) {
      const own = { invoiceId: `borsig/R-${n}/2026-03-0${n}`, number: `R-${n}`, issuedOn: `2026-03-0${n}` }
      desk.hearAll([billed({ ...own, lines: [billedLine(1, 40n)] }), fundsStand({ invoiceId: own.invoiceId })])
    }
    expect(shares(desk.said).map((told) => told.financeableNetMinor)).toEqual([2_000_00n, 2_000_00n, 1_000_00n])
    expect(lastShare(desk.said)).toMatchObject({
      verdict: 'reduced',
      reason: 'OverBilled',
      lines: [{ takenQuantity: 80n }],
    })
  })

  it('takes the goods that a refused claim gives back', () => {
    const desk = opened()
    desk.hearAll([
      submitted(),
      accepted(),
      billed({ lines: [billedLine(1, 70n)] }),
      received({ 1: 100n }),
      fundsStand(),
    ])
    const { second, check } = again({ lines: [billedLine(1, 60n)] })
    desk.hearAll([second, check])
    expect(lastShare(desk.said)).toMatchObject({
      verdict: 'reduced',
      reason: 'OverBilled',
      financeableNetMinor: 1_500_00n,
    })
    expect(lastShare(desk.hear(outcome('ClaimRefused', invoiceId, 'TenorTooLong')))).toMatchObject({
      invoiceId: second.invoiceId,
      revision: 2,
      verdict: 'matched',
      financeableNetMinor: 3_000_00n,
    })
  })

  it('does not get the goods of a claim refused because the debtor has paid it', () => {
    const desk = opened()
    desk.hearAll(flows)
    // The money side sees the payment first and takes the share back; then the claim is closed as paid.
    desk.hear(fundsStand({ stands: false, missing: ['already-paid'] }))
    desk.hear(outcome('ClaimRefused', invoiceId, 'AlreadyPaid'))
    const { second, check } = again({})
    desk.hearAll([second, check])
    expect(lastShare(desk.said)).toMatchObject({ invoiceId: second.invoiceId, reason: 'GoodsAlreadyBilled' })
  })
})

describe('a trade that is done', () => {
  const isClosed = (desk: ReturnType<typeof opened>) => tradeRules.isClosed!(desk.state())

  it('leaves open state when all that was ordered is financed', () => {
    const desk = opened()
    desk.hearAll(flows)
    expect(isClosed(desk)).toBe(false)
    desk.hear(outcome('ClaimFinanced'))
    expect(isClosed(desk)).toBe(true)
    expect(lastProgress(desk.said)).toMatchObject({ missing: [], funds: 'complete' })
  })

  it('stays open while part of the order is not billed', () => {
    const desk = opened()
    desk.hearAll([submitted(), accepted(), billed({ lines: [billedLine(1, 60n)] }), received(all), fundsStand()])
    desk.hear(outcome('ClaimFinanced'))
    expect(isClosed(desk)).toBe(false)
  })

  it('leaves open state when it is cancelled with nothing billed', () => {
    const desk = opened()
    desk.hearAll([submitted(), { type: 'OrderCancelled', orderId }])
    expect(isClosed(desk)).toBe(true)
  })
})
