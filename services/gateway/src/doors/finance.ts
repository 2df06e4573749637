/** Doors to the finance: bank statements, referred claims and unexplained cash, trades and decisions to read. */
import { collectionAccountId, orderId } from '@triflow/kernel'
import { z } from 'zod'
import { exampleInvoice, invoiceIdOf, invoiceParams, invoicePath } from './invoices.ts'
import type { ListOperation } from './operation.ts'
import { read, write } from './operation.ts'
import type { Ownership } from './ownership.ts'
import { textOf, views } from './views.ts'
import {
  amountMinor,
  currency,
  documentNumber,
  localDate,
  minor,
  partyId,
  person,
  personOf,
  reason,
  text,
} from './words.ts'

const area = 'Finance'

const claimParties = async (document: Record<string, unknown>, ownership: Ownership) => {
  const programmeId = textOf(document, 'programmeId')
  const programme = programmeId ? await ownership.programme(programmeId) : undefined
  return {
    supplierId: textOf(document, 'supplierId'),
    debtorId: textOf(document, 'debtorId'),
    funderIds: programme?.funderIds ?? [],
  }
}

/**
 * What the funder would still lend, the numbers that its rules compared, and its officers' own words are not the
 * supplier's business; which rule said what is.
 */
const funderOnly = new Set([
  'exposureAfterMinor',
  'limitMinor',
  'detail',
  'approvalReason',
  'approvedBy',
  'refusedBy',
  'officer',
  'officerReason',
])

const strip = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(strip)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => !funderOnly.has(field))
      .map(([field, inner]) => [field, strip(inner)]),
  )
}

const publicReasons = (document: Record<string, unknown>) => strip(document) as Record<string, unknown>

const only = (fields: readonly string[], document: Record<string, unknown>) =>
  Object.fromEntries(fields.filter((field) => field in document).map((field) => [field, document[field]]))

const liability = [
  'id',
  'status',
  'supplierId',
  'debtorId',
  'currency',
  'orderIds',
  'grossMinor',
  'dueOn',
  'paidMinor',
  'dilutionMinor',
  'settled',
  'receiptIds',
] as const

/** A debtor sees what it owes and to whom, not how it was priced or judged. */
const acceptedLiability = (document: Record<string, unknown>) => only(liability, document)

/** A buyer sees the lanes of its trade, and of each invoice no more than what became of it. */
const buyersTrade = (document: Record<string, unknown>) => {
  const outcomes = document['outcomes']
  const shown = Array.isArray(outcomes)
    ? outcomes.map((one) => only(['invoiceId', 'outcome', 'atMs'], one as Record<string, unknown>))
    : []
  return { ...publicReasons(document), outcomes: shown }
}

const named = { buyerId: 'acme-motors', number: 'PO-4711' }

