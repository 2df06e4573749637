/** The known truths of Wide World Importers, recomputed from the export without the platform. */
import { describe, expect, it } from 'vitest'
import { wwiFolder } from './data-folder.ts'
import { readExport } from './export.ts'
import { historyOf, partyIdOf } from './history.ts'
import { endAsExported, knownTruth, wholeStory } from './known-truth.ts'
import { discountFor, recompute } from './recompute.ts'

const folder = wwiFolder()

describe('prices', () => {
  it('charges 8,700.00 for 800,000.00 over 90 days at 4.35 % ACT/360', () =>
    expect(discountFor(800_000_00n, 90)).toBe(8_700_00n))
  it('rounds a charge down to the cent', () => expect(discountFor(1_00n, 1)).toBe(0n))
})

describe('party ids', () => {
  it.each([
    ['Contoso, Ltd.', 'contoso'],
    ['A Datum Corporation', 'a-datum-corporation'],
    ['The Phone Company', 'the-phone-company'],
  ])('names %s %s', (name, id) => expect(partyIdOf(name)).toBe(id))
})

describe.skipIf(!folder)('Wide World Importers, recomputed', () => {
  const exported = folder ? readExport(folder) : { suppliers: [], orders: [], invoices: [], payments: [] }
  const history = historyOf(exported)
  const found = recompute(history)

  it.each(Object.keys(knownTruth) as (keyof typeof knownTruth)[])('agrees with the known truth on %s', (name) =>
    expect(found[name]).toEqual(knownTruth[name]),
  )

  it('runs from the first to the last day of the export', () =>
    expect([history.days[0]!.date, history.days.at(-1)!.date]).toEqual([wholeStory.from, wholeStory.to]))

  it('ends with the invoices open that the export itself shows open', () =>
    expect(endAsExported(folder!)).toEqual({
      paidCount: found.paidCount,
      openCount: found.openCount,
      openMinor: found.openMinor,
    }))

  it('never sees the columns that tell the end of the story', () => {
    const seen = JSON.stringify(exported, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    expect(seen).not.toMatch(/Finali|Outstanding/i)
  })

  it('has seven suppliers, and invoice lines that add up to the invoice', () => {
    expect(history.cast.suppliers).toHaveLength(7)
    for (const invoice of history.days.flatMap((day) => day.invoices))
      expect(invoice.lines.reduce((total, line) => total + line.netMinor, 0n)).toBe(invoice.netMinor)
  })

  it('notices one changed amount', () => {
    const invoices = exported.invoices.map((one, index) =>
      index === 7 ? { ...one, grossMinor: one.grossMinor + 1n } : one,
    )
    const changed = recompute(historyOf({ ...exported, invoices }))
    expect(changed.grossMinor).toBe(knownTruth.grossMinor + 1n)
    expect(changed.explainedPaymentCount).toBeLessThan(knownTruth.explainedPaymentCount)
  })
})
