/** Whether a contender decided every order as it must be decided: without that its figures measure nothing. */
import { tradeOf } from '../legs.ts'
import { expectedOf } from './expected.ts'
import type { MatchPlan, Oddities } from './workload.ts'

export interface MatchGate {
  /** A share, in the words of `tellShare`. */
  share(orderId: string, words: string): void
  /** The lanes of an order, in the words of `tellLanes`; the last ones count. */
  lanes(orderId: string, words: string): void
  /** What is wrong, in sentences. */
  wrong(): readonly string[]
}

/** Each order that can be matched has exactly one share, with the expected lines and amounts; others have none; all lanes end as expected. */
export const matchGate = (plan: MatchPlan, odd: Oddities): MatchGate => {
  const shares = new Uint8Array(plan.orders)
  const lanes = new Map<number, string>()
  const told = new Map<string, string>()
  const wrong: string[] = []
  const named = (orderId: string): number | undefined => {
    const order = tradeOf(plan, orderId)
    if (order !== undefined && order < plan.orders) return order
    wrong.push(`${orderId} was decided and was never told of`)
    return undefined
  }
  return {
    share: (orderId, words) => {
      const order = named(orderId)
      if (order === undefined) return
      shares[order]! += 1
      const { share } = expectedOf(plan, order, odd.get(order))
      if (share === undefined) wrong.push(`${orderId} lacks a leg and was matched: ${words}`)
      else if (share !== words) wrong.push(`${orderId} was matched as ${words}, instead of ${share}`)
    },
    lanes: (orderId, words) => {
      const order = named(orderId)
      if (order === undefined) return
      // A handful of texts for very many orders.
      if (!told.has(words)) told.set(words, words)
      lanes.set(order, told.get(words)!)
    },
    wrong: () => {
      const found = [...wrong]
      for (let order = 0; order < plan.orders; order++) {
        const { share, lanes: wanted } = expectedOf(plan, order, odd.get(order))
        if (share !== undefined && shares[order] === 0) found.push(`${share} was not told`)
        if (shares[order]! > 1) found.push(`order ${order} was matched ${shares[order]} times`)
        const last = lanes.get(order)
        if (last !== wanted) found.push(`order ${order} ended with ${last ?? 'no lanes'}, instead of ${wanted}`)
      }
      return found
    },
  }
}