export const financeDoors = [
  write({
    method: 'post',
    path: '/v1/statement-lines',
    bulk: 'statement-lines',
    area,
    action: 'statement-line.post',
    summary: 'Post a line of the bank’s statement for a collection account',
    creates: true,
    params: z.strictObject({}),
    body: z.strictObject({
      supplierId: partyId,
      debtorId: partyId,
      lineId: text(100).describe('The bank’s own id of the line.'),
      direction: z.enum(['credit', 'debit']),
      amountMinor,
      currency,
      valueOn: localDate,
      reference: z.string().max(140).optional().describe('As the payer wrote it; absent when it wrote none.'),
      counterparty: text(140).optional(),
    }),
    example: {
      params: {},
      body: {
        supplierId: 'nordwind-components',
        debtorId: 'acme-motors',
        lineId: 'NB-2026-05-05-000117',
        direction: 'credit',
        amountMinor: '2023000',
        currency: 'EUR',
        valueOn: '2026-05-05',
        reference: 'INV-2026-0042',
        counterparty: 'Acme Motors AG',
      },
    },
    resource: async ({ body }, _actor, ownership) => ({ funderIds: await ownership.fundersOf(body.debtorId) }),
    command: ({ body }) => ({
      type: 'PostStatementLine',
      accountId: collectionAccountId(body.supplierId, body.debtorId),
      lineId: body.lineId,
      direction: body.direction,
      amountMinor: minor(body.amountMinor),
      currency: body.currency,
      valueOn: body.valueOn,
      reference: body.reference ?? '',
      counterparty: body.counterparty ?? '',
    }),
    made: (command) => ({ id: `${command.accountId}/${command.lineId}` }),
  }),
  {
    kind: 'list',
    method: 'get',
    path: '/v1/claims',
    area,
    action: 'claim.list',
    summary: 'Claims by status, for those who decide them',
    query: z.strictObject({
      status: z.enum(['referred', 'waiting', 'refused', 'financed', 'disbursed', 'payout-failed', 'settled', 'paid']),
    }),
    example: { query: { status: 'referred' } },
    ...views.claims,
    field: 'status',
    resource: claimParties,
  } satisfies ListOperation,
  read({
    path: '/v1/claims/{supplierId}/{number}/{issuedOn}',
    area,
    action: 'claim.read',
    summary: 'Read the claim that an invoice became',
    params: invoiceParams,
    example: { params: exampleInvoice },
    ...views.claims,
    id: invoiceIdOf,
    resource: claimParties,
    shown: { supplier: publicReasons, buyer: acceptedLiability },
  }),
  ...(['approval', 'refusal'] as const).map((verdict) =>
    write({
      method: 'post',
      path: `/v1/claims/{supplierId}/{number}/{issuedOn}/${verdict}`,
      area,
      action: verdict === 'approval' ? 'claim.approve' : 'claim.refuse',
      summary: verdict === 'approval' ? 'Approve a referred claim' : 'Refuse a referred claim',
      creates: false,
      params: invoiceParams,
      body: z.strictObject({ officer: person, reason }),
      example: { params: exampleInvoice, body: { officer: 'Jonas Weber', reason: 'Price change agreed by letter' } },
      resource: (values, _actor, ownership) => ownership.claim(invoiceIdOf(values.params)),
      command: (values, actor, claim) => ({
        type: verdict === 'approval' ? ('ApproveClaim' as const) : ('RefuseClaim' as const),
        debtorId: claim.debtorId ?? '',
        invoiceId: invoiceIdOf(values.params),
        officer: personOf(actor.partyId, values.body.officer),
        reason: values.body.reason,
      }),
      made: (command, values) => ({ id: command.invoiceId, location: invoicePath('/v1/claims', values.params) }),
    }),
  ),
  write({
    method: 'post',
    path: '/v1/receipts/allocation',
    area,
    action: 'receipt.allocate',
    summary: 'Say which invoices a receipt in suspense pays',
    creates: false,
    params: z.strictObject({}),
    body: z.strictObject({
      debtorId: partyId,
      receiptId: text(200),
      invoices: z.array(invoiceParams).min(1).max(200),
      officer: person,
    }),
    example: {
      params: {},
      body: {
        debtorId: 'acme-motors',
        receiptId: 'nordwind-components|acme-motors/NB-2026-05-05-000117',
        invoices: [exampleInvoice],
        officer: 'Jonas Weber',
      },
    },
    resource: async ({ body }, _actor, ownership) => ({ funderIds: await ownership.fundersOf(body.debtorId) }),
    command: ({ body }, actor) => ({
      type: 'AllocateReceipt',
      debtorId: body.debtorId,
      receiptId: body.receiptId,
      invoiceIds: body.invoices.map(invoiceIdOf),
      officer: personOf(actor.partyId, body.officer),
    }),
    made: (command, { body }) => ({ id: command.receiptId, location: invoicePath('/v1/claims', body.invoices[0]!) }),
  }),
  read({
    path: '/v1/trades/{buyerId}/{number}',
    area,
    action: 'trade.read',
    summary: 'Read a trade: its three lanes and what they still wait for',
    params: z.strictObject({ buyerId: partyId, number: documentNumber }),
    example: { params: named },
    ...views.trades,
    id: ({ buyerId, number }) => orderId(buyerId, number),
    resource: async (document, ownership, { buyerId }) => ({
      buyerId,
      supplierId: textOf(document, 'supplierId'),
      funderIds: await ownership.fundersOf(buyerId),
    }),
    shown: { supplier: publicReasons, buyer: buyersTrade },
  }),
  read({
    path: '/v1/decisions/{decisionId}',
    area,
    action: 'decision.read',
    summary: 'Read a decision: rules, evidence, amounts',
    params: z.strictObject({ decisionId: text(300).describe('Slashes are percent-encoded.') }),
    example: { params: { decisionId: 'nordwind-components/INV-2026-0042/2026-03-06@1' } },
    ...views.decisions,
    id: ({ decisionId }) => decisionId,
    resource: claimParties,
    shown: { supplier: publicReasons },
  }),
]
