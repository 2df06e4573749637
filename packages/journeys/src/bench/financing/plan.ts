/** Trades whose claims meet limits: one debtor has a large share of them, and some debtors never pay. */
import type { BacklogPlan } from '../backlog.ts'
import { debtorOf, financingOf, type Limits } from '../legs.ts'

export interface FinancingPlan extends Omit<BacklogPlan, 'without'> {
  readonly hotPercent: number
}

/** The hot debtor. */
export const HOT = 0

/** Every tenth debtor pays nobody, so that its limit stays reached and claims on it wait for ever. The hot one pays. */
export const pays = (debtor: number): boolean => debtor % 10 !== 9

/** Of what falls due to a debtor at once, with the goods of one window, this part has room: the rest waits for cash. */
const ROOM = 5n
/** Of all claims on a debtor that never pays. */
const ROOM_OF_UNPAID = 2n

interface Asked {
  total: bigint
  largest: bigint
}

/** The whole backlog is gone through once; limits never refuse a claim for its size alone. */
export const limitsOf = (plan: FinancingPlan): Limits => {
  const asked = Array.from({ length: plan.debtors }, (): Asked => ({ total: 0n, largest: 0n }))
  for (let trade = 0; trade < plan.trades; trade++) {
    const { advanceMinor } = financingOf(plan, trade)
    const of = asked[debtorOf(plan, trade)]!
    of.total += advanceMinor
    if (advanceMinor > of.largest) of.largest = advanceMinor
  }
  const windows = BigInt(Math.ceil(plan.trades / plan.window))
  const limits = asked.map(({ total, largest }, debtor) => {
    const room = pays(debtor) ? total / windows / ROOM : total / ROOM_OF_UNPAID
    return room > 2n * largest ? room : 2n * largest
  })
  return (debtor) => limits[debtor]!
}

/** Trades whose debtor pays. */
export const paidTrades = (plan: FinancingPlan): number => {
  let paid = 0
  for (let trade = 0; trade < plan.trades; trade++) if (pays(debtorOf(plan, trade))) paid += 1
  return paid
}
