/** A long, untidy year of one pair: everything comes late, twice and in any order, and money still moves once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Typed } from '@triflow/kernel'
import { drivenDesk } from '../../../test/driven-desk.ts'
import { accountId, allocation, claim, enrolment, line, payeeChange, report } from './examples.ts'
import { accountRules } from './rules.ts'

const claims = 240
const receipts = 300

const claimNo = (n: number) => claim({ decisionId: `D${n}`, invoiceId: `litware/${n}/2026-02-01` })
const receiptNo = (n: number) => line({ lineId: `L${n}`, amountMinor: 1_000n + BigInt(n), reference: `${n}` })
const debitNo = (n: number) =>
  line({ lineId: `X${n}`, direction: 'debit', amountMinor: claim().payoutMinor, reference: `D${n}` })
const allocationNo = (n: number) =>
  allocation({
    receiptId: `${accountId}/L${n}`,
    allocations: [{ invoiceId: `litware/${n}/2026-02-01`, settles: true }],
  })

type Step = [what: number, n: number]
const steps = fc.array(fc.tuple(fc.nat(8), fc.nat(receipts - 1)), { minLength: 600, maxLength: 900 }) as fc.Arbitrary<
  Step[]
>

const yearOf = (drawn: readonly Step[]) => {
  const desk = drivenDesk(accountRules, accountId)
  desk.broadcast({ type: 'ProgrammeOpened', programme: { programmeId: 'wwi', currency: 'USD' } } as Typed)
  desk.hear(enrolment())
  const heardOf = new Set<string>()
  let at = 0
  // A first pass of everything, then repeats and reports as drawn: late enough that much has left memory.
  const pass = Array.from({ length: receipts }, (_, n): Step[] => [
    [0, n],
    [1, n],
    [2, n],
    [4, n],
  ]).flat()
  for (const [what, n] of [...pass, ...drawn]) {
    at += 700
    const D = `D${n % claims}`
    switch (what) {
      case 0:
        // The runtime drops a heard record that it has seen; the same decision under another record is for the desk.
        desk.hear(claimNo(n % claims), at)
        heardOf.add(D)
        break
      case 1:
        desk.ask(receiptNo(n), at)
        break
      case 2:
        if (
          desk.said.some(
            (fact) =>
              fact.type === 'CashReceived' && (fact as Typed & { receiptId: string }).receiptId.endsWith(`/L${n}`),
          )
        )
          desk.hear(allocationNo(n), at)
        break
      case 3:
        desk.ask(report({ disbursementId: D, result: 'unknown' }), at)
        break
      case 4:
        desk.ask(report({ disbursementId: D, result: n % 5 === 0 ? 'refused' : 'executed' }), at)
        break
      case 5:
        desk.ask(debitNo(n % claims), at)
        break
      case 6:
        desk.hear(payeeChange({ onHold: n % 2 === 0 }), at)
        break
      default:
        if ((desk.wakeAt() ?? Infinity) <= at) desk.wake(at)
    }
  }
  return desk
}

const countBy = (facts: readonly Typed[], type: string, key: string): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const fact of facts) {
    if (fact.type !== type) continue
    const id = String((fact as Typed & Record<string, unknown>)[key])
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

describe('a year of repeats', () => {
  it('asks once per decision, ends once per payout, and counts each line once, though memory has forgotten much', () =>
    fc.assert(
      fc.property(steps, (drawn) => {
        const desk = yearOf(drawn)
        expect(desk.archived()).toBeGreaterThan(100)
        const once = [
          ['DisbursementRequested', 'disbursementId'],
          ['DisbursementExecuted', 'disbursementId'],
          ['DisbursementRefused', 'disbursementId'],
          ['DisbursementReconciled', 'disbursementId'],
          ['CashReceived', 'receiptId'],
        ] as const
        for (const [type, key] of once)
          expect([...countBy(desk.said, type, key)].filter(([, count]) => count > 1)).toEqual([])
        const executed = countBy(desk.said, 'DisbursementExecuted', 'disbursementId')
        const refused = countBy(desk.said, 'DisbursementRefused', 'disbursementId')
        const requested = countBy(desk.said, 'DisbursementRequested', 'disbursementId')
        for (const id of executed.keys()) expect([id, refused.has(id), requested.has(id)]).toEqual([id, false, true])
        expect(countBy(desk.said, 'CashReceived', 'receiptId').size).toBe(receipts)
      }),
      { seed: 20261124, numRuns: 10 },
    ))
})
