/**
 * Changes a copy of the history: goods short or over, lines over-billed, prices raised, and invoices sent a second time
 * in four disguises. Each change says what the platform ought to make of it.
 */
import { roundDivide } from '@triflow/kernel'
import type { Invoice, InvoiceLine } from '../actors/documents.ts'
import { seeded, type Random } from '../generator/random.ts'
import type { Day, History } from './history.ts'

export type ChangeKind = 'short receipt' | 'over-receipt' | 'over-billed line' | 'raised price'
export type CopyKind =
  'the same document again' | 'the number re-typed' | 'the same goods under a new number' | 'number and date re-typed'

/** A changed trade, and how its share of the invoice ought to be judged. */
export interface Change {
  readonly kind: ChangeKind
  readonly invoice: Invoice
  readonly orderNumber: string
  readonly orderLine: number
  readonly what: string
  readonly expected: {
    readonly share: string
    readonly reason: string
    readonly line: string
    readonly financeableNetMinor: bigint
  }
}

/** A second bill, and the reason it ought to be caught with: at the door, or as a claim. */
export interface Copy {
  readonly kind: CopyKind
  readonly on: string
  readonly copy: Invoice
  readonly original: Invoice
  readonly expected: { readonly caughtBy: 'invoice' | 'claim'; readonly reason: string }
}

export interface Mutated {
  readonly history: History
  readonly changes: readonly Change[]
  readonly copies: readonly Copy[]
}

const CHANGES_PER_KIND = 8
const COPIES_PER_KIND = 4
/** Tax of the export's invoices: what is billed more carries it, too. */
const TAX_PERCENT = 15n

/** Days at the end are left alone: a change must have time to show. */
const QUIET_DAYS = 10

interface Candidate {
  readonly invoice: Invoice
  readonly dayIndex: number
}

const withLine = (
  invoice: Invoice,
  position: number,
  change: (line: InvoiceLine) => Omit<InvoiceLine, 'netMinor'>,
): Invoice => {
  const lines = invoice.lines.map((line, index) => {
    if (index !== position) return line
    const changed = change(line)
    return { ...changed, netMinor: BigInt(changed.quantity) * changed.unitPriceMinor }
  })
  const netMinor = lines.reduce((total, line) => total + line.netMinor, 0n)
  const taxMinor = invoice.taxMinor + roundDivide((netMinor - invoice.netMinor) * TAX_PERCENT, 100n)
  return { ...invoice, lines, netMinor, taxMinor, grossMinor: netMinor + taxMinor }
}

interface Draft {
  days: Day[]
  /** What a supplier's invoices grew by, to be paid with its next payment. */
  readonly owed: { readonly supplierId: string; readonly from: number; readonly byMinor: bigint }[]
}

const replaceInvoice = (draft: Draft, { invoice, dayIndex }: Candidate, changed: Invoice): void => {
  const day = draft.days[dayIndex]!
  draft.days[dayIndex] = { ...day, invoices: day.invoices.map((one) => (one === invoice ? changed : one)) }
  draft.owed.push({ supplierId: invoice.supplierId, from: dayIndex, byMinor: changed.grossMinor - invoice.grossMinor })
}

const replaceReceived = (draft: Draft, { invoice, dayIndex }: Candidate, line: InvoiceLine, quantity: number): void => {
  const day = draft.days[dayIndex]!
  const receipts = day.receipts.map((receipt) => ({
    ...receipt,
    lines: receipt.lines.map((one) =>
      one.orderNumber === invoice.lines[0]!.orderNumber && one.orderLine === line.orderLine
        ? { ...one, quantity }
        : one,
    ),
  }))
  draft.days[dayIndex] = { ...day, receipts }
}

const changeOne = (kind: ChangeKind, draft: Draft, candidate: Candidate, random: Random): Change => {
  const { invoice } = candidate
  const position = random.below(invoice.lines.length)
  const line = invoice.lines[position]!
  const head = { kind, orderNumber: line.orderNumber, orderLine: line.orderLine }
  switch (kind) {
    case 'short receipt': {
      const missing = random.between(1, line.quantity - 1)
      replaceReceived(draft, candidate, line, line.quantity - missing)
      const financeableNetMinor = invoice.netMinor - BigInt(missing) * line.unitPriceMinor
      const expected = { share: 'reduced', reason: 'ShortReceived', line: 'short-received', financeableNetMinor }
      return { ...head, invoice, what: `${missing} of ${line.quantity} did not come`, expected }
    }
    case 'over-receipt': {
      const more = random.between(1, line.quantity)
      replaceReceived(draft, candidate, line, line.quantity + more)
      const expected = { share: 'matched', reason: '', line: 'matched', financeableNetMinor: invoice.netMinor }
      return { ...head, invoice, what: `${more} more than ${line.quantity} came`, expected }
    }
    case 'over-billed line': {
      const more = random.between(1, line.quantity)
      const changed = withLine(invoice, position, (one) => ({ ...one, quantity: one.quantity + more }))
      replaceInvoice(draft, candidate, changed)
      const expected = {
        share: 'reduced',
        reason: 'OverBilled',
        line: 'over-billed',
        financeableNetMinor: invoice.netMinor,
      }
      return { ...head, invoice: changed, what: `${more} more than ${line.quantity} billed`, expected }
    }
    case 'raised price': {
      const raised = line.unitPriceMinor + roundDivide(line.unitPriceMinor * BigInt(random.between(5, 20)), 100n) + 1n
      const changed = withLine(invoice, position, (one) => ({ ...one, unitPriceMinor: raised }))
      replaceInvoice(draft, candidate, changed)
      const expected = {
        share: 'referred',
        reason: 'PriceOverTolerance',
        line: 'price-over',
        financeableNetMinor: invoice.netMinor,
      }
      return { ...head, invoice: changed, what: `price ${line.unitPriceMinor} became ${raised} minor units`, expected }
    }
  }
}

