/** Which lines an order may have. */
import type { OrderLine, OrderRejection } from './vocabulary.ts'

export const mostLines = 1_000

/** Largest amount that fits every wire and store with room to add: 15 digits and a scale of three. */
export const largestAmountMinor = 10n ** 18n - 1n

/** The first thing wrong with the lines; undefined when nothing is. */
export const flawOfLines = (
  lines: readonly OrderLine[],
): readonly [code: OrderRejection, detail: string] | undefined => {
  if (lines.length === 0) return ['LinesMissing', 'an order has at least one line']
  if (lines.length > mostLines) return ['TooManyLines', `at most ${mostLines} lines`]
  const seen = new Set<number>()
  let amountMinor = 0n
  for (const { line, quantity, unitPriceMinor } of lines) {
    if (line < 1) return ['LineNumberInvalid', `lines are numbered from 1, not ${line}`]
    if (seen.has(line)) return ['LineRepeated', `line ${line} is there twice`]
    seen.add(line)
    if (quantity <= 0n) return ['QuantityNotPositive', `line ${line} orders nothing`]
    if (unitPriceMinor < 0n) return ['PriceNegative', `line ${line} has a negative price`]
    amountMinor += quantity * unitPriceMinor
  }
  return amountMinor > largestAmountMinor ? ['AmountTooLarge', 'the order is worth more than can be booked'] : undefined
}
