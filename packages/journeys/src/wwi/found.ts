/** What the platform shows at the end, read from its views and its ledger through the public doors, and from nothing else. */
import { invoicePath } from '../actors/buyer.ts'
import { segment } from '../actors/documents.ts'
import type { Caller, Document } from '../client/caller.ts'
import type { Progress } from '../report/progress.ts'
import { amountIn, listIn, numberIn, textIn } from '../report/reading.ts'
import { atRest, balanceOf, inParallel } from '../watching.ts'
import type { History } from './history.ts'
import { nameOf } from './play.ts'
import type { Recomputed } from './recompute.ts'

interface OrderSeen {
  readonly number: string
  readonly order: Document | undefined
  readonly trade: Document | undefined
}

interface InvoiceSeen {
  readonly supplierId: string
  readonly number: string
  readonly issuedOn: string
  readonly invoice: Document | undefined
  readonly claim: Document | undefined
}

export interface Found extends Recomputed {
  readonly position: Document
  readonly ledger: Document
  /** What the orders that are no complete trade say they wait for. */
  readonly waitingFor: ReadonlyMap<string, readonly string[]>
  readonly refusedByReason: readonly { readonly code: string; readonly count: number }[]
  readonly waitedByReason: readonly { readonly code: string; readonly count: number }[]
  /** Invoices that repeat an earlier number and were refused: there should be none. */
  readonly repeatsRefused: number
  readonly trialBalanceMinor: bigint
  readonly limitMinor: bigint
  /** Claims not financed at the end, and those of them that say what they wait for or why they were refused. */
  readonly unfinancedCount: number
  readonly unfinancedSaying: number
}

const WIDTH = 16

const readAll = async (bank: Caller, history: History, progress: Progress) => {
  const buyerId = history.cast.wholesaler.partyId
  const orders = history.days.flatMap((day) => day.orders)
  const invoices = history.days.flatMap((day) => day.invoices)
  const bar = progress.bar('reading views', orders.length + invoices.length)
  const ordersSeen = await inParallel(orders, WIDTH, async ({ number }): Promise<OrderSeen> => {
    const order = await bank.read(`/v1/orders/${buyerId}/${segment(number)}`)
    const trade = await bank.read(`/v1/trades/${buyerId}/${segment(number)}`)
    bar.advance()
    return { number, order, trade }
  })
  const invoicesSeen = await inParallel(invoices, WIDTH, async (issued): Promise<InvoiceSeen> => {
    const name = nameOf(issued)
    const invoice = await bank.read(`/v1/invoices/${invoicePath(name)}`)
    const claim = await bank.read(`/v1/claims/${invoicePath(name)}`)
    bar.advance()
    return { ...name, invoice, claim }
  })
  return { ordersSeen, invoicesSeen }
}

const countsIn = (position: Document, field: string) =>
  listIn(position, field).map((one) => ({ code: textIn(one, 'code'), count: numberIn(one, 'count') }))

const eventsIn = (trade: Document | undefined, type: string): Document[] =>
  (trade ? listIn(trade, 'events') : []).filter((event) => event['type'] === type)

const isComplete = ({ trade }: OrderSeen): boolean =>
  trade !== undefined &&
  ['OrderAccepted', 'OrderReceived', 'OrderBilled'].every((type) => eventsIn(trade, type).length > 0)

/** Lines received as ordered, where goods and invoice bear one date. */
const asOrdered = ({ trade }: OrderSeen): number => {
  const dates = new Set(
    ['OrderReceived', 'OrderBilled'].flatMap((type) => eventsIn(trade, type).map((event) => textIn(event, 'on'))),
  )
  if (!trade || dates.size !== 1) return 0
  const lines = listIn(trade, 'shares').flatMap((share) => listIn(share, 'lines'))
  return lines.filter((line) => line['verdict'] === 'matched' && line['orderedQuantity'] === line['receivedQuantity'])
    .length
}

const total = (documents: readonly (Document | undefined)[], field: string): bigint =>
  documents.reduce((sum, document) => sum + (document ? amountIn(document, field) : 0n), 0n)

const isSettled = ({ claim }: InvoiceSeen): boolean => claim?.['settled'] === true

const SAYING = new Set(['waiting', 'referred', 'refused', 'paid'])

