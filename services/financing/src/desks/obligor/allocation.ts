/** Cash explains itself by the first step that has exactly one answer; what none explains is left to a person. */
import { sum } from '@triflow/kernel'
import { numbersNamed } from './reference.ts'
import { onlySubset } from './subset.ts'
import type { ExplainedBy } from './vocabulary.ts'

/** An invoice of the pair that the debtor still owes something on. */
export interface OpenInvoice {
  invoiceId: string
  /** Normalised. */
  plainNumber: string
  issuedOn: string
  openMinor: bigint
}

export interface Cash {
  amountMinor: bigint
  valueOn: string
  reference: string
}

export interface Explanation {
  by: ExplainedBy
  parts: { invoiceId: string; amountMinor: bigint }[]
}

const mostInSubset = 12
/** Branches that the subset search of one receipt may look at. */
export const nodesPerReceipt = 20_000

const whole = (by: ExplainedBy, invoices: readonly OpenInvoice[]): Explanation => ({
  by,
  parts: invoices.map(({ invoiceId, openMinor }) => ({ invoiceId, amountMinor: openMinor })),
})

/** First step: the text names exactly one open invoice, and pays no more than is open on it. A part leaves it open. */
export const byReference = (cash: Cash, open: readonly OpenInvoice[]): Explanation | undefined => {
  if (cash.reference.trim() === '') return undefined
  const named = numbersNamed(cash.reference)
  const [only, ...others] = open.filter((invoice) => named.has(invoice.plainNumber))
  if (!only || others.length > 0 || cash.amountMinor > only.openMinor) return undefined
  return { by: 'reference', parts: [{ invoiceId: only.invoiceId, amountMinor: cash.amountMinor }] }
}

/**
 * The further steps, over invoices of the pair open on the value date, given in (issue date, id) order: all of them; the
 * oldest-first prefix; the only subset of at most twelve. Each must sum to the cent.
 * They are asked at close of day only, when the day's invoices are all known.
 */
export const bySums = (cash: Cash, open: readonly OpenInvoice[]): { answer?: Explanation; nodes: number } => {
  const candidates = open.filter((invoice) => invoice.issuedOn <= cash.valueOn && invoice.openMinor > 0n)
  if (candidates.length === 0) return { nodes: 0 }
  if (sum(candidates.map((invoice) => invoice.openMinor)) === cash.amountMinor)
    return { answer: whole('all-open', candidates), nodes: candidates.length }
  let running = 0n
  for (const [index, invoice] of candidates.entries()) {
    running += invoice.openMinor
    if (running === cash.amountMinor)
      return { answer: whole('oldest-first', candidates.slice(0, index + 1)), nodes: index + 1 }
    if (running > cash.amountMinor) break
  }
  const amounts = candidates.map((invoice) => invoice.openMinor)
  const { found, nodes } = onlySubset(amounts, cash.amountMinor, mostInSubset, nodesPerReceipt)
  if (!found) return { nodes: nodes + candidates.length }
  const chosen = found.map((position) => candidates[position]!)
  return { answer: whole('only-subset', chosen), nodes: nodes + candidates.length }
}

/** An officer's word: the named invoices are paid oldest first; undefined when they do not take the whole amount. */
export const byOfficer = (cash: Cash, named: readonly OpenInvoice[]): Explanation | undefined => {
  const parts: Explanation['parts'] = []
  let left = cash.amountMinor
  for (const { invoiceId, openMinor } of named) {
    const amountMinor = left < openMinor ? left : openMinor
    if (amountMinor > 0n) parts.push({ invoiceId, amountMinor })
    left -= amountMinor
  }
  return left === 0n && parts.length === named.length ? { by: 'officer', parts } : undefined
}
