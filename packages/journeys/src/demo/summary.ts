/** What a demo came to, read from views and ledger: figures that are the same for a seed, and latencies that are not. */
import { segment } from '../actors/documents.ts'
import type { Caller, Document } from '../client/caller.ts'
import type { Story } from '../generator/story.ts'
import { percentile } from '../report/percentiles.ts'
import { amountIn, listIn, numberIn, textIn } from '../report/reading.ts'
import { bold, count, money, table } from '../report/tables.ts'
import { atRest, balanceOf, inParallel } from '../watching.ts'
import { invoicePath } from '../actors/buyer.ts'

interface Counted {
  readonly code: string
  readonly count: number
}

/** Equal for two runs of one seed, disturbed or not. */
export interface DemoTotals {
  readonly orders: number
  readonly amended: number
  readonly cancelled: number
  readonly accepted: number
  readonly invoices: number
  /** Trades by what the three flows came to. */
  readonly trades: readonly Counted[]
  readonly claims: readonly Counted[]
  readonly financed: number
  readonly referredByReason: readonly Counted[]
  readonly refusedByReason: readonly Counted[]
  /** How often a claim began to wait, by what it waited for. */
  readonly waitedByReason: readonly Counted[]
  readonly advancedMinor: bigint
  readonly disbursedMinor: bigint
  readonly discountWithheldMinor: bigint
  readonly discountEarnedMinor: bigint
  readonly penaltyMinor: bigint
  readonly repaidMinor: bigint
  readonly toSupplierMinor: bigint
  readonly receivedMinor: bigint
  readonly receipts: number
  readonly receiptsExplained: readonly Counted[]
  readonly receiptsOpen: number
  readonly invoicesSettled: number
  readonly dilutionMinor: bigint
  readonly exposureMinor: bigint
  readonly peakExposureMinor: bigint
  readonly peakOn: string
  readonly limitMinor: bigint
  readonly outstandingInBooksMinor: bigint
  readonly trialBalanceMinor: bigint
}

export interface DemoResult {
  readonly totals: DemoTotals
  /** Milliseconds from the last matching event to the decision, for decisions that a flow completed. */
  readonly latenciesMs: readonly number[]
  /** A trade worth telling. */
  readonly told: string
  /** Its claim, if that was decided on. */
  readonly claim: string | undefined
}

const countsIn = (document: Document, field: string): Counted[] =>
  listIn(document, field).map((one) => ({ code: textIn(one, 'code'), count: numberIn(one, 'count') }))

const tally = (codes: readonly string[]): Counted[] => {
  const counts = new Map<string, number>()
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].map(([code, number]) => ({ code, count: number })).sort((a, b) => (a.code < b.code ? -1 : 1))
}

/** Where the flows met, or which of them is not there yet. */
const standingOf = (trade: Document | undefined): string => {
  if (!trade) return 'unknown'
  const outcomes = listIn(trade, 'outcomes')
  if (outcomes.length > 0) return 'matched'
  const missing = (trade['missing'] ?? []) as string[]
  return missing.length > 0 ? `waiting for ${missing.join(', ')}` : 'cancelled'
}

const latencyOf = (decision: Document): number[] => {
  // An officer's word or a close of day completes a claim itself: no flow was waited for.
  if (listIn(decision, 'earlier').length > 0) return []
  const ms = Number(decision['decidedAtMs']) - Number(decision['lastEventAtMs'])
  return Number(decision['lastEventAtMs']) > 0 && ms > 0 ? [ms] : []
}

/** A trade that was financed and repaid in full, with goods in more than one shipment if there is such a one. */
const worthTelling = (story: Story, claims: ReadonlyMap<string, Document | undefined>): string => {
  const settled = story.trades.filter(({ number }) => claims.get(number)?.['status'] === 'settled')
  const chosen =
    settled.find(({ quirk }) => quirk === 'in-parts') ??
    settled[0] ??
    story.trades.find(({ receiptDay }) => receiptDay !== undefined) ??
    story.trades[0]!
  return chosen.number
}

