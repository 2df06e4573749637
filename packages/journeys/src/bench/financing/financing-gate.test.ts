import { describe, expect, it } from 'vitest'
import { debtorOf, financingOf, invoiceIdOf } from '../legs.ts'
import { financingGate, type FinancingGate, type ObligorWords } from './financing-gate.ts'
import { HOT, limitsOf, paidTrades, pays, type FinancingPlan } from './plan.ts'

const plan: FinancingPlan = { desks: 4, debtors: 12, linesPerOrder: 2, trades: 200, window: 200, hotPercent: 30 }
const limits = limitsOf(plan)
const trades = Array.from({ length: plan.trades }, (_, trade) => trade)
const advanceOf = (trade: number): bigint => financingOf(plan, trade).advanceMinor

/** A desk that does what must be done: finances what fits, lets the rest wait, and takes it when cash has made room. */
const honest = (
  gate: FinancingGate,
  but: (type: string, trade: number, fact: Partial<ObligorWords>) => typeof fact | undefined,
) => {
  const out = new Map<number, bigint>()
  const waiting = new Map<number, number[]>()
  const say = (type: string, trade: number, fact: Partial<ObligorWords>): void => {
    const said = but(type, trade, fact)
    if (said) gate.fact(type, said)
  }
  const finance = (trade: number): boolean => {
    const debtor = debtorOf(plan, trade)
    const invoiceId = invoiceIdOf(plan, trade)
    const exposureAfterMinor = (out.get(debtor) ?? 0n) + advanceOf(trade)
    if (exposureAfterMinor > limits(debtor)) return false
    out.set(debtor, exposureAfterMinor)
    say('ClaimFinanced', trade, {
      invoiceId,
      ...financingOf(plan, trade),
      exposureAfterMinor,
      limitMinor: limits(debtor),
    })
    say('AdvanceDisbursed', trade, { invoiceId })
    return true
  }
  const settle = (trade: number): void => {
    const invoiceId = invoiceIdOf(plan, trade)
    out.set(debtorOf(plan, trade), out.get(debtorOf(plan, trade))! - advanceOf(trade))
    say('CashAllocated', trade, { allocations: [{ invoiceId, principalMinor: advanceOf(trade), settles: true }] })
  }
  let open = trades
  while (open.length > 0) {
    const financed = open.filter(finance)
    const left = open.filter((trade) => !financed.includes(trade))
    for (const trade of left) {
      const debtor = debtorOf(plan, trade)
      if (waiting.get(debtor)?.includes(trade)) continue
      waiting.set(debtor, [...(waiting.get(debtor) ?? []), trade])
      say('ClaimWaiting', trade, { invoiceId: invoiceIdOf(plan, trade), waitsFor: 'limit', detail: '' })
    }
    const paid = financed.filter((trade) => pays(debtorOf(plan, trade)))
    if (paid.length === 0) return
    paid.forEach(settle)
    open = left
  }
}

const told = (but: Parameters<typeof honest>[1] = (_type, _trade, fact) => fact) => {
  const gate = financingGate(plan, limits)
  honest(gate, but)
  return gate
}
const wrongIf = (but: Parameters<typeof honest>[1]): readonly string[] => told(but).wrong()

describe('trades that meet limits', () => {
  it('are one debtor’s to the share asked for, spread among those of the others', () => {
    const hot = trades.filter((trade) => debtorOf(plan, trade) === HOT)
    expect(hot).toHaveLength(60)
    expect(hot.filter((trade) => trade < 100)).toHaveLength(30)
  })

  it('have limits below what is asked and above any one claim', () => {
    for (let debtor = 0; debtor < plan.debtors; debtor++) {
      const asked = trades.filter((trade) => debtorOf(plan, trade) === debtor).map(advanceOf)
      expect(limits(debtor)).toBeLessThan(asked.reduce((sum, each) => sum + each, 0n))
      expect(asked.every((each) => each < limits(debtor))).toBe(true)
    }
  })
})

