/** Words of the ledger desk: the money facts it hears and the balanced entries it says, for one programme. */

interface OfProgramme {
  readonly programmeId: string
  readonly currency: string
}

interface OfDisbursement extends OfProgramme {
  readonly disbursementId: string
  readonly purpose: string
  readonly supplierId: string
  readonly amountMinor: bigint
}

export interface DisbursementRequested extends OfDisbursement {
  readonly type: 'DisbursementRequested'
}

export interface DisbursementExecuted extends OfDisbursement {
  readonly type: 'DisbursementExecuted'
}

export interface DisbursementRefused extends OfDisbursement {
  readonly type: 'DisbursementRefused'
}

export interface CashReceived extends OfProgramme {
  readonly type: 'CashReceived'
  readonly receiptId: string
  readonly amountMinor: bigint
}

export interface AdvanceDisbursed extends OfProgramme {
  readonly type: 'AdvanceDisbursed'
  readonly decisionId: string
  readonly discountMinor: bigint
  readonly payoutMinor: bigint
}

export interface CashAllocated extends OfProgramme {
  readonly type: 'CashAllocated'
  readonly receiptId: string
  readonly supplierId: string
  readonly toSupplierMinor: bigint
  readonly principalMinor: bigint
  readonly discountEarnedMinor: bigint
  readonly discountReturnedMinor: bigint
  readonly penaltyMinor: bigint
}

export interface CashSuspended extends OfProgramme {
  readonly type: 'CashSuspended'
  readonly receiptId: string
  readonly amountMinor: bigint
}

/** Heard so that the table of bookings is complete; they move no money (see chart.ts). */
export interface MovesNoMoney {
  readonly type: 'AdvanceCancelled' | 'DilutionRecorded'
}

export type Heard =
  | DisbursementRequested
  | DisbursementExecuted
  | DisbursementRefused
  | CashReceived
  | AdvanceDisbursed
  | CashAllocated
  | CashSuspended
  | MovesNoMoney

/** Amount moves from the credited to the debited account; always above zero. */
export interface Posting {
  readonly debit: string
  readonly credit: string
  readonly amountMinor: bigint
}

/** pending: expected, kept off the balances. posted: on the balances. void: what was pending will not happen. */
export type EntryStatus = 'pending' | 'posted' | 'void'

export interface LedgerPosted {
  readonly type: 'LedgerPosted'
  readonly programmeId: string
  readonly entryId: string
  readonly currency: string
  readonly memo: string
  readonly status: EntryStatus
  readonly postings: Posting[]
  /** Disbursement, decision or receipt that it books. */
  readonly causeId: string
}

export type Fact = LedgerPosted

export interface State {
  /** Receipts in suspense: their cash is taken from there when a person has explained it. */
  readonly suspended: Map<string, true>
}
