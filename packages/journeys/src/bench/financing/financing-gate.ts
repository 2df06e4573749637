/**
 * Whether every claim was financed as it must be, within its limit, from the plan alone: no rule of the desk is asked.
 * Which claims wait is the desk's affair and depends on the order in which cash comes; that they wait rightly is not.
 */
import { debtorOf, financingOf, invoiceIdOf, type Limits } from '../legs.ts'
import { HOT, pays, type FinancingPlan } from './plan.ts'

/** What the gate looks at in the facts of the obligor desks; each has the fields of its type. */
export interface ObligorWords {
  readonly invoiceId: string
  readonly advanceMinor: bigint
  readonly payoutMinor: bigint
  readonly exposureAfterMinor: bigint
  readonly limitMinor: bigint
  readonly waitsFor: string
  readonly detail: string
  readonly allocations: readonly { readonly invoiceId: string; readonly principalMinor: bigint; settles: boolean }[]
}

export interface FinancingTold {
  readonly financed: number
  readonly repaid: number
  /** Claims that ever waited for a limit, and those of them that wait at the end. */
  readonly waited: number
  readonly waiting: number
  /** Names of the first that wait at the end. */
  readonly waitingFirst: readonly string[]
}

export interface FinancingGate {
  /** Facts of one debtor in the order in which its desk said them. */
  fact(type: string, fact: Partial<ObligorWords>): void
  wrong(): readonly string[]
  told(): FinancingTold
}

const NAMED = 5
const seen = { financed: 1, waited: 2, disbursed: 4, repaid: 8 } as const

