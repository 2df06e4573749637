/** Tables for people: right-aligned figures, and rows that are plainly right or wrong. */
import Table from 'cli-table3'
import { formatAmount, isCurrency, type Currency } from '@triflow/kernel'

const coloured = (): boolean => process.stdout.isTTY === true && !process.env['NO_COLOR']
const paint = (code: number, text: string): string => (coloured() ? `\u001b[${code}m${text}\u001b[0m` : text)
export const green = (text: string): string => paint(32, text)
export const red = (text: string): string => paint(31, text)
export const dim = (text: string): string => paint(2, text)
export const bold = (text: string): string => paint(1, text)

type Align = 'left' | 'right' | 'center'

export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  aligns: readonly Align[] = [],
): string => {
  const drawn = new Table({
    head: head.map((text) => bold(text)),
    colAligns: head.map((_, index) => aligns[index] ?? 'left'),
    style: { head: [], border: [], compact: true },
  })
  drawn.push(...rows.map((row) => [...row]))
  return drawn.toString()
}

/** One comparison: what is known, what was found, whether they agree. */
export interface TruthRow {
  readonly truth: string
  readonly known: string
  readonly found: string
  readonly ok: boolean
}

export const truthTable = (title: string, rows: readonly TruthRow[]): string =>
  table(
    [title, 'known truth', 'found', 'ok'],
    rows.map(({ truth, known, found, ok }) => [truth, known, ok ? found : red(found), ok ? green('yes') : red('NO')]),
    ['left', 'right', 'right', 'center'],
  )

/** "12,000.00 USD" without the currency; a currency that we do not know shows minor units. */
export const money = (amountMinor: bigint, currency: string): string =>
  isCurrency(currency) ? formatAmount(amountMinor, currency as Currency) : `${amountMinor} minor units`

export const count = (number: number | bigint): string => String(number).replace(/\B(?=([0-9]{3})+$)/g, ',')
