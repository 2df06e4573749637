/** Folds what was said and heard into the state of one collection account. */
import { partiesOfAccount } from '@triflow/kernel'
import { advanceOf, chaseDelayMs, PAYOUTS_PER_DECISION, reserveOf, waitsForPayee } from './disbursement.ts'
import { allocated, issued } from './evolve-invoices.ts'
import { finished, reconciled, requested } from './evolve-payouts.ts'
import { numbersNamed, ORDERS_PER_DECISION } from './funds.ts'
import { contentOf } from './statement.ts'
import type { Shared, State } from './state.ts'
import type { Broadcast, Fact, Heard } from './vocabulary.ts'

/** A key that names no pair belongs to no enrolled supplier either: the account stays unopened and everything is refused. */
export const initialState = (accountId: string): State => {
  const { supplierId, debtorId } = partiesOfAccount(accountId) ?? { supplierId: '', debtorId: '' }
  return {
    accountId,
    supplierId,
    debtorId,
    standing: { programmeId: '', notifiedOn: '', payee: undefined },
    creditsSeen: 0,
    invoices: new Map(),
    financed: new Map(),
    ahead: new Map(),
    unexplained: new Map(),
    asked: undefined,
    disbursements: new Map(),
    lines: new Map(),
    followUpSince: undefined,
  }
}

export const initialShared = (): Shared => ({ currencies: new Map() })

export const evolveShared = (shared: Shared, fact: Broadcast): Shared => {
  if (fact.type === 'ProgrammeOpened' && fact.programme)
    shared.currencies.set(fact.programme.programmeId, fact.programme.currency)
  return shared
}

export const evolve = (state: State, fact: Fact | Heard, at: number): State => {
  switch (fact.type) {
    case 'CollectionAccountOpened':
      state.standing = { ...state.standing, programmeId: fact.programmeId, notifiedOn: fact.notifiedOn }
      state.followUpSince = leftOver(state, at)
      break
    case 'PayeeUpdated': {
      const { accountNumber, verified, onHold, accountName } = fact
      state.standing = { ...state.standing, payee: { accountNumber, verified, onHold, accountName } }
      state.followUpSince = leftOver(state, at)
      break
    }
    case 'FundsChecked': {
      const invoice = state.invoices.get(fact.invoiceId)
      if (invoice?.version !== fact.invoiceVersion) break
      invoice.told = fact.missing.join()
      if (invoice.settled) state.invoices.delete(fact.invoiceId)
      break
    }
    case 'DisbursementRequested':
      requested(state, fact, at)
      break
    case 'DisbursementHeld':
      if (state.asked?.disbursementId === fact.disbursementId) {
        state.disbursements.set(fact.disbursementId, {
          ...state.asked,
          status: 'held',
          attempt: 0,
          payeeAccount: '',
          payeeName: '',
          chaseAt: 0,
        })
        state.asked = undefined
      }
      break
    case 'DisbursementChased': {
      const disbursement = state.disbursements.get(fact.disbursementId)
      if (!disbursement) break
      disbursement.attempt = fact.attempt
      disbursement.chaseAt = at + chaseDelayMs(fact.attempt)
      break
    }
    case 'DisbursementUnknown': {
      const disbursement = state.disbursements.get(fact.disbursementId)
      if (disbursement) disbursement.status = 'unknown'
      break
    }
    case 'DisbursementExecuted':
      finished(state, fact, 'executed')
      break
    case 'DisbursementRefused':
      finished(state, fact, 'refused')
      break
    case 'CashReceived':
      state.creditsSeen++
      state.lines.set(fact.receiptId.slice(state.accountId.length + 1), contentOf('credit', fact))
      state.unexplained.set(fact.receiptId, numbersNamed(fact.reference))
      state.followUpSince = leftOver(state, at)
      break
    case 'DisbursementReconciled':
      state.lines.set(fact.lineId, contentOf('debit', fact))
      reconciled(state, fact)
      break
    case 'ReconciliationBroken':
      state.lines.set(fact.lineId, contentOf('debit', fact))
      break
    case 'InvoiceIssued':
      issued(state, fact)
      break
    case 'CreditNoteIssued': {
      const invoice = state.invoices.get(fact.invoiceId)
      if (!invoice) break
      invoice.billedMinor -= fact.netMinor + fact.taxMinor
      // Nothing is left to be paid, so nothing is left to be asked.
      if (invoice.billedMinor <= 0n) state.invoices.delete(fact.invoiceId)
      break
    }
    case 'ClaimFinanced': {
      state.invoices.delete(fact.invoiceId)
      state.financed.set(fact.invoiceId, true)
      state.asked = advanceOf(fact)
      break
    }
    case 'CashAllocated':
      allocated(state, fact)
      state.asked = reserveOf(fact)
      state.followUpSince = leftOver(state, at)
      break
    case 'SupplierEnrolled':
    case 'PayeeChanged':
      // Remembered by the facts that they lead to.
      break
  }
  return state
}

/** Only then is it worth looking for what a decision could not hold. */
const leftOver = (state: State, at: number): number | undefined => {
  let orders = 0
  for (const invoice of state.invoices.values()) orders += invoice.orderIds.length
  if (orders > ORDERS_PER_DECISION) return at
  let waiting = 0
  for (const disbursement of state.disbursements.values()) if (waitsForPayee(disbursement)) waiting++
  return waiting > PAYOUTS_PER_DECISION ? at : undefined
}