export const financingGate = (plan: FinancingPlan, limits: Limits): FinancingGate => {
  const flags = new Uint8Array(plan.trades)
  const out = Array<bigint>(plan.debtors).fill(0n)
  const wrong: string[] = []

  const tradeOf = (invoiceId: string): number | undefined => {
    const trade = Number(/INV-([0-9]+)\//.exec(invoiceId)?.[1] ?? NaN)
    if (trade < plan.trades && invoiceIdOf(plan, trade) === invoiceId) return trade
    wrong.push(`${invoiceId} was decided and was never told of`)
    return undefined
  }
  const has = (trade: number, flag: keyof typeof seen): boolean => (flags[trade]! & seen[flag]) !== 0
  /** Marks it; says so when it was there before. */
  const once = (trade: number, flag: keyof typeof seen, invoiceId: string): void => {
    if (has(trade, flag)) wrong.push(`${invoiceId} was ${flag} twice`)
    flags[trade]! |= seen[flag]
  }

  const financed = (trade: number, fact: Partial<ObligorWords>): void => {
    const { invoiceId, advanceMinor = 0n, payoutMinor = 0n, exposureAfterMinor } = fact
    once(trade, 'financed', invoiceId!)
    const expected = financingOf(plan, trade)
    if (advanceMinor !== expected.advanceMinor || payoutMinor !== expected.payoutMinor)
      wrong.push(
        `${invoiceId} was financed with ${advanceMinor}, paid out ${payoutMinor}, instead of ${expected.advanceMinor} and ${expected.payoutMinor}`,
      )
    const debtor = debtorOf(plan, trade)
    out[debtor]! += advanceMinor
    const limit = limits(debtor)
    if (out[debtor]! > limit)
      wrong.push(`${invoiceId} took debtor ${debtor} to ${out[debtor]}, above its limit of ${limit}`)
    if (exposureAfterMinor !== out[debtor])
      wrong.push(`${invoiceId} says that ${exposureAfterMinor} is out, and it is ${out[debtor]}`)
    if (fact.limitMinor !== limit)
      wrong.push(`${invoiceId} was decided under a limit of ${fact.limitMinor}, not ${limit}`)
  }

  const waits = (trade: number, { invoiceId, waitsFor, detail }: Partial<ObligorWords>): void => {
    if (has(trade, 'financed')) wrong.push(`${invoiceId} waits after it was financed`)
    if (waitsFor !== 'limit') wrong.push(`${invoiceId} waits for ${waitsFor}: ${detail}`)
    flags[trade]! |= seen.waited
  }

  const allocated = (fact: Partial<ObligorWords>): void => {
    for (const { invoiceId, principalMinor, settles } of fact.allocations ?? []) {
      const trade = tradeOf(invoiceId)
      if (trade === undefined) continue
      once(trade, 'repaid', invoiceId)
      if (!has(trade, 'financed')) wrong.push(`${invoiceId} was repaid and not financed`)
      const { advanceMinor } = financingOf(plan, trade)
      if (principalMinor !== advanceMinor || !settles)
        wrong.push(
          `${invoiceId} was repaid ${principalMinor} of ${advanceMinor}${settles ? '' : ' and is not settled'}`,
        )
      out[debtorOf(plan, trade)]! -= principalMinor
    }
  }

  const byTrade: Readonly<Record<string, (trade: number, fact: Partial<ObligorWords>) => void>> = {
    ClaimFinanced: financed,
    ClaimWaiting: waits,
    AdvanceDisbursed: (trade, { invoiceId }) => once(trade, 'disbursed', invoiceId!),
  }

  const ended = (): string[] => {
    const found: string[] = []
    const least = new Map<number, { advanceMinor: bigint; invoiceId: string }>()
    let hotWaited = false
    for (let trade = 0; trade < plan.trades; trade++) {
      const debtor = debtorOf(plan, trade)
      const invoiceId = invoiceIdOf(plan, trade)
      hotWaited ||= debtor === HOT && has(trade, 'waited')
      if (has(trade, 'financed')) {
        if (!has(trade, 'disbursed')) found.push(`${invoiceId} was financed and its payout was not taken in`)
        if (pays(debtor) !== has(trade, 'repaid'))
          found.push(`${invoiceId} was ${pays(debtor) ? 'paid and is not repaid' : 'repaid and nobody paid'}`)
      } else if (pays(debtor)) found.push(`${invoiceId} was not financed, though there was room again and again`)
      else if (!has(trade, 'waited')) found.push(`${invoiceId} was neither financed nor said to wait`)
      else {
        const { advanceMinor } = financingOf(plan, trade)
        const known = least.get(debtor)
        if (!known || advanceMinor < known.advanceMinor) least.set(debtor, { advanceMinor, invoiceId })
      }
    }
    for (const [debtor, { advanceMinor, invoiceId }] of least)
      if (out[debtor]! + advanceMinor <= limits(debtor))
        found.push(`${invoiceId} waits, and its ${advanceMinor} would fit beside ${out[debtor]} of ${limits(debtor)}`)
    if (!hotWaited)
      found.push('no claim on the hot debtor ever waited: its limit was not reached, so this was another workload')
    return found
  }

  return {
    fact: (type, fact) => {
      if (type === 'CashAllocated') return allocated(fact)
      const take = byTrade[type]
      if (!take) return void wrong.push(`${fact.invoiceId ?? 'a receipt'} should have no ${type}`)
      const trade = tradeOf(fact.invoiceId ?? '')
      if (trade !== undefined) take(trade, fact)
    },
    wrong: () => [...wrong, ...ended()],
    told: () => {
      const counts = { financed: 0, repaid: 0, waited: 0, waiting: 0 }
      const waitingFirst: string[] = []
      for (let trade = 0; trade < plan.trades; trade++) {
        if (has(trade, 'financed')) counts.financed += 1
        if (has(trade, 'repaid')) counts.repaid += 1
        if (!has(trade, 'waited')) continue
        counts.waited += 1
        if (has(trade, 'financed')) continue
        counts.waiting += 1
        if (waitingFirst.length < NAMED) waitingFirst.push(invoiceIdOf(plan, trade))
      }
      return { ...counts, waitingFirst }
    },
  }
}
