/** Money: integers in minor units beside a currency. Nothing here knows a float. */

/** ISO 4217 minor-unit scale of the currencies the platform settles in. A currency not listed is refused, never guessed. */
const scales = {
  AUD: 2,
  CAD: 2,
  CHF: 2,
  CNY: 2,
  EUR: 2,
  GBP: 2,
  HKD: 2,
  INR: 2,
  JPY: 0,
  KRW: 0,
  KWD: 3,
  MXN: 2,
  SGD: 2,
  USD: 2,
} as const

export type Currency = keyof typeof scales

export const currencies = Object.keys(scales) as Currency[]

export const isCurrency = (text: string): text is Currency => Object.hasOwn(scales, text)

/** Decimal digits of the currency's minor unit. */
export const scaleOf = (currency: Currency): number => scales[currency]

export interface Money {
  readonly amountMinor: bigint
  readonly currency: Currency
}

/** Share of an amount in basis points, rounded down: the rounding always favours who keeps the rest. */
export const portion = (amountMinor: bigint, rateBps: number): bigint =>
  floorDivide(amountMinor * BigInt(rateBps), 10_000n)

/** Quotient rounded towards minus infinity. Throws on a divisor that is not positive: that is a bug, not a business case. */
export const floorDivide = (dividend: bigint, divisor: bigint): bigint => {
  if (divisor <= 0n) throw new RangeError('divisor must be positive')
  const quotient = dividend / divisor
  return dividend % divisor < 0n ? quotient - 1n : quotient
}

/** Quotient rounded to the nearest integer, halves away from zero (commercial rounding). */
export const roundDivide = (dividend: bigint, divisor: bigint): bigint => {
  if (divisor <= 0n) throw new RangeError('divisor must be positive')
  const half = divisor / 2n
  return dividend >= 0n ? (dividend + half) / divisor : -((-dividend + half) / divisor)
}

export const sum = (amounts: Iterable<bigint>): bigint => {
  let total = 0n
  for (const amount of amounts) total += amount
  return total
}

export const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
export const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/**
 * Reads "1234.50" as minor units of the currency; undefined when the text is not a plain decimal of at most the
 * currency's scale and 15 digits. Signs, exponents, leading zeros and other digits than ASCII are not amounts.
 */
export const parseAmount = (text: string, currency: Currency): bigint | undefined => {
  const match = /^(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,3}))?$/.exec(text)
  if (!match) return undefined
  const scale = scaleOf(currency)
  const fraction = match[2] ?? ''
  if (fraction.length > scale) return undefined
  return BigInt(match[1]! + fraction.padEnd(scale, '0'))
}

/** "1,234.50": for people; grouped by thousands, with the currency's scale. */
export const formatAmount = (amountMinor: bigint, currency: Currency): string => {
  const scale = scaleOf(currency)
  const digits = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale).replace(/\B(?=([0-9]{3})+$)/g, ',')
  const fraction = scale ? `.${digits.slice(-scale)}` : ''
  return `${amountMinor < 0n ? '-' : ''}${whole}${fraction}`
}
