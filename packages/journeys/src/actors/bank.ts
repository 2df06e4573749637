/** What the funder's people do: open the programme, verify payees, post statements, decide what was referred. */
import { accepted, type Caller, type Document, type Outcome } from '../client/caller.ts'
import { uploadAccepted, type BulkOptions } from '../client/bulk.ts'
import { invoicePath, type InvoiceName } from './buyer.ts'
import { onTheWire, type ProgrammeTerms, type StatementLine } from './documents.ts'

export const openProgramme = async (bank: Caller, terms: ProgrammeTerms): Promise<Outcome> =>
  accepted(
    `open programme ${terms.programmeId}`,
    await bank.write({
      path: '/v1/programmes',
      body: onTheWire(terms),
      idempotencyKey: `programme:${terms.programmeId}:${terms.limitMinor}`,
    }),
  )

export const verifyAccount = async (
  bank: Caller,
  supplierId: string,
  accountNumber: string,
  seen: string,
): Promise<Outcome> =>
  accepted(
    `verify the account of ${supplierId}`,
    await bank.write({
      path: `/v1/parties/${supplierId}/bank-accounts/${accountNumber}/verification`,
      body: {},
      idempotencyKey: `verification:${supplierId}:${accountNumber}`,
      seen,
    }),
  )

export const postStatement = (
  bank: Caller,
  keys: string,
  lines: readonly StatementLine[],
  options?: BulkOptions,
): Promise<Outcome[]> =>
  uploadAccepted(
    bank,
    'statement-lines',
    lines.map((line) => ({
      document: onTheWire(line),
      idempotencyKey: `${keys}:statement:${line.supplierId}:${line.lineId}`,
    })),
    options,
  )

export const decideClaim = (
  bank: Caller,
  keys: string,
  name: InvoiceName,
  verdict: 'approval' | 'refusal',
  said: { readonly officer: string; readonly reason: string },
): Promise<Outcome> =>
  bank.write({
    path: `/v1/claims/${invoicePath(name)}/${verdict}`,
    body: said,
    idempotencyKey: `${keys}:${verdict}:${invoicePath(name)}`,
  })

export const claimsBy = (
  bank: Caller,
  status: 'referred' | 'waiting' | 'financed' | 'refused' | 'settled' | 'cancelled',
): Promise<Document[]> => bank.list(`/v1/claims?status=${status}`)

export const positionOf = (bank: Caller, programmeId: string, seen?: string): Promise<Document | undefined> =>
  bank.read(`/v1/programmes/${programmeId}/position`, seen)

export const ledgerOf = (bank: Caller, programmeId: string): Promise<Document | undefined> =>
  bank.read(`/v1/programmes/${programmeId}/ledger`)