export const readResult = async (bank: Caller, story: Story): Promise<DemoResult> => {
  const { position, books } = await atRest(bank, story.id)
  const buyerId = story.people.manufacturer.partyId
  const seen = await inParallel(story.trades, 16, async ({ number, invoice }) => ({
    number,
    order: await bank.read(`/v1/orders/${buyerId}/${segment(number)}`),
    trade: await bank.read(`/v1/trades/${buyerId}/${segment(number)}`),
    claim: invoice && (await bank.read(`/v1/claims/${invoicePath(invoice)}`)),
  }))
  const claims = seen.flatMap(({ claim }) => (claim ? [claim] : []))
  const decisionIds = claims.map((claim) => textIn(claim, 'decisionId')).filter((id) => id !== '')
  const decisions = await inParallel(decisionIds, 16, (id) => bank.read(`/v1/decisions/${segment(id)}`))
  const orderStatuses = tally(seen.map(({ order }) => String(order?.['status'] ?? 'missing')))
  const statusCount = (code: string) => orderStatuses.find((one) => one.code === code)?.count ?? 0
  const totals: DemoTotals = {
    orders: seen.filter(({ order }) => order).length,
    amended: seen.filter(({ order }) => order && numberIn(order, 'version') > 1).length,
    cancelled: statusCount('cancelled'),
    accepted: statusCount('accepted'),
    invoices: numberIn(position, 'invoicesKnown'),
    trades: tally(seen.map(({ trade }) => standingOf(trade))),
    claims: tally(claims.map((claim) => textIn(claim, 'status'))),
    financed: numberIn(position, 'claimsFinanced'),
    referredByReason: countsIn(position, 'referredByReason'),
    refusedByReason: countsIn(position, 'refusedByReason'),
    waitedByReason: countsIn(position, 'waitedByReason'),
    advancedMinor: amountIn(position, 'advancedMinor'),
    disbursedMinor: amountIn(position, 'disbursedMinor'),
    discountWithheldMinor: amountIn(position, 'discountWithheldMinor'),
    discountEarnedMinor: amountIn(position, 'discountEarnedMinor'),
    penaltyMinor: amountIn(position, 'penaltyMinor'),
    repaidMinor: amountIn(position, 'repaidMinor'),
    toSupplierMinor: amountIn(position, 'toSupplierMinor'),
    receivedMinor: amountIn(position, 'receivedMinor'),
    receipts: numberIn(position, 'receiptsKnown'),
    receiptsExplained: countsIn(position, 'receiptsAllocated'),
    receiptsOpen: listIn(position, 'unallocated').length,
    invoicesSettled: numberIn(position, 'invoicesSettled'),
    dilutionMinor: amountIn(position, 'dilutionMinor'),
    exposureMinor: amountIn(position, 'exposureMinor'),
    peakExposureMinor: amountIn(position, 'peakExposureMinor'),
    peakOn: textIn(position, 'peakOn'),
    limitMinor: amountIn(position, 'limitMinor'),
    outstandingInBooksMinor: balanceOf(books, 'advances:outstanding'),
    trialBalanceMinor: amountIn(books, 'trialBalanceMinor'),
  }
  const told = worthTelling(story, new Map(seen.map(({ number, claim }) => [number, claim])))
  const claim = seen.find(({ number }) => number === told)?.claim
  return {
    totals,
    latenciesMs: decisions.flatMap((decision) => (decision ? latencyOf(decision) : [])),
    told: `${buyerId}/${told}`,
    claim: claim && textIn(claim, 'decisionId') !== '' ? textIn(claim, 'id') : undefined,
  }
}

const listed = (counts: readonly Counted[]): string =>
  counts.map(({ code, count: number }) => `${count(number)} ${code}`).join('\n') || 'none'

/** The summary people read. */
export const tellSummary = (
  story: Story,
  { totals, latenciesMs }: DemoResult,
  seconds: number,
  currency: string,
): string => {
  const amount = (minor: bigint) => `${money(minor, currency)} ${currency}`
  const p50 = percentile(latenciesMs, 0.5)
  const p99 = percentile(latenciesMs, 0.99)
  const latency =
    p50 === undefined
      ? 'no decision to measure'
      : `${p50} ms (p50), ${p99} ms (p99) over ${count(latenciesMs.length)} decisions`
  const rows: readonly (readonly [string, string])[] = [
    [
      'orders',
      `${count(totals.orders)}: ${count(totals.accepted)} accepted, ${count(totals.amended)} of them amended, ${count(totals.cancelled)} cancelled`,
    ],
    ['trades', listed(totals.trades)],
    ['claims', listed(totals.claims)],
    ['financed', `${count(totals.financed)} claims, ${amount(totals.advancedMinor)} advanced`],
    ['referred', listed(totals.referredByReason)],
    ['refused', listed(totals.refusedByReason)],
    ['waited for', listed(totals.waitedByReason)],
    ['paid out', `${amount(totals.disbursedMinor)} at once, ${amount(totals.toSupplierMinor)} later as reserve`],
    ['received', `${count(totals.receipts)} payments, ${amount(totals.receivedMinor)}`],
    [
      '… explained by',
      `${listed(totals.receiptsExplained)}${totals.receiptsOpen > 0 ? `\n${count(totals.receiptsOpen)} still with a person` : ''}`,
    ],
    ['repaid', `${amount(totals.repaidMinor)} principal, ${count(totals.invoicesSettled)} invoices settled`],
    [
      'discount',
      `${amount(totals.discountWithheldMinor)} withheld, ${amount(totals.discountEarnedMinor)} earned so far, ${amount(totals.penaltyMinor)} penalty`,
    ],
    ['dilution', amount(totals.dilutionMinor)],
    [
      'exposure',
      `${amount(totals.exposureMinor)} out, peak ${amount(totals.peakExposureMinor)} on ${totals.peakOn}, limit ${amount(totals.limitMinor)}`,
    ],
    [
      'ledger',
      `${amount(totals.outstandingInBooksMinor)} advances outstanding, trial balance ${amount(totals.trialBalanceMinor)}`,
    ],
    ['decided within', latency],
  ]
  const title = `${story.people.manufacturer.name}, ${story.days[0]} to ${story.days.at(-1)}, played in ${seconds.toFixed(1)} s`
  return `${bold(title)}\n${table(['', ''], rows)}`
}
