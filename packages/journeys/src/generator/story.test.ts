/** The demo's story: the same for a seed, honest in its sums, and never ahead of its own days. */
import { describe, expect, it } from 'vitest'
import { chances, delays, drawDays } from './figures.ts'
import { seeded } from './random.ts'
import { storyIdOf, storyOf } from './story.ts'
import { BUSINESS_DAYS } from './vocabulary.ts'
import { workingDays } from './working-days.ts'

const start = '2026-03-02'
const story = storyOf({ seed: 1, tradeCount: 300, start })
const asText = (value: unknown) =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))

describe('a seeded story', () => {
  it('is the same again for the same seed, and another for another', () => {
    expect(asText(storyOf({ seed: 1, tradeCount: 300, start }))).toBe(asText(story))
    expect(asText(storyOf({ seed: 2, tradeCount: 300, start }).trades[0]!.order.lines)).not.toBe(
      asText(story.trades[0]!.order.lines),
    )
  })

  it('keeps its first trades when it grows longer', () =>
    expect(asText(storyOf({ seed: 1, tradeCount: 400, start }).trades[0]!.order.lines)).toBe(
      asText(story.trades[0]!.order.lines),
    ))

  it('has a cast of its own for every story but the usual one', () => {
    expect(storyIdOf(1, 300)).toBe('demo')
    expect(storyOf({ seed: 7, tradeCount: 20, start }).people.manufacturer.partyId).toBe('qiantang-drives-7-20')
  })

  it('bills what its lines add up to, in whole fen', () => {
    for (const { invoice } of story.trades)
      if (invoice) {
        expect(invoice.lines.reduce((total, line) => total + line.netMinor, 0n)).toBe(invoice.netMinor)
        expect(invoice.netMinor + invoice.taxMinor).toBe(invoice.grossMinor)
      }
  })

  it('delivers in parts only before the invoice, so that no judgement depends on which part is heard first', () => {
    for (const { quirk, receiptDay, invoiceDay } of story.trades)
      if (quirk === 'in-parts' && receiptDay !== undefined && invoiceDay !== undefined)
        expect(receiptDay).toBeLessThanOrEqual(invoiceDay)
  })

  it('pays after goods, invoice and a decision, and what is due after credit notes', () => {
    for (const { day, pays, line } of story.payments) {
      expect(line.amountMinor).toBeGreaterThan(0n)
      for (const invoice of pays) expect(story.days.indexOf(invoice.issuedOn)).toBeLessThan(day)
    }
  })

  it('shows every quirk, payments without reference, and payments in parts', () => {
    expect(new Set(story.trades.map(({ quirk }) => quirk)).size).toBe(9)
    expect(story.payments.some(({ line, pays }) => line.reference === undefined && pays.length > 1)).toBe(true)
    expect(story.payments.some(({ line }) => line.reference?.includes('part payment'))).toBe(true)
  })

  it('plays on twenty working days', () => {
    expect(story.days).toHaveLength(BUSINESS_DAYS)
    expect(workingDays('2026-03-07', 2)).toEqual(['2026-03-09', '2026-03-10'])
  })
})

describe('figures of BPI Challenge 2019', () => {
  it('has the invoice before the goods in 57.71 % of cases', () => expect(chances.invoiceFirst).toBe(5_771))
  it('changes 8.52 % of quantities and 4.93 % of prices', () =>
    expect([chances.quantityChanged, chances.priceChanged]).toEqual([852, 493]))
  it('draws delays around the log’s median', () => {
    const random = seeded(3)
    const drawn = Array.from({ length: 1_001 }, () => drawDays(random, delays.invoiceToPayment)).sort((a, b) => a - b)
    expect(drawn[500]).toBeGreaterThanOrEqual(8)
    expect(drawn[500]).toBeLessThanOrEqual(10)
  })
})
