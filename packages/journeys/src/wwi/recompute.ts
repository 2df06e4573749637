/**
 * What must come out of a history, computed here from the documents alone, with the terms: the yardstick for the
 * platform's own sums, and the check that the known truths are right.
 */
import { daysBetween, floorDivide, larger, portion, smaller, sum } from '@triflow/kernel'
import type { Invoice } from '../actors/documents.ts'
import type { Day, History } from './history.ts'

/** Terms of programme `wwi`. */
export const terms = {
  advanceRateBps: 8_000,
  annualRateBps: 435,
  dayCountBasis: 360,
  limitMinor: 12_000_000_00n,
} as const

/** Withheld or earned price of an advance for days, ACT/360, rounded down (domain brief, golden example 5). */
export const discountFor = (advanceMinor: bigint, days: number): bigint =>
  floorDivide(advanceMinor * BigInt(terms.annualRateBps) * BigInt(days), 10_000n * BigInt(terms.dayCountBasis))

export interface Advance {
  readonly invoice: Invoice
  readonly advanceMinor: bigint
  readonly discountMinor: bigint
}

export interface Recomputed {
  readonly orderCount: number
  readonly orderLineCount: number
  readonly tradeCount: number
  readonly tradeLineCount: number
  /** Lines received as ordered, on the invoice's date. */
  readonly asOrderedLineCount: number
  /** Invoices whose net amount is the value of their order. */
  readonly netEqualsOrderCount: number
  readonly waitingOrders: readonly string[]
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly grossMinor: bigint
  readonly paymentCount: number
  /** Payments that equal the supplier's open invoices on the value date, to the cent. */
  readonly explainedPaymentCount: number
  /** Of those, payments that settle an invoice of their own day. */
  readonly sameDayPaymentCount: number
  readonly paidCount: number
  readonly paidMinor: bigint
  readonly openCount: number
  readonly openMinor: bigint
  /** Invoices that repeat an earlier number of their supplier, and over how many numbers. */
  readonly repeatedNumberCount: number
  readonly repeatedNumberPairs: number
  readonly financedCount: number
  readonly advancedMinor: bigint
  readonly peakExposureMinor: bigint
  readonly peakOn: string
  readonly outstandingMinor: bigint
  readonly discountWithheldMinor: bigint
  readonly discountEarnedMinor: bigint
}

const valueOf = (lines: readonly { readonly quantity: number; readonly unitPriceMinor: bigint }[]): bigint =>
  sum(lines.map((line) => BigInt(line.quantity) * line.unitPriceMinor))

const repeats = (days: readonly Day[]) => {
  const seen = new Map<string, number>()
  for (const { supplierId, number } of days.flatMap((day) => day.invoices))
    seen.set(`${supplierId}/${number}`, (seen.get(`${supplierId}/${number}`) ?? 0) + 1)
  const repeated = [...seen.values()].filter((count) => count > 1)
  return {
    repeatedNumberCount: repeated.reduce((total, count) => total + count - 1, 0),
    repeatedNumberPairs: repeated.length,
  }
}

/** Plays the money: every complete invoice is advanced on its day, every payment settles what of its supplier is open. */
const playMoney = (days: readonly Day[]) => {
  const open = new Map<string, Advance[]>()
  let exposure = 0n
  const money = {
    paymentCount: 0,
    explainedPaymentCount: 0,
    sameDayPaymentCount: 0,
    paidCount: 0,
    paidMinor: 0n,
    financedCount: 0,
    advancedMinor: 0n,
    peakExposureMinor: 0n,
    peakOn: '',
    discountWithheldMinor: 0n,
    discountEarnedMinor: 0n,
  }
  for (const { date, invoices, payments } of days) {
    for (const invoice of invoices) {
      const advanceMinor = portion(invoice.netMinor, terms.advanceRateBps)
      const discountMinor = discountFor(advanceMinor, daysBetween(date, invoice.dueOn))
      open.set(invoice.supplierId, [...(open.get(invoice.supplierId) ?? []), { invoice, advanceMinor, discountMinor }])
      money.financedCount++
      money.advancedMinor += advanceMinor
      money.discountWithheldMinor += discountMinor
      exposure += advanceMinor
    }
    if (exposure > money.peakExposureMinor) Object.assign(money, { peakExposureMinor: exposure, peakOn: date })
    for (const payment of payments) {
      money.paymentCount++
      const due = open.get(payment.supplierId) ?? []
      if (sum(due.map(({ invoice }) => invoice.grossMinor)) !== payment.amountMinor) continue
      money.explainedPaymentCount++
      if (due.some(({ invoice }) => invoice.issuedOn === date)) money.sameDayPaymentCount++
      for (const { invoice, advanceMinor, discountMinor } of due) {
        money.paidCount++
        money.paidMinor += invoice.grossMinor
        money.discountEarnedMinor += smaller(
          discountMinor,
          discountFor(advanceMinor, daysBetween(invoice.issuedOn, date)),
        )
        exposure -= advanceMinor
      }
      open.set(payment.supplierId, [])
    }
  }
  const left = [...open.values()].flat()
  return {
    ...money,
    openCount: left.length,
    openMinor: sum(left.map(({ invoice }) => invoice.grossMinor)),
    outstandingMinor: larger(exposure, 0n),
  }
}

export const recompute = ({ days }: History): Recomputed => {
  const orders = days.flatMap((day) => day.orders)
  const invoices = days.flatMap((day) => day.invoices)
  const receipts = days.flatMap((day) => day.receipts)
  const receivedOn = new Map<string, string>()
  const received = new Map<string, number>()
  for (const receipt of receipts)
    for (const { orderNumber, orderLine, quantity } of receipt.lines) {
      received.set(`${orderNumber}/${orderLine}`, (received.get(`${orderNumber}/${orderLine}`) ?? 0) + quantity)
      receivedOn.set(`${orderNumber}/${orderLine}`, receipt.receivedOn)
    }
  const billed = new Map(
    invoices.flatMap((invoice) => invoice.lines.map((line) => [line.orderNumber, invoice] as const)),
  )
  const complete = orders.filter(
    (order) => billed.has(order.number) && order.lines.some(({ line }) => received.has(`${order.number}/${line}`)),
  )
  const asOrdered = complete.flatMap((order) =>
    order.lines.filter(
      ({ line, quantity }) =>
        received.get(`${order.number}/${line}`) === quantity &&
        receivedOn.get(`${order.number}/${line}`) === billed.get(order.number)!.issuedOn,
    ),
  )
  return {
    orderCount: orders.length,
    orderLineCount: orders.reduce((total, order) => total + order.lines.length, 0),
    tradeCount: complete.length,
    tradeLineCount: complete.reduce((total, order) => total + order.lines.length, 0),
    asOrderedLineCount: asOrdered.length,
    netEqualsOrderCount: complete.filter((order) => billed.get(order.number)!.netMinor === valueOf(order.lines)).length,
    waitingOrders: orders.filter((order) => !complete.includes(order)).map((order) => order.number),
    netMinor: sum(invoices.map((invoice) => invoice.netMinor)),
    taxMinor: sum(invoices.map((invoice) => invoice.taxMinor)),
    grossMinor: sum(invoices.map((invoice) => invoice.grossMinor)),
    ...repeats(days),
    ...playMoney(days),
  }
}
