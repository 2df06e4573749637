/** How the debtor pays: by reference, in two parts, or for several invoices at once and without a word. */
import { portion, sum } from '@triflow/kernel'
import type { Invoice, StatementLine } from '../actors/documents.ts'
import { delays, drawDays } from './figures.ts'
import type { Random } from './random.ts'
import { BUSINESS_DAYS, CURRENCY, habits, type Payment, type Scene, type Trade } from './vocabulary.ts'

/** What is due on the invoice after its credit note. */
const dueMinor = ({ invoice, credit }: Trade): bigint =>
  invoice ? invoice.grossMinor - (credit ? credit.netMinor + credit.taxMinor : 0n) : 0n

/** The debtor's payments: by reference, in two parts, or for several invoices at once on a Friday and without a word. */
export const paymentsOf = (trades: readonly Trade[], scene: Scene, root: Random): Payment[] => {
  const { people, days } = scene
  const debtorId = people.manufacturer.partyId
  const payments: Payment[] = []
  const together = new Map<string, { day: number; supplierId: string; trades: Trade[] }>()
  const add = (
    day: number,
    supplierId: string,
    name: string,
    amountMinor: bigint,
    reference: string,
    pays: readonly Invoice[],
  ) => {
    if (day >= BUSINESS_DAYS) return
    const line: StatementLine = {
      supplierId,
      debtorId,
      lineId: `${scene.storyId}-${name}`,
      direction: 'credit',
      amountMinor,
      currency: CURRENCY,
      valueOn: days[day]!,
      ...(reference ? { reference } : {}),
      counterparty: people.manufacturer.name,
    }
    payments.push({ day, line, pays })
  }
  for (const trade of trades) {
    const { invoice, invoiceDay, receiptDay, supplierId, number } = trade
    if (!invoice || invoiceDay === undefined || receiptDay === undefined) continue
    const random = root.fork(`payment ${number}`)
    // Two days of grace, so that decision, officer and credit note come first.
    const day = Math.max(receiptDay, invoiceDay) + 3 + drawDays(random, delays.invoiceToPayment)
    const amountMinor = dueMinor(trade)
    if (random.chance(habits.paidInTwoParts)) {
      const part = portion(amountMinor, 6_000)
      add(day, supplierId, `${number}-1`, part, `${invoice.number} part payment`, [invoice])
      add(day + 2, supplierId, `${number}-2`, amountMinor - part, `${invoice.number} rest`, [invoice])
    } else if (random.chance(habits.paidByReference))
      add(day, supplierId, number, amountMinor, `Payment for ${invoice.number}`, [invoice])
    else {
      const friday = day + ((4 - (day % 5) + 5) % 5)
      const key = `${supplierId} ${friday}`
      const group = together.get(key) ?? { day: friday, supplierId, trades: [] }
      together.set(key, group)
      group.trades.push(trade)
    }
  }
  for (const group of together.values())
    add(
      group.day,
      group.supplierId,
      `sum-${group.supplierId}-${group.day}`,
      sum(group.trades.map(dueMinor)),
      '',
      group.trades.map(({ invoice }) => invoice!),
    )
  return payments
}
