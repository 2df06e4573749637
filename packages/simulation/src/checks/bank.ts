/** The bank's own books against the platform's: what was asked for is paid once, and what is paid was asked for (I5). */
import type { Town } from '../town/town.ts'
import type { Finder } from './findings.ts'
import type { Journals } from './journals.ts'

export const checkBank = (town: Town, { factsOf }: Journals, finder: Finder): void => {
  const instructions = town.books.kept
  const last = (type: string) =>
    new Map(factsOf(type).map(({ message }) => [String(message.disbursementId), message] as const))
  const requested = last('DisbursementRequested')
  const executed = last('DisbursementExecuted')
  const refused = last('DisbursementRefused')
  const reconciled = last('DisbursementReconciled')
  for (const { message } of factsOf('ReconciliationBroken'))
    finder.wrong('I5', `statement line ${message.lineId} does not reconcile: ${message.reason}`)
  for (const [id, one] of instructions) {
    const asked = requested.get(id)
    finder.must(
      'I5',
      asked?.amountMinor === one.amountMinor &&
        asked?.currency === one.currency &&
        asked?.payeeAccount === one.payeeAccount &&
        asked?.accountId === one.debitAccount,
      () => `the bank was told to pay ${id} on other terms than a desk asked for`,
    )
    if (one.state === 'refused') {
      finder.must(
        'I5',
        refused.has(id) && !executed.has(id),
        () => `the bank refused ${id}, the platform says otherwise`,
      )
      continue
    }
    finder.must(
      'I5',
      executed.get(id)?.amountMinor === one.amountMinor,
      () =>
        `the bank paid ${id}, the platform says ${executed.has(id) ? 'another amount' : refused.has(id) ? 'refused' : 'nothing'}`,
    )
    finder.must('I5', one.line === 'posted', () => `the debit of ${id} is ${one.line}`)
    finder.must(
      'I5',
      reconciled.get(id)?.amountMinor === one.amountMinor,
      () => `the debit of ${id} does not reconcile`,
    )
  }
  for (const id of executed.keys())
    finder.must(
      'I5',
      instructions.get(id)?.state === 'executed',
      () => `the platform says that ${id} was paid, the bank does not`,
    )
  // At rest every supplier has an account that stands: nothing is held any more.
  const due = [
    ...factsOf('ClaimFinanced').map(({ message }) => String(message.decisionId)),
    ...factsOf('CashAllocated')
      .filter(({ message }) => (message.toSupplierMinor as bigint) > 0n)
      .map(({ message }) => `${String(message.receiptId)}/reserve`),
  ]
  for (const id of due) finder.must('I5', requested.has(id), () => `${id} is due and was never asked of the bank`)
  for (const id of requested.keys())
    finder.must('I5', instructions.has(id), () => `${id} was asked for and never reached the bank`)
}
