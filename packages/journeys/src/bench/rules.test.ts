/** The rules are only measured while they decide every order as it must be decided. */
import { tradeRules } from '@triflow/financing/desks'
import { describe, expect, it } from 'vitest'
import { rules } from './rules.ts'

const plan = { desks: 1, debtors: 3, linesPerOrder: 5, orders: 200, window: 50, rounds: 2 }

describe('the trade desk’s rules by themselves', () => {
  it('decide every generated order as expected, and tell one event at a time', () => {
    let rounds = 0
    const { wrong, result } = rules(tradeRules, plan, () => void (rounds += 1))
    expect(wrong).toEqual([])
    expect(rounds).toBe(2)
    const figures = result as Readonly<Record<string, unknown>>
    expect(figures['microsPerInput']).toHaveLength(2)
    // An order, an acceptance, a bill, a check and a receipt, but for the few that lack one.
    expect(figures['inputs']).toBeGreaterThan(950)
    expect(figures['progressBytes']).toBeLessThan(400)
    expect(figures['openTradeBytes']).toBeGreaterThan(0)
  })

  it('give no figure when a match is not told', () => {
    const silent: typeof tradeRules = {
      ...tradeRules,
      decide: (input, trade, context) => {
        const { facts } = tradeRules.decide(input, trade, context)
        return { facts: facts.filter((fact) => fact.type !== 'ShareMatched') }
      },
    }
    expect(rules(silent, plan, () => {}).wrong).not.toEqual([])
  })
})