export const readFound = async (
  bank: Caller,
  history: History,
  programmeId: string,
  progress: Progress,
): Promise<Found> => {
  const { position, books: ledger } = await atRest(bank, programmeId)
  const { ordersSeen, invoicesSeen } = await readAll(bank, history, progress)
  const netOf = new Map(
    invoicesSeen.flatMap(({ invoice }) =>
      invoice
        ? listIn(invoice, 'lines').map((line) => [textIn(line, 'orderId'), amountIn(invoice, 'netMinor')] as const)
        : [],
    ),
  )
  const complete = ordersSeen.filter(isComplete)
  const lineCount = (seen: readonly OrderSeen[]) =>
    seen.reduce((count, { order }) => count + (order ? listIn(order, 'lines').length : 0), 0)
  const repeated = new Map<string, InvoiceSeen[]>()
  for (const seen of invoicesSeen.filter(({ invoice }) => invoice)) {
    const key = `${seen.supplierId}/${seen.number}`
    repeated.set(key, [...(repeated.get(key) ?? []), seen])
  }
  const repeats = [...repeated.values()].filter((group) => group.length > 1)
  const receiptDay = new Map<string, string>(
    history.days.flatMap((day) =>
      day.payments.map((line) => [`${line.supplierId}|${line.debtorId}/${line.lineId}`, day.date] as const),
    ),
  )
  const sameDay = new Set(
    invoicesSeen.flatMap(({ claim, issuedOn }) =>
      ((claim?.['receiptIds'] ?? []) as string[]).filter((receiptId) => receiptDay.get(receiptId) === issuedOn),
    ),
  )
  const allocated = countsIn(position, 'receiptsAllocated')
  const settled = invoicesSeen.filter(isSettled)
  const open = invoicesSeen.filter((seen) => seen.invoice && !isSettled(seen))
  const unfinanced = invoicesSeen.filter(({ claim }) => !claim || amountIn(claim, 'advanceMinor') === 0n)
  return {
    position,
    ledger,
    orderCount: ordersSeen.filter(({ order }) => order).length,
    orderLineCount: lineCount(ordersSeen),
    tradeCount: complete.length,
    tradeLineCount: lineCount(complete),
    asOrderedLineCount: complete.reduce((count, seen) => count + asOrdered(seen), 0),
    netEqualsOrderCount: complete.filter(
      ({ order }) => order && netOf.get(textIn(order, 'id')) === amountIn(order, 'amountMinor'),
    ).length,
    waitingOrders: ordersSeen.filter((seen) => !isComplete(seen)).map(({ number }) => number),
    waitingFor: new Map(
      ordersSeen
        .filter((seen) => !isComplete(seen))
        .map(({ number, trade }) => [number, (trade?.['missing'] ?? []) as string[]]),
    ),
    netMinor: total(
      invoicesSeen.map(({ invoice }) => invoice),
      'netMinor',
    ),
    taxMinor: total(
      invoicesSeen.map(({ invoice }) => invoice),
      'taxMinor',
    ),
    grossMinor: total(
      invoicesSeen.map(({ invoice }) => invoice),
      'grossMinor',
    ),
    paymentCount: numberIn(position, 'receiptsKnown'),
    explainedPaymentCount: allocated.find(({ code }) => code === 'all-open')?.count ?? 0,
    sameDayPaymentCount: sameDay.size,
    paidCount: settled.length,
    paidMinor: total(
      settled.map(({ claim }) => claim),
      'paidMinor',
    ),
    openCount: open.length,
    openMinor:
      total(
        open.map(({ invoice }) => invoice),
        'grossMinor',
      ) -
      total(
        open.map(({ claim }) => claim),
        'paidMinor',
      ),
    repeatedNumberCount: repeats.reduce((count, group) => count + group.length - 1, 0),
    repeatedNumberPairs: repeats.length,
    repeatsRefused: repeats.flat().filter(({ claim }) => claim?.['status'] === 'refused').length,
    financedCount: numberIn(position, 'claimsFinanced'),
    advancedMinor: amountIn(position, 'advancedMinor'),
    peakExposureMinor: amountIn(position, 'peakExposureMinor'),
    peakOn: textIn(position, 'peakOn'),
    outstandingMinor: balanceOf(ledger, 'advances:outstanding'),
    discountWithheldMinor: amountIn(position, 'discountWithheldMinor'),
    // Income stands on the credit side.
    discountEarnedMinor: -balanceOf(ledger, 'income:discount-earned'),
    refusedByReason: countsIn(position, 'refusedByReason'),
    waitedByReason: countsIn(position, 'waitedByReason'),
    trialBalanceMinor: amountIn(ledger, 'trialBalanceMinor'),
    limitMinor: amountIn(position, 'limitMinor'),
    unfinancedCount: unfinanced.length,
    unfinancedSaying: unfinanced.filter(
      ({ claim }) => claim && SAYING.has(String(claim['status'])) && claim['reason'] !== '',
    ).length,
  }
}
