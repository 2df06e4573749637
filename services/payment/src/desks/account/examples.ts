/** Named things that the account desk's tests speak of: Litware sells to Wide World, and is paid by it. */
import { broadcast, heard } from '@triflow/kernel/specification'
import type {
  CashAllocated,
  ClaimFinanced,
  CollectionAccountOpened,
  InvoiceIssued,
  PayeeChanged,
  PayeeUpdated,
  PostStatementLine,
  ReportDisbursement,
  SupplierEnrolled,
} from './vocabulary.ts'

export const accountId = 'litware|wide-world'

export const enrolment = (changes: Partial<SupplierEnrolled> = {}): SupplierEnrolled => ({
  type: 'SupplierEnrolled',
  supplierId: 'litware',
  debtorId: 'wide-world',
  programmeId: 'wwi',
  acceptedOn: '2026-01-05',
  accountNumber: 'US1',
  accountVerified: true,
  accountName: 'Litware, Inc.',
  ...changes,
})

export const payeeChange = (changes: Partial<PayeeChanged> = {}): PayeeChanged => ({
  type: 'PayeeChanged',
  accountNumber: 'US1',
  verified: true,
  onHold: false,
  accountName: 'Litware, Inc.',
  ...changes,
})

export const invoice = (changes: Partial<InvoiceIssued> = {}): InvoiceIssued => ({
  type: 'InvoiceIssued',
  invoiceId: 'litware/INV-7/2026-02-01',
  number: 'inv-7',
  grossMinor: 115_000n,
  orderIds: ['wide-world/PO-1'],
  version: 1,
  ...changes,
})

export const claim = (changes: Partial<ClaimFinanced> = {}): ClaimFinanced => ({
  type: 'ClaimFinanced',
  decisionId: 'litware/INV-7/2026-02-01@1',
  invoiceId: 'litware/INV-7/2026-02-01',
  programmeId: 'wwi',
  currency: 'USD',
  payoutMinor: 79_000n,
  ...changes,
})

export const line = (changes: Partial<PostStatementLine> = {}): PostStatementLine => ({
  type: 'PostStatementLine',
  accountId,
  lineId: 'L1',
  direction: 'credit',
  amountMinor: 115_000n,
  currency: 'USD',
  valueOn: '2026-03-01',
  reference: '',
  counterparty: 'Wide World',
  ...changes,
})

export const allocation = (changes: Partial<CashAllocated> = {}): CashAllocated => ({
  type: 'CashAllocated',
  receiptId: `${accountId}/L1`,
  programmeId: 'wwi',
  currency: 'USD',
  toSupplierMinor: 35_500n,
  allocations: [{ invoiceId: 'litware/INV-7/2026-02-01', settles: true }],
  ...changes,
})

export const report = (changes: Partial<ReportDisbursement> = {}): ReportDisbursement => ({
  type: 'ReportDisbursement',
  accountId,
  disbursementId: claim().decisionId,
  attempt: 1,
  result: 'executed',
  bankReference: 'B-1',
  detail: '',
  ...changes,
})

export const opened: CollectionAccountOpened = {
  type: 'CollectionAccountOpened',
  accountId,
  supplierId: 'litware',
  debtorId: 'wide-world',
  programmeId: 'wwi',
  notifiedOn: '2026-01-05',
}

export const payee = (changes: Partial<PayeeUpdated> = {}): PayeeUpdated => ({
  type: 'PayeeUpdated',
  accountId,
  accountNumber: 'US1',
  verified: true,
  onHold: false,
  accountName: 'Litware, Inc.',
  ...changes,
})

/** A pair that is ready: programme known, account open, payee verified. */
export const ready = [
  broadcast({ type: 'ProgrammeOpened' as const, programme: { programmeId: 'wwi', currency: 'USD' } }),
  heard(enrolment()),
  opened,
  payee(),
]