describe('the gate before figures of the financing path', () => {
  it('has nothing against a desk that finances what fits and lets the rest wait for cash', () => {
    const gate = told()
    expect(gate.wrong()).toEqual([])
    const { financed, repaid, waiting, waited } = gate.told()
    expect(repaid).toBe(paidTrades(plan))
    expect(financed + waiting).toBe(plan.trades)
    expect(waiting).toBeGreaterThan(0)
    expect(waited).toBeGreaterThan(waiting)
    expect(gate.told().waitingFirst[0]).toMatch(/^supplier-a\/INV-/)
  })

  const first = (type: string, change: (fact: Partial<ObligorWords>) => Partial<ObligorWords> | undefined) => {
    let done = false
    return (said: string, _: number, fact: Partial<ObligorWords>) => {
      if (said !== type || done) return fact
      done = true
      return change(fact)
    }
  }

  it.each<[string, Parameters<typeof honest>[1], RegExp]>([
    [
      'another amount advanced',
      first('ClaimFinanced', (fact) => ({ ...fact, advanceMinor: fact.advanceMinor! + 1n })),
      /was financed with .* instead of/,
    ],
    ['another payout', first('ClaimFinanced', (fact) => ({ ...fact, payoutMinor: 1n })), /paid out 1, instead of/],
    [
      'an exposure that is not what is out',
      first('ClaimFinanced', (fact) => ({ ...fact, exposureAfterMinor: 1n })),
      /says that 1 is out/,
    ],
    ['another limit', first('ClaimFinanced', (fact) => ({ ...fact, limitMinor: 1n })), /under a limit of 1, not/],
    [
      'a claim that was not financed though its debtor pays',
      first('ClaimFinanced', () => undefined),
      /was not financed, though there was room/,
    ],
    ['a payout that was not taken in', first('AdvanceDisbursed', () => undefined), /its payout was not taken in/],
    ['cash that was not allocated', first('CashAllocated', () => undefined), /was paid and is not repaid/],
    [
      'a claim that waits for something else',
      first('ClaimWaiting', (fact) => ({ ...fact, waitsFor: 'consent' })),
      /waits for consent/,
    ],
    [
      'a claim that nobody told of',
      first('ClaimFinanced', (fact) => ({ ...fact, invoiceId: 'supplier-a/INV-999/2026-03-02' })),
      /was decided and was never told of/,
    ],
    [
      'principal that came back in part',
      first('CashAllocated', (fact) => ({
        allocations: fact.allocations!.map((one) => ({ ...one, principalMinor: 1n, settles: false })),
      })),
      /was repaid 1 of .* and is not settled/,
    ],
  ])('names %s', (_, but, sentence) => {
    expect(wrongIf(but).some((each) => sentence.test(each))).toBe(true)
  })

  it('names a claim that was financed twice, and one financed above the limit', () => {
    const gate = told()
    const trade = trades.find((each) => debtorOf(plan, each) === HOT)!
    for (let times = 0; times < 40; times++)
      gate.fact('ClaimFinanced', {
        invoiceId: invoiceIdOf(plan, trade),
        ...financingOf(plan, trade),
        limitMinor: limits(HOT),
      })
    const wrong = gate.wrong()
    expect(wrong.some((each) => each.endsWith('was financed twice'))).toBe(true)
    expect(wrong.some((each) => /above its limit/.test(each))).toBe(true)
  })

  it('names a claim that waits although it would fit, and one that neither has its money nor waits', () => {
    const unpaid = trades.filter((trade) => !pays(debtorOf(plan, trade)))
    const silent = wrongIf((type, trade, fact) =>
      type === 'ClaimWaiting' && unpaid.includes(trade) ? undefined : fact,
    )
    expect(silent.some((each) => each.endsWith('was neither financed nor said to wait'))).toBe(true)
    const gate = financingGate(plan, limits)
    for (const trade of trades) gate.fact('ClaimWaiting', { invoiceId: invoiceIdOf(plan, trade), waitsFor: 'limit' })
    expect(gate.wrong().some((each) => /waits, and its .* would fit beside 0 of/.test(each))).toBe(true)
  })

  it('names a refusal, which no claim of the workload deserves', () => {
    const gate = told()
    gate.fact('ClaimRefused', { invoiceId: invoiceIdOf(plan, 0) })
    expect(gate.wrong()).toEqual([`${invoiceIdOf(plan, 0)} should have no ClaimRefused`])
  })

  it('has no figure for a run in which the hot debtor’s limit was never reached', () => {
    const ample = () => 10n ** 15n
    const gate = financingGate(plan, ample)
    for (const trade of trades) {
      const invoiceId = invoiceIdOf(plan, trade)
      gate.fact('ClaimFinanced', { invoiceId, ...financingOf(plan, trade), limitMinor: 10n ** 15n })
    }
    expect(gate.wrong().at(-1)).toMatch(/its limit was not reached/)
  })
})
