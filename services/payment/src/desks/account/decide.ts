/** What the account desk decides: one collection account, its payee, its cash and its payouts. */
import { accept, nothing, type Context, type Decision, type Input } from '@triflow/kernel'
import { advanceOf, chased, judgeReport, payOut, released, reserveOf } from './disbursement.ts'
import { checksOfInvoice, checksToTell } from './funds.ts'
import { judgeLine } from './statement.ts'
import type { Payee, Shared, Standing, State } from './state.ts'
import type { Broadcast, Command, Fact, Heard, PayeeUpdated, SupplierEnrolled } from './vocabulary.ts'

export const decide = (
  input: Input<Command, Heard, Broadcast>,
  state: State,
  context: Context<Shared>,
): Decision<Fact> => {
  switch (input.kind) {
    case 'command':
      return input.command.type === 'PostStatementLine'
        ? judgeLine(input.command, state, context.shared, context.loaded)
        : judgeReport(input.command, state, context.loaded)
    case 'heard':
      return onHeard(input.fact, state, context.loaded)
    case 'tick':
      return accept([...chased(state, context.at), ...followUp(state, state.standing)])
    case 'sweep':
      return nothing
  }
}

const onHeard = (fact: Heard, state: State, loaded: ReadonlyMap<string, unknown>): Decision<Fact> => {
  switch (fact.type) {
    case 'SupplierEnrolled':
      return enrolled(fact, state)
    case 'PayeeChanged': {
      const { accountNumber, verified, onHold, accountName } = fact
      const payee: Payee = { accountNumber, verified, onHold, accountName }
      return accept([...payeeUpdated(state, payee), ...followUp(state, { ...state.standing, payee })])
    }
    case 'InvoiceIssued':
      return accept(checksOfInvoice(state, state, fact.invoiceId))
    case 'CreditNoteIssued':
      return nothing
    case 'ClaimFinanced':
      return accept(payOut(state, advanceOf(fact), loaded))
    case 'CashAllocated':
      return accept([...payOut(state, reserveOf(fact), loaded), ...checks(state, state.standing)])
  }
}

/** The account is opened once; the debtor counts as notified from the day on which the supplier accepted the terms. */
const enrolled = (fact: SupplierEnrolled, state: State): Decision<Fact> => {
  const facts: Fact[] = []
  let standing = state.standing
  if (!standing.programmeId) {
    standing = { ...standing, programmeId: fact.programmeId, notifiedOn: fact.acceptedOn }
    facts.push({
      type: 'CollectionAccountOpened',
      accountId: state.accountId,
      supplierId: state.supplierId,
      debtorId: state.debtorId,
      programmeId: fact.programmeId,
      notifiedOn: fact.acceptedOn,
    })
  }
  if (fact.accountNumber) {
    // A hold that we know of is lifted by the party desk's own word (PayeeChanged), not by another enrolment.
    const onHold = state.standing.payee?.accountNumber === fact.accountNumber && state.standing.payee.onHold
    const { accountNumber, accountVerified: verified, accountName } = fact
    const payee: Payee = { accountNumber, verified, onHold, accountName }
    facts.push(...payeeUpdated(state, payee))
    standing = { ...standing, payee }
  }
  return accept([...facts, ...followUp(state, standing)])
}

const payeeUpdated = (state: State, payee: Payee): readonly PayeeUpdated[] => {
  const before = state.standing.payee
  const isKnown =
    before?.accountNumber === payee.accountNumber &&
    before.verified === payee.verified &&
    before.onHold === payee.onHold &&
    before.accountName === payee.accountName
  return isKnown ? [] : [{ type: 'PayeeUpdated', accountId: state.accountId, ...payee }]
}

const checks = (state: State, standing: Standing): readonly Fact[] =>
  checksToTell(state, { standing, creditsSeen: state.creditsSeen })

/** What may have changed with the standing: answers about invoices, and payouts that waited for the payee. */
const followUp = (state: State, standing: Standing): readonly Fact[] => [
  ...checks(state, standing),
  ...released(state, standing),
]
