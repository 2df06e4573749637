/** The comparison, row by row: what is known of the data against what the platform shows. */
import { count, money, type TruthRow } from '../report/tables.ts'
import { CURRENCY } from './export.ts'
import type { Found } from './found.ts'
import type { Recomputed } from './recompute.ts'

const usd = (amountMinor: bigint): string => `${money(amountMinor, CURRENCY)} ${CURRENCY}`

type Figure = string | number | bigint

const row = (truth: string, known: Figure, found: Figure, shown: (figure: Figure) => string = String): TruthRow => ({
  truth,
  known: shown(known),
  found: shown(found),
  ok: known === found,
})

const counts = (truth: string, known: number, found: number) =>
  row(truth, known, found, (figure) => count(figure as number))
const amounts = (truth: string, known: bigint, found: bigint) =>
  row(truth, known, found, (figure) => usd(figure as bigint))

/** Every order that is no complete trade names what it lacks: nothing was received of it, nothing billed. */
const waitingRow = (known: Recomputed, found: Found): TruthRow => {
  const says = found.waitingOrders.map(
    (number) => `${number}: ${(found.waitingFor.get(number) ?? []).join(', ') || 'nothing'}`,
  )
  const named = found.waitingOrders.every((number) =>
    ['invoice', 'goods-receipt'].every((code) => found.waitingFor.get(number)?.includes(code)),
  )
  return {
    truth: 'orders that wait, and say for what',
    known: known.waitingOrders.length > 3 ? count(known.waitingOrders.length) : known.waitingOrders.join(', '),
    found:
      says.length > 3 ? `${count(says.length)}, ${named ? 'each naming it' : 'not all naming it'}` : says.join('\n'),
    ok: known.waitingOrders.join() === found.waitingOrders.join() && named,
  }
}

/** Rows that hold whatever the limit is: what happened in the trade and what the debtor paid. */
const tradeRows = (known: Recomputed, found: Found): TruthRow[] => [
  counts('orders', known.orderCount, found.orderCount),
  counts('order lines', known.orderLineCount, found.orderLineCount),
  counts('trades with order, receipt and invoice', known.tradeCount, found.tradeCount),
  counts('lines of those trades', known.tradeLineCount, found.tradeLineCount),
  counts('… received as ordered, on the invoice’s date', known.asOrderedLineCount, found.asOrderedLineCount),
  counts('… invoices that equal their order to the cent', known.netEqualsOrderCount, found.netEqualsOrderCount),
  waitingRow(known, found),
  amounts('invoiced net', known.netMinor, found.netMinor),
  amounts('invoiced tax', known.taxMinor, found.taxMinor),
  amounts('invoiced in all', known.grossMinor, found.grossMinor),
  counts('invoices that repeat an earlier number', known.repeatedNumberCount, found.repeatedNumberCount),
  counts('… over pairs of supplier and number', known.repeatedNumberPairs, found.repeatedNumberPairs),
  counts('… refused', 0, found.repeatsRefused),
  counts('payments without reference', known.paymentCount, found.paymentCount),
  counts('… that equal the invoices open on the day', known.explainedPaymentCount, found.explainedPaymentCount),
  counts('… that settle an invoice of the same day', known.sameDayPaymentCount, found.sameDayPaymentCount),
  counts('invoices paid', known.paidCount, found.paidCount),
  amounts('… amount', known.paidMinor, found.paidMinor),
  counts('invoices open', known.openCount, found.openCount),
  amounts('… amount', known.openMinor, found.openMinor),
]

const financeRows = (known: Recomputed, found: Found): TruthRow[] => [
  counts('claims financed', known.financedCount, found.financedCount),
  amounts('advanced', known.advancedMinor, found.advancedMinor),
  amounts('peak exposure', known.peakExposureMinor, found.peakExposureMinor),
  row('… reached on', known.peakOn, found.peakOn),
  amounts('still out (ledger)', known.outstandingMinor, found.outstandingMinor),
  amounts('discount withheld to the due date', known.discountWithheldMinor, found.discountWithheldMinor),
  amounts('… earned for the days out (ledger)', known.discountEarnedMinor, found.discountEarnedMinor),
]

/** Under a tighter limit nobody can say beforehand which claims get it; what must hold is this. */
const limitRows = (found: Found): TruthRow[] => [
  {
    truth: 'exposure never above the limit',
    known: `≤ ${usd(found.limitMinor)}`,
    found: `peak ${usd(found.peakExposureMinor)}`,
    ok: found.peakExposureMinor <= found.limitMinor,
  },
  {
    truth: 'claims not financed that say why',
    known: count(found.unfinancedCount),
    found: count(found.unfinancedSaying),
    ok: found.unfinancedCount === found.unfinancedSaying,
  },
]

export const truthRows = (known: Recomputed, found: Found, isUsualLimit: boolean): TruthRow[] => [
  ...tradeRows(known, found),
  ...(isUsualLimit ? financeRows(known, found) : limitRows(found)),
  amounts('trial balance (ledger)', 0n, found.trialBalanceMinor),
]
