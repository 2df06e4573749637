/** What a mutation does to a copy of the history, and what it leaves alone. */
import { invoiceId, normaliseNumber } from '@triflow/kernel'
import { describe, expect, it } from 'vitest'
import { wwiFolder } from './data-folder.ts'
import { readExport } from './export.ts'
import { historyOf } from './history.ts'
import { mutate } from './mutate.ts'

const folder = wwiFolder()
const asText = (value: unknown) =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))

describe.skipIf(!folder)('a mutated copy', () => {
  const honest = folder ? historyOf(readExport(folder)) : { cast: undefined as never, days: [] }
  const before = asText(honest)
  const { history, changes, copies } = mutate(honest, 11)
  const invoices = history.days.flatMap((day) => day.invoices)

  it('leaves the original as it was, and is the same again for the same seed', () => {
    expect(asText(honest)).toBe(before)
    expect(asText(mutate(honest, 11).history)).toBe(asText(history))
    expect(asText(mutate(honest, 12).changes)).not.toBe(asText(changes))
  })

  it('changes eight trades in each of four ways, and copies four invoices in each of four', () => {
    expect(changes).toHaveLength(32)
    expect(copies).toHaveLength(16)
    expect(new Set(changes.map(({ orderNumber }) => orderNumber)).size).toBe(32)
  })

  it('keeps every invoice adding up, over-billed and raised ones too', () => {
    for (const invoice of invoices) {
      expect(invoice.lines.reduce((total, line) => total + line.netMinor, 0n)).toBe(invoice.netMinor)
      expect(invoice.netMinor + invoice.taxMinor).toBe(invoice.grossMinor)
    }
  })

  it('lets the debtor pay what it was billed: payments grow by what invoices grew', () => {
    const billed = (days: typeof history.days) =>
      days.flatMap((day) => day.invoices).reduce((total, invoice) => total + invoice.grossMinor, 0n)
    const paid = (days: typeof history.days) =>
      days.flatMap((day) => day.payments).reduce((total, line) => total + line.amountMinor, 0n)
    expect(paid(history.days) - paid(honest.days)).toBe(billed(history.days) - billed(honest.days))
    expect(billed(history.days)).toBeGreaterThan(billed(honest.days))
  })

  it('types a number anew so that it is another text and the same number', () => {
    const retyped = copies.filter(({ kind }) => kind === 'the number re-typed')
    expect(retyped).toHaveLength(4)
    for (const { copy, original } of retyped) {
      expect(copy.number).not.toBe(original.number)
      expect(normaliseNumber(copy.number)).toBe(original.number)
      expect(invoiceId(copy.supplierId, copy.number, copy.issuedOn)).toBe(
        invoiceId(original.supplierId, original.number, original.issuedOn),
      )
    }
  })

  it('gives a copy under a new number or date an identity of its own, over the same goods', () => {
    for (const { copy, original, expected } of copies.filter((one) => one.expected.caughtBy === 'claim')) {
      expect(invoiceId(copy.supplierId, copy.number, copy.issuedOn)).not.toBe(
        invoiceId(original.supplierId, original.number, original.issuedOn),
      )
      expect(copy.lines).toEqual(original.lines)
      expect(['GoodsAlreadyBilled', 'InvoiceRedated']).toContain(expected.reason)
    }
  })
})
