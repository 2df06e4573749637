/** Words of the account desk: what it is asked, hears, says and keeps of one collection account. */

// Commands
export interface PostStatementLine {
  readonly type: 'PostStatementLine'
  readonly accountId: string
  readonly lineId: string
  readonly direction: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly valueOn: string
  readonly reference: string
  readonly counterparty: string
}

export interface ReportDisbursement {
  readonly type: 'ReportDisbursement'
  readonly accountId: string
  readonly disbursementId: string
  readonly attempt: number
  readonly result: string
  readonly bankReference: string
  readonly detail: string
}

export type Command = PostStatementLine | ReportDisbursement

// Heard from other desks: only the fields that are read here.
export interface SupplierEnrolled {
  readonly type: 'SupplierEnrolled'
  readonly supplierId: string
  readonly programmeId: string
  readonly debtorId: string
  readonly acceptedOn: string
  readonly accountNumber: string
  readonly accountVerified: boolean
  readonly accountName: string
}

export interface PayeeChanged {
  readonly type: 'PayeeChanged'
  readonly accountNumber: string
  readonly verified: boolean
  readonly onHold: boolean
  readonly accountName: string
}

export interface InvoiceIssued {
  readonly type: 'InvoiceIssued'
  readonly invoiceId: string
  readonly number: string
  readonly grossMinor: bigint
  readonly orderIds: readonly string[]
  readonly version: number
}

export interface CreditNoteIssued {
  readonly type: 'CreditNoteIssued'
  readonly invoiceId: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
}

export interface ClaimFinanced {
  readonly type: 'ClaimFinanced'
  readonly decisionId: string
  readonly invoiceId: string
  readonly programmeId: string
  readonly currency: string
  readonly payoutMinor: bigint
}

export interface CashAllocated {
  readonly type: 'CashAllocated'
  readonly receiptId: string
  readonly programmeId: string
  readonly currency: string
  readonly toSupplierMinor: bigint
  readonly allocations: readonly { readonly invoiceId: string; readonly settles: boolean }[]
}

export type Heard = SupplierEnrolled | PayeeChanged | InvoiceIssued | CreditNoteIssued | ClaimFinanced | CashAllocated

// Broadcast
export interface ProgrammeOpened {
  readonly type: 'ProgrammeOpened'
  readonly programme?: { readonly programmeId: string; readonly currency: string } | undefined
}

/** Broadcasts that change nothing here. */
export interface OtherBroadcast {
  readonly type: 'ProgrammeLimitChanged' | 'BusinessDayOpened' | 'BusinessDayClosed'
}

export type Broadcast = ProgrammeOpened | OtherBroadcast

// Facts
export interface CollectionAccountOpened {
  readonly type: 'CollectionAccountOpened'
  readonly accountId: string
  readonly supplierId: string
  readonly debtorId: string
  readonly programmeId: string
  readonly notifiedOn: string
}

export interface PayeeUpdated {
  readonly type: 'PayeeUpdated'
  readonly accountId: string
  readonly accountNumber: string
  readonly verified: boolean
  readonly onHold: boolean
  readonly accountName: string
}

/** What the money side of an invoice lacks, in the order it is told. */
export type FundsCode = 'collection-account' | 'payee-account' | 'payee-verification' | 'payee-hold' | 'already-paid'

export interface FundsChecked {
  readonly type: 'FundsChecked'
  readonly orderId: string
  readonly invoiceId: string
  readonly invoiceVersion: number
  readonly accountId: string
  readonly stands: boolean
  readonly missing: FundsCode[]
  readonly history: string
}

/** An advance follows a financing decision; a reserve follows a receipt and is what of it belongs to the supplier. */
export type Purpose = 'advance' | 'reserve'

interface DisbursementFields {
  readonly disbursementId: string
  readonly accountId: string
  readonly purpose: Purpose
  readonly causeId: string
  readonly invoiceId: string
  readonly supplierId: string
  readonly debtorId: string
  readonly programmeId: string
  readonly currency: string
  readonly amountMinor: bigint
}

export interface DisbursementRequested extends DisbursementFields {
  readonly type: 'DisbursementRequested'
  readonly payeeAccount: string
  readonly payeeName: string
  readonly attempt: number
}

export interface DisbursementChased {
  readonly type: 'DisbursementChased'
  readonly disbursementId: string
  readonly accountId: string
  readonly attempt: number
  readonly programmeId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly payeeAccount: string
  readonly payeeName: string
}

export interface DisbursementUnknown {
  readonly type: 'DisbursementUnknown'
  readonly disbursementId: string
  readonly accountId: string
  readonly attempt: number
  readonly detail: string
}

export interface DisbursementExecuted extends DisbursementFields {
  readonly type: 'DisbursementExecuted'
  readonly bankReference: string
}

export interface DisbursementRefused extends DisbursementFields {
  readonly type: 'DisbursementRefused'
  readonly detail: string
}

export interface DisbursementHeld {
  readonly type: 'DisbursementHeld'
  readonly disbursementId: string
  readonly accountId: string
  readonly reason: string
  readonly amountMinor: bigint
  readonly currency: string
}

export interface CashReceived {
  readonly type: 'CashReceived'
  readonly receiptId: string
  readonly accountId: string
  readonly supplierId: string
  readonly debtorId: string
  readonly programmeId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly valueOn: string
  readonly reference: string
  readonly counterparty: string
}

export interface DisbursementReconciled {
  readonly type: 'DisbursementReconciled'
  readonly disbursementId: string
  readonly accountId: string
  readonly lineId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly valueOn: string
  readonly reference: string
  readonly counterparty: string
}

export interface ReconciliationBroken {
  readonly type: 'ReconciliationBroken'
  readonly accountId: string
  readonly lineId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly reason: string
  readonly valueOn: string
  readonly reference: string
  readonly counterparty: string
}

export type Fact =
  | CollectionAccountOpened
  | PayeeUpdated
  | FundsChecked
  | DisbursementRequested
  | DisbursementChased
  | DisbursementUnknown
  | DisbursementExecuted
  | DisbursementRefused
  | DisbursementHeld
  | CashReceived
  | DisbursementReconciled
  | ReconciliationBroken
