/** What a supplier does: joins a programme, names its account, accepts orders, bills and credits. */
import { accepted, type Caller, type Outcome } from '../client/caller.ts'
import { uploadAccepted, uploadAll, type BulkOptions } from '../client/bulk.ts'
import { invoicePath } from './buyer.ts'
import { onTheWire, type CreditNote, type Invoice } from './documents.ts'

export interface PayeeAccount {
  readonly accountNumber: string
  readonly accountName: string
  readonly bankName: string
}

export const nameAccount = async (supplier: Caller, account: PayeeAccount): Promise<Outcome> =>
  accepted(
    `${supplier.actor} names its account`,
    await supplier.write({
      path: `/v1/parties/${supplier.actor}/bank-accounts`,
      body: account,
      idempotencyKey: `account:${supplier.actor}:${account.accountNumber}`,
    }),
  )

/** The standing acceptance that matched claims are sold under the programme's terms. */
export const joinProgramme = async (
  supplier: Caller,
  programmeId: string,
  consent: { readonly termsReference: string; readonly signatory: string; readonly acceptedOn: string },
  seen: string,
): Promise<Outcome> =>
  accepted(
    `${supplier.actor} joins ${programmeId}`,
    await supplier.write({
      path: `/v1/programmes/${programmeId}/enrolments`,
      body: consent,
      idempotencyKey: `enrolment:${programmeId}:${supplier.actor}`,
      seen,
    }),
  )

export interface Acceptance {
  readonly buyerId: string
  readonly number: string
  readonly version: number
}

export const acceptOrders = (
  supplier: Caller,
  keys: string,
  acceptances: readonly Acceptance[],
  options?: BulkOptions,
): Promise<Outcome[]> =>
  uploadAccepted(
    supplier,
    'acceptances',
    acceptances.map((one) => ({ document: one, idempotencyKey: `${keys}:acceptance:${one.number}:${one.version}` })),
    options,
  )

/** The key holds the number as typed: a re-typed number is another wish about the same invoice. */
const invoiceKey = (keys: string, { number, issuedOn }: Invoice): string =>
  `${keys}:invoice:${encodeURIComponent(number)}:${issuedOn}`

export const issueInvoices = (
  supplier: Caller,
  keys: string,
  invoices: readonly Invoice[],
  options?: BulkOptions,
): Promise<Outcome[]> =>
  uploadAccepted(
    supplier,
    'invoices',
    invoices.map((invoice) => ({ document: onTheWire(invoice), idempotencyKey: invoiceKey(keys, invoice) })),
    options,
  )

/** The same where a no is an answer: copies that ought to be caught. */
export const tryInvoices = (supplier: Caller, keys: string, invoices: readonly Invoice[]): Promise<Outcome[]> =>
  uploadAll(
    supplier,
    'invoices',
    invoices.map((invoice) => ({ document: onTheWire(invoice), idempotencyKey: invoiceKey(keys, invoice) })),
  )

export const creditInvoice = async (supplier: Caller, keys: string, note: CreditNote): Promise<Outcome> => {
  const { supplierId, invoiceNumber, invoiceIssuedOn, ...body } = note
  return accepted(
    `credit ${invoiceNumber}`,
    await supplier.write({
      path: `/v1/invoices/${invoicePath({ supplierId, number: invoiceNumber, issuedOn: invoiceIssuedOn })}/credit-notes`,
      body: onTheWire(body),
      idempotencyKey: `${keys}:credit-note:${supplierId}:${note.creditNoteNumber}`,
    }),
  )
}
