/** How a payout's life is folded: requested, finished, reconciled. */
import { chaseDelayMs, replacedBy } from './disbursement.ts'
import type { DisbursementStatus, State } from './state.ts'
import type { DisbursementExecuted, DisbursementRefused, DisbursementRequested } from './vocabulary.ts'

export const requested = (state: State, fact: DisbursementRequested, at: number): void => {
  const {
    disbursementId,
    purpose,
    causeId,
    invoiceId,
    programmeId,
    currency,
    amountMinor,
    payeeAccount,
    payeeName,
    attempt,
  } = fact
  const payout = { disbursementId, purpose, causeId, invoiceId, programmeId, currency, amountMinor }
  const disbursement = {
    ...payout,
    status: 'requested' as const,
    attempt,
    payeeAccount,
    payeeName,
    chaseAt: at + chaseDelayMs(attempt),
  }
  state.disbursements.set(disbursementId, disbursement)
  const refused = purpose === 'reserve' ? state.disbursements.get(replacedBy(payout)) : undefined
  if (refused?.status === 'refused') refused.status = 'replaced'
}

export const finished = (
  state: State,
  fact: DisbursementExecuted | DisbursementRefused,
  status: DisbursementStatus,
): void => {
  const disbursement = state.disbursements.get(fact.disbursementId)
  if (disbursement) disbursement.status = status
}

/** A disbursement may be in the archive when its debit comes; it then returns only to be archived as reconciled. */
export const reconciled = (
  state: State,
  fact: { readonly disbursementId: string; readonly amountMinor: bigint; readonly currency: string },
): void => {
  const disbursement = state.disbursements.get(fact.disbursementId)
  if (disbursement) disbursement.status = 'reconciled'
  else {
    state.disbursements.set(fact.disbursementId, {
      disbursementId: fact.disbursementId,
      purpose: 'advance',
      causeId: '',
      invoiceId: '',
      programmeId: '',
      currency: fact.currency,
      amountMinor: fact.amountMinor,
      status: 'reconciled',
      attempt: 0,
      payeeAccount: '',
      payeeName: '',
      chaseAt: 0,
    })
  }
}
