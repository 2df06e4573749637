/** Money that is to leave: asked for once, chased while the bank is silent, and never paid again for lack of an answer. */
import { accept, nothing, reject, type Decision } from '@triflow/kernel'
import { payeeMissing } from './funds.ts'
import type { Disbursement, FinishedDisbursement, Payout, Standing, State } from './state.ts'
import type {
  CashAllocated,
  ClaimFinanced,
  DisbursementChased,
  DisbursementExecuted,
  DisbursementHeld,
  DisbursementRequested,
  Fact,
  ReportDisbursement,
} from './vocabulary.ts'

/** Held payouts released, and silent ones chased, per decision; the rest follows on the next tick. */
export const PAYOUTS_PER_DECISION = 100

const FIRST_CHASE_MS = 5_000
const LONGEST_CHASE_MS = 60_000

/** How long after an attempt (from 1) the bank is asked again: 5, 10, 20, 40 and then every 60 seconds. */
export const chaseDelayMs = (attempt: number): number =>
  Math.min(LONGEST_CHASE_MS, FIRST_CHASE_MS * 2 ** Math.min(attempt - 1, 4))

export const archiveKeyOfDisbursement = (disbursementId: string): string => `disbursement/${disbursementId}`

/** The advance that a decision asks for: what is left when the discount is withheld. */
export const advanceOf = (claim: ClaimFinanced): Payout => ({
  disbursementId: claim.decisionId,
  purpose: 'advance',
  causeId: claim.decisionId,
  invoiceId: claim.invoiceId,
  programmeId: claim.programmeId,
  currency: claim.currency,
  amountMinor: claim.payoutMinor,
})

/** What of a receipt belongs to the supplier: reserve, returned discount, or the whole of an unfinanced invoice. */
export const reserveOf = (cash: CashAllocated): Payout => ({
  disbursementId: reserveId(cash.receiptId),
  purpose: 'reserve',
  causeId: cash.receiptId,
  // One payout for the whole receipt: it belongs to an invoice only when the receipt pays one.
  invoiceId: cash.allocations.length === 1 ? cash.allocations[0]!.invoiceId : '',
  programmeId: cash.programmeId,
  currency: cash.currency,
  amountMinor: cash.toSupplierMinor,
})

/** A bank that refused an id stays with it: sent anew, a reserve has the next id. Counted from 1. */
export const reserveId = (receiptId: string, sending = 1): string =>
  sending === 1 ? `${receiptId}/reserve` : `${receiptId}/reserve/${sending}`

const sendingOf = ({ disbursementId, causeId }: Payout): number =>
  disbursementId === reserveId(causeId) ? 1 : Number(disbursementId.slice(reserveId(causeId).length + 1))

/** The refused reserve that this one replaces. */
export const replacedBy = (reserve: Payout): string => reserveId(reserve.causeId, sendingOf(reserve) - 1)

/**
 * A refused advance is cancelled by the obligor desk and its claim decided anew. A refused reserve is still owed to the
 * supplier and waits here for another account.
 */
export const waitsForPayee = (disbursement: Disbursement): boolean =>
  disbursement.status === 'held' || (disbursement.status === 'refused' && disbursement.purpose === 'reserve')

const request = (state: State, payout: Payout, standing: Standing): DisbursementRequested => ({
  type: 'DisbursementRequested',
  ...fieldsOf(state, payout),
  payeeAccount: standing.payee!.accountNumber,
  payeeName: standing.payee!.accountName,
  attempt: 1,
})

const fieldsOf = (state: State, payout: Payout) => ({
  disbursementId: payout.disbursementId,
  accountId: state.accountId,
  purpose: payout.purpose,
  causeId: payout.causeId,
  invoiceId: payout.invoiceId,
  supplierId: state.supplierId,
  debtorId: state.debtorId,
  programmeId: payout.programmeId,
  currency: payout.currency,
  amountMinor: payout.amountMinor,
})

/** Sends a payout, or holds it while the payee does not stand. Once per id, however late the same id comes again. */
export const payOut = (
  state: State,
  payout: Payout,
  loaded: ReadonlyMap<string, unknown>,
): readonly (DisbursementRequested | DisbursementHeld)[] => {
  if (payout.amountMinor <= 0n) return []
  if (state.disbursements.has(payout.disbursementId) || loaded.has(archiveKeyOfDisbursement(payout.disbursementId)))
    return []
  const missing = payeeMissing(state.standing)
  if (missing.length === 0) return [request(state, payout, state.standing)]
  return [
    {
      type: 'DisbursementHeld',
      disbursementId: payout.disbursementId,
      accountId: state.accountId,
      reason: missing.join(', '),
      amountMinor: payout.amountMinor,
      currency: payout.currency,
    },
  ]
}

