/** Whether every trade was financed once and with its amount: without that a figure measures nothing. */
import type { Financing } from './legs.ts'

export interface Decision extends Financing {
  /** ClaimFinanced, ClaimReferred, … */
  readonly type: string
  readonly invoiceId: string
}

/** What is wrong, in sentences; none when each expected claim has exactly one decision, which finances it as expected, and no other claim has any. */
export const wrongDecisions = (
  expected: ReadonlyMap<string, Financing>,
  decisions: readonly Decision[],
): readonly string[] => {
  const wrong: string[] = []
  const times = new Map<string, number>()
  for (const { type, invoiceId, advanceMinor, payoutMinor } of decisions) {
    const wanted = expected.get(invoiceId)
    times.set(invoiceId, (times.get(invoiceId) ?? 0) + 1)
    if (!wanted) wrong.push(`${invoiceId} has a decision (${type}) and should have none`)
    else if (type !== 'ClaimFinanced') wrong.push(`${invoiceId} was not financed: ${type}`)
    else if (advanceMinor !== wanted.advanceMinor || payoutMinor !== wanted.payoutMinor)
      wrong.push(
        `${invoiceId} was financed with ${advanceMinor}, paid out ${payoutMinor}, instead of ${wanted.advanceMinor} and ${wanted.payoutMinor}`,
      )
  }
  for (const invoiceId of expected.keys()) {
    const count = times.get(invoiceId) ?? 0
    if (count === 0) wrong.push(`${invoiceId} was not decided`)
    if (count > 1) wrong.push(`${invoiceId} was decided ${count} times`)
  }
  return wrong
}
