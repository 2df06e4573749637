/** Words of the obligor desk: wishes of officers, what it hears about one debtor, and what it says. */
import type { Cited } from '../evidence.ts'

// ---- commands ------------------------------------------------------------------------------------------------------

interface OfficersWord {
  debtorId: string
  invoiceId: string
  officer: string
  reason: string
}

export type ApproveClaim = OfficersWord & { type: 'ApproveClaim' }
export type RefuseClaim = OfficersWord & { type: 'RefuseClaim' }

export interface AllocateReceipt {
  type: 'AllocateReceipt'
  debtorId: string
  receiptId: string
  invoiceIds: string[]
  officer: string
}

export type Command = ApproveClaim | RefuseClaim | AllocateReceipt

// ---- heard ---------------------------------------------------------------------------------------------------------

interface Pair {
  supplierId: string
  debtorId: string
}

export type SupplierEnrolled = Pair & {
  type: 'SupplierEnrolled'
  programmeId: string
  termsReference: string
  acceptedBy: string
  acceptedOn: string
}

export type InvoiceIssued = Pair & {
  type: 'InvoiceIssued'
  invoiceId: string
  number: string
  issuedOn: string
  dueOn: string
  currency: string
  netMinor: bigint
  taxMinor: bigint
  grossMinor: bigint
  orderIds: string[]
  version: number
}

export type CreditNoteIssued = Pair & {
  type: 'CreditNoteIssued'
  invoiceId: string
  currency: string
  netMinor: bigint
  taxMinor: bigint
}

export type InvoiceConfirmed = Pair & { type: 'InvoiceConfirmed'; invoiceId: string; confirmedBy: string }
export type InvoiceDisputed = Pair & { type: 'InvoiceDisputed'; invoiceId: string; reason: string }

export type ShareHeard = Pair & {
  type: 'ShareMatched'
  orderId: string
  invoiceId: string
  invoiceVersion: number
  revision: number
  financeableNetMinor: bigint
  evidence: Cited[]
  verdict: string
  reason: string
  otherInvoiceId: string
  lastEventAtMs: bigint
}

export type CashReceived = Pair & {
  type: 'CashReceived'
  receiptId: string
  programmeId: string
  currency: string
  amountMinor: bigint
  valueOn: string
  reference: string
}

type DisbursementWord = Pair & { invoiceId: string; purpose: string; causeId: string }
export type DisbursementExecuted = DisbursementWord & { type: 'DisbursementExecuted' }
export type DisbursementRefused = DisbursementWord & { type: 'DisbursementRefused'; detail: string }

export type Heard =
  | SupplierEnrolled
  | InvoiceIssued
  | CreditNoteIssued
  | InvoiceConfirmed
  | InvoiceDisputed
  | ShareHeard
  | CashReceived
  | DisbursementExecuted
  | DisbursementRefused
  // That a payout was asked for changes nothing: it is reserved since the decision.
  | { type: 'DisbursementRequested' }

// ---- facts ---------------------------------------------------------------------------------------------------------

export interface RuleResult {
  rule: string
  outcome: 'passed' | 'reduced' | 'referred' | 'refused' | 'waiting'
  detail: string
}

interface OfClaim extends Pair {
  invoiceId: string
  invoiceVersion: number
  programmeId: string
  currency: string
  orderIds: string[]
}

interface Decided extends OfClaim {
  /** invoice id @ version: one effective decision per claim and version. */
  decisionId: string
  grossMinor: bigint
  rules: RuleResult[]
  evidence: Cited[]
  policyVersion: bigint
  lastEventAtMs: bigint
}

export interface ClaimFinanced extends Decided {
  type: 'ClaimFinanced'
  funderId: string
  netMinor: bigint
  eligibleMinor: bigint
  advanceMinor: bigint
  discountMinor: bigint
  payoutMinor: bigint
  advanceRateBps: number
  annualRateBps: number
  dayCountBasis: number
  tenorDays: number
  fundedOn: string
  dueOn: string
  approvedBy: string
  approvalReason: string
  exposureAfterMinor: bigint
  limitMinor: bigint
  assignmentTerms: string
  assignmentAcceptedOn: string
  invoiceNumber: string
}

export interface ClaimReferred extends Decided {
  type: 'ClaimReferred'
  eligibleMinor: bigint
  reason: string
}

export interface ClaimRefused extends Decided {
  type: 'ClaimRefused'
  reason: string
  otherInvoiceId: string
  refusedBy: string
}

export interface ClaimWaiting extends OfClaim {
  type: 'ClaimWaiting'
  eligibleMinor: bigint
  waitsFor: string
  detail: string
}

interface OfAdvance extends Pair {
  decisionId: string
  invoiceId: string
  programmeId: string
  currency: string
  advanceMinor: bigint
}

export interface AdvanceDisbursed extends OfAdvance {
  type: 'AdvanceDisbursed'
  discountMinor: bigint
  payoutMinor: bigint
  exposureAfterMinor: bigint
  disbursedOn: string
}

export interface AdvanceCancelled extends OfAdvance {
  type: 'AdvanceCancelled'
  reason: string
}

/** One claim's part of a receipt, in minor units. */
export interface Allocation {
  invoiceId: string
  amountMinor: bigint
  penaltyMinor: bigint
  principalMinor: bigint
  discountEarnedMinor: bigint
  discountReturnedMinor: bigint
  toSupplierMinor: bigint
  settles: boolean
  daysOut: number
  shortMinor: bigint
}

export type ExplainedBy = 'reference' | 'all-open' | 'oldest-first' | 'only-subset' | 'officer'

interface OfReceipt extends Pair {
  receiptId: string
  currency: string
  amountMinor: bigint
  valueOn: string
}

export interface CashAllocated extends OfReceipt {
  type: 'CashAllocated'
  programmeId: string
  explainedBy: ExplainedBy
  allocations: Allocation[]
  toSupplierMinor: bigint
  principalMinor: bigint
  discountEarnedMinor: bigint
  discountReturnedMinor: bigint
  penaltyMinor: bigint
  exposureAfterMinor: bigint
  officer: string
}

export interface CashWaiting extends OfReceipt {
  type: 'CashWaiting'
  programmeId: string
  detail: string
}

export interface CashSuspended extends OfReceipt {
  type: 'CashSuspended'
  programmeId: string
}

export interface DilutionRecorded extends Pair {
  type: 'DilutionRecorded'
  invoiceId: string
  programmeId: string
  currency: string
  amountMinor: bigint
  cause: 'credit-note' | 'short-pay' | 'return'
  afterFunding: boolean
}

export interface DebtorDayClosed {
  type: 'DebtorDayClosed'
  debtorId: string
  programmeId: string
  date: string
  next: string
  currency: string
  reservedMinor: bigint
  usedMinor: bigint
  limitMinor: bigint
  invoicesKnown: number
  claimsFinanced: number
  invoicesSettled: number
  receiptsWaiting: number
}

export type Fact =
  | ClaimFinanced
  | ClaimReferred
  | ClaimRefused
  | ClaimWaiting
  | AdvanceDisbursed
  | AdvanceCancelled
  | CashAllocated
  | CashWaiting
  | CashSuspended
  | DilutionRecorded
  | DebtorDayClosed