/** Payouts that may go out now that the payee stands, oldest first. */
export const released = (
  state: State,
  standing: Standing,
  count = PAYOUTS_PER_DECISION,
): readonly DisbursementRequested[] => {
  if (payeeMissing(standing).length > 0) return []
  const facts: DisbursementRequested[] = []
  for (const disbursement of state.disbursements.values()) {
    if (facts.length === count) break
    if (disbursement.status === 'held') facts.push(request(state, disbursement, standing))
    else if (waitsForPayee(disbursement)) facts.push(...sentAnew(state, disbursement, standing))
  }
  return facts
}

/** A refused reserve goes out under the next id, never to the account that the bank refused. */
const sentAnew = (state: State, reserve: Disbursement, standing: Standing): readonly DisbursementRequested[] => {
  if (payeeMissing(standing).length > 0 || standing.payee!.accountNumber === reserve.payeeAccount) return []
  return [request(state, { ...reserve, disbursementId: reserveId(reserve.causeId, sendingOf(reserve) + 1) }, standing)]
}

export const isUnanswered = (disbursement: Disbursement): boolean =>
  disbursement.status === 'requested' || disbursement.status === 'unknown'

/** When the next silent disbursement is due to be chased. */
export const nextChaseAt = (state: State): number | undefined => {
  let next: number | undefined
  for (const disbursement of state.disbursements.values()) {
    if (isUnanswered(disbursement) && (next === undefined || disbursement.chaseAt < next)) next = disbursement.chaseAt
  }
  return next
}

/** Asks again, under the same id and to the same payee account as at first, whatever the payee's account is by now. */
export const chased = (state: State, at: number): readonly DisbursementChased[] => {
  const facts: DisbursementChased[] = []
  for (const disbursement of state.disbursements.values()) {
    if (!isUnanswered(disbursement) || disbursement.chaseAt > at) continue
    if (facts.length === PAYOUTS_PER_DECISION) break
    facts.push({
      type: 'DisbursementChased',
      disbursementId: disbursement.disbursementId,
      accountId: state.accountId,
      attempt: disbursement.attempt + 1,
      programmeId: disbursement.programmeId,
      currency: disbursement.currency,
      amountMinor: disbursement.amountMinor,
      payeeAccount: disbursement.payeeAccount,
      payeeName: disbursement.payeeName,
    })
  }
  return facts
}

export const executed = (state: State, disbursement: Disbursement, bankReference: string): DisbursementExecuted => ({
  type: 'DisbursementExecuted',
  ...fieldsOf(state, disbursement),
  bankReference,
})

/**
 * What the bank said. The first final word stands: a later one of the same id changes nothing, as the statement and not
 * a second report is what would contradict it. No answer is an answer of its own and voids nothing.
 */
export const judgeReport = (
  report: ReportDisbursement,
  state: State,
  loaded: ReadonlyMap<string, unknown>,
): Decision<Fact> => {
  const disbursement = state.disbursements.get(report.disbursementId)
  if (!disbursement) {
    return loaded.has(archiveKeyOfDisbursement(report.disbursementId))
      ? nothing
      : reject('UnknownDisbursement', report.disbursementId)
  }
  if (disbursement.status === 'held') return reject('DisbursementNotSent', report.disbursementId)
  if (!isUnanswered(disbursement)) return nothing
  switch (report.result) {
    case 'executed':
      return accept([executed(state, disbursement, report.bankReference)])
    case 'refused':
      return accept([
        { type: 'DisbursementRefused', ...fieldsOf(state, disbursement), detail: report.detail },
        // The supplier's account may have changed while the bank was thinking.
        ...(disbursement.purpose === 'reserve' ? sentAnew(state, disbursement, state.standing) : []),
      ])
    case 'unknown':
      if (disbursement.status === 'unknown') return nothing
      return accept([
        {
          type: 'DisbursementUnknown',
          disbursementId: report.disbursementId,
          accountId: state.accountId,
          attempt: report.attempt,
          detail: report.detail,
        },
      ])
    default:
      return reject('UnknownResult', report.result)
  }
}

/** The disbursement that a statement's reference names, open or archived. */
export const disbursementNamed = (
  reference: string,
  state: State,
  loaded: ReadonlyMap<string, unknown>,
): Disbursement | FinishedDisbursement | undefined => {
  const id = reference.trim()
  return state.disbursements.get(id) ?? (loaded.get(archiveKeyOfDisbursement(id)) as FinishedDisbursement | undefined)
}