/** Full-width digits, or spaces between: what a second clerk might type. Numbers of the export have no letters. */
const retyped = (number: string, random: Random): string => {
  const wide = number.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0))
  return random.pick([wide, ` ${number.slice(0, 1)} ${number.slice(1)}`, `${number.slice(0, -1)} ${number.slice(-1)} `])
}

const copyOne = (kind: CopyKind, days: readonly Day[], { invoice, dayIndex }: Candidate, random: Random): Copy => {
  const on = days[dayIndex]!.date
  const later = days[dayIndex + 1]!.date
  switch (kind) {
    case 'the same document again':
      return {
        kind,
        on,
        original: invoice,
        copy: invoice,
        expected: { caughtBy: 'invoice', reason: 'InvoiceAlreadyIssued' },
      }
    case 'the number re-typed':
      return {
        kind,
        on,
        original: invoice,
        copy: { ...invoice, number: retyped(invoice.number, random) },
        expected: { caughtBy: 'invoice', reason: 'InvoiceRetyped' },
      }
    case 'the same goods under a new number':
      return {
        kind,
        on,
        original: invoice,
        copy: { ...invoice, number: `${invoice.number}-B` },
        expected: { caughtBy: 'claim', reason: 'GoodsAlreadyBilled' },
      }
    case 'number and date re-typed':
      return {
        kind,
        on: later,
        original: invoice,
        copy: {
          ...invoice,
          number: retyped(invoice.number, random),
          issuedOn: later,
          dueOn: invoice.dueOn > later ? invoice.dueOn : later,
        },
        expected: { caughtBy: 'claim', reason: 'InvoiceRedated' },
      }
  }
}

/** The debtor pays what it was billed: the next payment of the supplier takes the difference with it. */
const payMore = ({ days, owed }: Draft): Day[] => {
  const changed = [...days]
  for (const { supplierId, from, byMinor } of owed) {
    const index = changed.findIndex(
      (day, at) => at >= from && day.payments.some((line) => line.supplierId === supplierId),
    )
    if (index < 0) continue
    const day = changed[index]!
    const payments = day.payments.map((line) =>
      line.supplierId === supplierId ? { ...line, amountMinor: line.amountMinor + byMinor } : line,
    )
    changed[index] = { ...day, payments }
  }
  return changed
}

const changeKinds: readonly ChangeKind[] = ['short receipt', 'over-receipt', 'over-billed line', 'raised price']
const copyKinds: readonly CopyKind[] = [
  'the same document again',
  'the number re-typed',
  'the same goods under a new number',
  'number and date re-typed',
]

export const mutate = (history: History, seed: number): Mutated => {
  const random = seeded(seed)
  const last = Math.max(0, history.days.length - QUIET_DAYS)
  const isPaidToday = (dayIndex: number, supplierId: string) =>
    history.days[dayIndex]!.payments.some((line) => line.supplierId === supplierId)
  // What is paid before close of its day is never financed, so a change could not show.
  const candidates: Candidate[] = history.days
    .slice(0, last)
    .flatMap((day, dayIndex) => day.invoices.map((invoice) => ({ invoice, dayIndex })))
    .filter(
      ({ invoice, dayIndex }) =>
        !isPaidToday(dayIndex, invoice.supplierId) && invoice.lines.every((line) => line.quantity >= 2),
    )
  const wanted = changeKinds.length * CHANGES_PER_KIND + copyKinds.length * COPIES_PER_KIND
  const chosen = shuffled(random.some(candidates, wanted), random)
  const draft: Draft = { days: [...history.days], owed: [] }
  const take = () => chosen.pop()
  const changes = changeKinds.flatMap((kind) =>
    Array.from({ length: CHANGES_PER_KIND }, take).flatMap((candidate) =>
      candidate ? [changeOne(kind, draft, candidate, random)] : [],
    ),
  )
  const copies = copyKinds.flatMap((kind) =>
    Array.from({ length: COPIES_PER_KIND }, take).flatMap((candidate) =>
      candidate ? [copyOne(kind, history.days, candidate, random)] : [],
    ),
  )
  return { history: { ...history, days: payMore(draft) }, changes, copies }
}

const shuffled = <T>(items: readonly T[], random: Random): T[] => {
  const left = [...items]
  const drawn: T[] = []
  while (left.length > 0) drawn.push(...left.splice(random.below(left.length), 1))
  return drawn
}

export const copiesByDay = (copies: readonly Copy[]): Map<string, Invoice[]> => {
  const byDay = new Map<string, Invoice[]>()
  for (const { on, copy } of copies) byDay.set(on, [...(byDay.get(on) ?? []), copy])
  return byDay
}
