/** Words of the invoice desk: what is billed, confirmed, disputed and credited. */

export interface InvoiceLine {
  readonly line: number
  readonly orderId: string
  readonly orderLine: number
  readonly sku: string
  readonly quantity: bigint
  readonly unitPriceMinor: bigint
  readonly netMinor: bigint
}

export interface InvoiceState {
  status: 'unknown' | 'issued' | 'confirmed' | 'disputed'
  supplierId: string
  debtorId: string
  /** As typed. */
  number: string
  currency: string
  netMinor: bigint
  taxMinor: bigint
  creditedNetMinor: bigint
  creditedTaxMinor: bigint
  /** All that was issued but the typed number, as text, so that the same document again is known without its lines. */
  content: string
  /** Credit notes by normalised number, each as text. */
  creditNotes: Map<string, string>
  disputedFor: string
}

export interface IssueInvoice {
  readonly type: 'IssueInvoice'
  readonly invoiceId: string
  readonly supplierId: string
  readonly debtorId: string
  readonly number: string
  readonly issuedOn: string
  readonly dueOn: string
  readonly currency: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly grossMinor: bigint
  readonly lines: InvoiceLine[]
}

export interface IssueCreditNote {
  readonly type: 'IssueCreditNote'
  readonly invoiceId: string
  readonly creditNoteNumber: string
  readonly issuedOn: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly reason: string
}

export interface ConfirmInvoice {
  readonly type: 'ConfirmInvoice'
  readonly invoiceId: string
  readonly confirmedBy: string
}

export interface DisputeInvoice {
  readonly type: 'DisputeInvoice'
  readonly invoiceId: string
  readonly reason: string
}

export type InvoiceCommand = IssueInvoice | IssueCreditNote | ConfirmInvoice | DisputeInvoice

export interface InvoiceIssued extends Omit<IssueInvoice, 'type' | 'lines'> {
  readonly type: 'InvoiceIssued'
  /** Orders that it bills, sorted. */
  readonly orderIds: string[]
  readonly version: number
  readonly lineCount: number
}

/** One per order that the invoice bills, with only the lines of that order, in the order of their numbers. */
export interface OrderBilled {
  readonly type: 'OrderBilled'
  readonly orderId: string
  readonly invoiceId: string
  readonly supplierId: string
  readonly debtorId: string
  readonly number: string
  readonly issuedOn: string
  readonly dueOn: string
  readonly currency: string
  readonly version: number
  readonly lines: InvoiceLine[]
  readonly orderIds: string[]
}

export interface CreditNoteIssued extends Omit<IssueCreditNote, 'type'> {
  readonly type: 'CreditNoteIssued'
  readonly supplierId: string
  readonly debtorId: string
  readonly currency: string
}

export interface InvoiceConfirmed {
  readonly type: 'InvoiceConfirmed'
  readonly invoiceId: string
  readonly supplierId: string
  readonly debtorId: string
  readonly confirmedBy: string
}

export interface InvoiceDisputed {
  readonly type: 'InvoiceDisputed'
  readonly invoiceId: string
  readonly supplierId: string
  readonly debtorId: string
  readonly reason: string
}

export type InvoiceFact = InvoiceIssued | OrderBilled | CreditNoteIssued | InvoiceConfirmed | InvoiceDisputed

export type InvoiceRejection =
  | 'InvoiceIdMismatch'
  | 'InvoiceNumberEmpty'
  | 'InvoiceAlreadyIssued'
  | 'InvoiceRetyped'
  | 'InvoiceConflicts'
  | 'SupplierMalformed'
  | 'DebtorMalformed'
  | 'SupplierIsDebtor'
  | 'CurrencyUnknown'
  | 'DateInvalid'
  | 'DueBeforeIssue'
  | 'LinesMissing'
  | 'TooManyLines'
  | 'TooManyOrders'
  | 'LineNumberInvalid'
  | 'LineRepeated'
  | 'LineNamesNoOrder'
  | 'QuantityNotPositive'
  | 'PriceNegative'
  | 'InvoiceDoesNotAdd'
  | 'InvoiceAmountNotPositive'
  | 'AmountTooLarge'
  | 'InvoiceUnknown'
  | 'CreditNoteNumberEmpty'
  | 'CreditNoteConflicts'
  | 'CreditAmountNotPositive'
  | 'CreditExceedsInvoice'
  | 'TooManyCreditNotes'
  | 'ReasonMissing'
  | 'ConfirmerMissing'
  | 'InvoiceConfirmed'
  | 'InvoiceDisputed'
