/** What buyer and supplier agree on, what of it is delivered and billed, and what goes wrong with it. */
import { portion } from '@triflow/kernel'
import type { OrderLine } from '../actors/documents.ts'
import { chances } from './figures.ts'
import type { DemoSupplier } from './people.ts'
import type { Random } from './random.ts'
import { habits, type Amendment, type Quirk } from './vocabulary.ts'

export const drawQuirk = (random: Random, invoiceFirst: boolean): Quirk => {
  if (random.chance(chances.orderDeleted)) return 'deleted'
  if (random.chance(habits.shortDelivery)) return 'short'
  if (random.chance(habits.overBilled)) return 'over-billed'
  if (random.chance(habits.overPriced)) return 'over-priced'
  if (random.chance(chances.goodsSentBack)) return 'sent-back'
  if (random.chance(chances.creditNote))
    return invoiceFirst && random.chance(5_000) ? 'credited-before' : 'credited-after'
  // An invoice before the last part of a delivery would be judged on what is there: parts come before it.
  return !invoiceFirst && random.chance(chances.deliveredInParts) ? 'in-parts' : 'none'
}

export const drawLines = (random: Random, supplier: DemoSupplier): OrderLine[] =>
  random
    .some(supplier.articles, random.between(1, supplier.articles.length))
    .map(({ sku, description, priceMinor }, index) => ({
      line: index + 1,
      sku,
      description,
      quantity: random.between(4, 60) * 5,
      // Prices move a little from order to order.
      unitPriceMinor: priceMinor + portion(priceMinor, random.between(0, 300)),
    }))

export const drawAmendment = (random: Random, lines: readonly OrderLine[]): Amendment | undefined => {
  if (random.chance(chances.quantityChanged))
    return {
      reason: 'Production plan changed',
      lines: lines.map((line, index) =>
        index === 0 ? { ...line, quantity: line.quantity + 5 * random.between(1, 6) } : line,
      ),
    }
  if (random.chance(chances.priceChanged))
    return {
      reason: 'Price agreed anew',
      lines: lines.map((line) => ({
        ...line,
        unitPriceMinor: line.unitPriceMinor - portion(line.unitPriceMinor, 100),
      })),
    }
  return undefined
}

/** What the supplier bills: what was agreed, unless its clerk bills more or dearer. */
export const billedLines = (lines: readonly OrderLine[], quirk: Quirk, random: Random): OrderLine[] =>
  lines.map((line, index) => {
    if (index > 0) return line
    if (quirk === 'over-billed') return { ...line, quantity: line.quantity + 5 * random.between(1, 4) }
    if (quirk === 'over-priced')
      return { ...line, unitPriceMinor: line.unitPriceMinor + portion(line.unitPriceMinor, random.between(400, 1_200)) }
    return line
  })

/** Quantities per delivery: all at once, in two parts, or with something missing from the first line. */
export const deliveriesOf = (lines: readonly OrderLine[], quirk: Quirk, random: Random): OrderLine[][] => {
  if (quirk === 'short') {
    const missing = 5 * random.between(1, 3)
    return [lines.map((line, index) => (index === 0 ? { ...line, quantity: line.quantity - missing } : line))]
  }
  if (quirk !== 'in-parts') return [[...lines]]
  const first = lines.map((line) => ({ ...line, quantity: Math.floor(line.quantity / 2) }))
  return [first, lines.map((line, index) => ({ ...line, quantity: line.quantity - first[index]!.quantity }))]
}
