/** What the account desk keeps of one collection account, and what of it waits for whom. */
import type { Purpose } from './vocabulary.ts'

export interface Payee {
  readonly accountNumber: string
  readonly verified: boolean
  readonly onHold: boolean
  readonly accountName: string
}

/** The account itself and whom it pays: what every money question of the pair depends on. */
export interface Standing {
  /** Empty until the account is opened. */
  readonly programmeId: string
  /** Day on which the debtor was told to pay here; empty until then. */
  readonly notifiedOn: string
  readonly payee: Payee | undefined
}

/** An invoice of the pair whose funds question is open: issued, not yet financed, settled or credited away. */
export interface Invoice {
  readonly version: number
  /** Normalised, as a payment's reference may name it. */
  readonly number: string
  readonly orderIds: readonly string[]
  /** What is billed when credit notes are taken off; no cash is counted here. */
  billedMinor: bigint
  /** Some receipt was allocated to it. */
  received: boolean
  /** It was settled before it was heard of: it is answered once and forgotten. */
  readonly settled: boolean
  /** Codes last told, joined by a comma; undefined until told. */
  told: string | undefined
}

/** What cash said of an invoice that is not heard of yet: the cash's topic was ahead of the invoice's. */
export interface Ahead {
  readonly settled: boolean
}

export interface Payout {
  readonly disbursementId: string
  readonly purpose: Purpose
  readonly causeId: string
  readonly invoiceId: string
  readonly programmeId: string
  readonly currency: string
  readonly amountMinor: bigint
}

/**
 * `unknown` is a state of its own: the bank may or may not have paid, so it is only ever asked about again. `replaced`:
 * a refused reserve that was sent anew, under another id, to another account.
 */
export type DisbursementStatus = 'held' | 'requested' | 'unknown' | 'executed' | 'refused' | 'replaced' | 'reconciled'

export interface Disbursement extends Payout {
  status: DisbursementStatus
  attempt: number
  payeeAccount: string
  payeeName: string
  /** Milliseconds since 1970 at which the bank is asked again, while it has not answered. */
  chaseAt: number
}

/** What the archive keeps of a finished disbursement. */
export type FinishedDisbursement = Pick<Disbursement, 'disbursementId' | 'status' | 'amountMinor' | 'currency'>

export interface State {
  readonly accountId: string
  readonly supplierId: string
  readonly debtorId: string
  standing: Standing
  /** Credits that the account has seen: the pair's payment history. */
  creditsSeen: number
  readonly invoices: Map<string, Invoice>
  /** Invoices financed and not settled: a decision was taken, so the funds question is no longer asked. */
  readonly financed: Map<string, true>
  readonly ahead: Map<string, Ahead>
  /** Receipts that the obligor desk has not explained yet, with the numbers that their references name. */
  readonly unexplained: Map<string, readonly string[]>
  /** The payout that the fact just heard asks for; a hold takes it up. */
  asked: Payout | undefined
  readonly disbursements: Map<string, Disbursement>
  /** Content of each recent statement line by the bank's id of it. */
  readonly lines: Map<string, string>
  /** Since when (milliseconds since 1970) there may be more to tell than one decision holds; undefined when there is not. */
  followUpSince: number | undefined
}

export interface Shared {
  /** Currency by programme id. */
  readonly currencies: Map<string, string>
}
