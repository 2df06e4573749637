/** Whether an invoice adds up, and whether its lines say what they bill. */
import { isPartyId, normaliseNumber } from '@triflow/kernel'
import type { InvoiceLine, InvoiceRejection, IssueInvoice } from './vocabulary.ts'

export const mostLines = 1_000
export const mostOrders = 100

/** Largest amount that fits every wire and store with room to add: 15 digits and a scale of three. */
export const largestAmountMinor = 10n ** 18n - 1n

export type Flaw = readonly [code: InvoiceRejection, detail: string]

/** buyer / number, normalised: what an order's id looks like. Another spelling would wait for an order for ever. */
const namesOrder = (orderId: string): boolean => {
  const slash = orderId.indexOf('/')
  if (slash < 0) return false
  const number = orderId.slice(slash + 1)
  return isPartyId(orderId.slice(0, slash)) && number !== '' && normaliseNumber(number) === number
}

const flawOfLine = (l: InvoiceLine): Flaw | undefined => {
  if (l.line < 1) return ['LineNumberInvalid', `lines are numbered from 1, not ${l.line}`]
  if (!namesOrder(l.orderId) || l.orderLine < 1) return ['LineNamesNoOrder', `line ${l.line} names no line of an order`]
  if (l.quantity <= 0n) return ['QuantityNotPositive', `line ${l.line} bills nothing`]
  if (l.unitPriceMinor < 0n) return ['PriceNegative', `line ${l.line} has a negative price`]
  if (l.netMinor !== l.quantity * l.unitPriceMinor)
    return ['InvoiceDoesNotAdd', `line ${l.line} is not quantity × unit price`]
  return undefined
}

/** The first thing wrong with the lines and the sums; undefined when nothing is. */
export const flawOfSums = (invoice: IssueInvoice): Flaw | undefined => {
  const { lines, netMinor, taxMinor, grossMinor } = invoice
  if (lines.length === 0) return ['LinesMissing', 'an invoice has at least one line']
  if (lines.length > mostLines) return ['TooManyLines', `at most ${mostLines} lines`]
  const numbers = new Set<number>()
  const orders = new Set<string>()
  let sumMinor = 0n
  for (const line of lines) {
    const flaw = flawOfLine(line)
    if (flaw) return flaw
    if (numbers.has(line.line)) return ['LineRepeated', `line ${line.line} is there twice`]
    numbers.add(line.line)
    orders.add(line.orderId)
    sumMinor += line.netMinor
  }
  if (orders.size > mostOrders) return ['TooManyOrders', `at most ${mostOrders} orders`]
  if (sumMinor !== netMinor) return ['InvoiceDoesNotAdd', `the lines add up to ${sumMinor}, not to ${netMinor}`]
  if (taxMinor < 0n || netMinor + taxMinor !== grossMinor)
    return ['InvoiceDoesNotAdd', `${netMinor} net and ${taxMinor} tax are not ${grossMinor}`]
  if (grossMinor <= 0n) return ['InvoiceAmountNotPositive', 'an invoice over nothing is no claim']
  return grossMinor > largestAmountMinor ? ['AmountTooLarge', 'more than can be booked'] : undefined
}
