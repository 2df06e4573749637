/** What the people of the town ask for: the same list for the same seed. */
import { createRandom } from '../../src/memory/random.ts'
import type { Wish } from './town.ts'

export const line = (
  id: string,
  accountId: string,
  direction: 'credit' | 'debit',
  amount: number,
  reference = '',
): Wish => ({
  id,
  desk: 'payment.account',
  key: accountId,
  command: {
    type: 'PostStatementLine',
    accountId,
    lineId: id,
    direction,
    amountMinor: BigInt(amount),
    currency: 'EUR',
    valueOn: '2026-01-05',
    reference,
    counterparty: '',
  },
})

export const redrive = (id: string, key: string, treatment: 'retry' | 'discard'): Wish => ({
  id,
  desk: 'payment.ledger',
  key,
  command: { type: 'RedriveKey', key, treatment },
})

export const closeDay = (id: string, date: string): Wish => ({
  id,
  desk: 'party.calendar',
  key: 'calendar',
  command: { type: 'CloseBusinessDay', date, next: '' },
})

/** A short day in which everything happens once: deposit, payment, closing (twice), reopening, a no, a bug, a sweep, a nap, a repeat. */
export const shortDay: readonly Wish[] = [
  line('c1', 'a1', 'credit', 20),
  line('c2', 'a0', 'credit', 5, 'nap'),
  line('c3', 'a1', 'debit', 50),
  closeDay('c4', '2026-01-05'),
  line('c5', 'a1', 'debit', 1, 'all'),
  line('c6', 'a0', 'credit', 7, 'boom'),
  line('c7', 'a1', 'credit', 8),
  line('c8', 'a1', 'debit', 8),
  line('c9', 'a1', 'credit', 4),
  line('c1', 'a1', 'credit', 20),
]

/** A long one at random; some wishes are repeated, as doors and people do. */
export const longDay = (seed: number, count: number): Wish[] => {
  const random = createRandom(seed ^ 0x5eed)
  const pick = (below: number): number => Math.floor(random() * below)
  const wishes: Wish[] = []
  for (let index = 1; index <= count; index++) {
    const id = `c${index}`
    const account = `a${pick(5)}`
    const dice = random()
    if (dice < 0.08) wishes.push(closeDay(id, `2026-01-${String(index).padStart(2, '0')}`))
    else if (dice < 0.12) wishes.push(line(id, account, 'credit', 3, 'boom'))
    else if (dice < 0.6) wishes.push(line(id, account, 'credit', 1 + pick(15), random() < 0.2 ? 'nap' : ''))
    else wishes.push(line(id, account, 'debit', pick(15), random() < 0.5 ? 'all' : ''))
    if (random() < 0.15) wishes.push(wishes[pick(wishes.length)]!)
  }
  return wishes
}
