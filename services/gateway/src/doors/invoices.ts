/** Doors to invoices: the supplier issues and credits, the debtor confirms or disputes. */
import { invoiceId, normaliseNumber, orderId } from '@triflow/kernel'
import { z } from 'zod'
import { read, write } from './operation.ts'
import { textOf, views } from './views.ts'
import {
  amountMinor,
  amountOrZeroMinor,
  breach,
  currency,
  documentNumber,
  lineNumber,
  localDate,
  minor,
  partyId,
  quantity,
  reason,
  sku,
} from './words.ts'

const area = 'Invoices'
export const invoiceParams = z.strictObject({ supplierId: partyId, number: documentNumber, issuedOn: localDate })
type InvoiceName = z.output<typeof invoiceParams>
export const exampleInvoice = { supplierId: 'nordwind-components', number: 'INV-2026-0042', issuedOn: '2026-03-06' }

export const invoiceIdOf = (name: InvoiceName) => invoiceId(name.supplierId, name.number, name.issuedOn)

export const invoicePath = (root: string, name: InvoiceName) =>
  `${root}/${name.supplierId}/${encodeURIComponent(normaliseNumber(name.number))}/${name.issuedOn}`

const madeOf = (command: { invoiceId: string }, values: { params: InvoiceName }) => ({
  id: command.invoiceId,
  location: invoicePath('/v1/invoices', values.params),
})

const line = z.strictObject({
  line: lineNumber,
  orderNumber: documentNumber.describe('Number of the debtor’s order that is billed.'),
  orderLine: lineNumber,
  sku,
  quantity,
  unitPriceMinor: amountOrZeroMinor,
  netMinor: amountOrZeroMinor,
})

export const invoiceDoors = [
  write({
    method: 'post',
    path: '/v1/invoices',
    bulk: 'invoices',
    area,
    action: 'invoice.issue',
    summary: 'Issue an invoice',
    creates: true,
    settles: 'invoice',
    params: z.strictObject({}),
    body: z
      .strictObject({
        supplierId: partyId,
        number: documentNumber,
        issuedOn: localDate,
        debtorId: partyId,
        dueOn: localDate,
        currency,
        netMinor: amountMinor,
        taxMinor: amountOrZeroMinor,
        grossMinor: amountMinor,
        lines: z
          .array(line)
          .min(1)
          .max(200)
          .refine(
            (all) => new Set(all.map((one) => one.line)).size === all.length,
            breach('LineRepeated', 'a line number is used twice', []),
          ),
      })
      .refine((it) => it.dueOn >= it.issuedOn, breach('DueBeforeIssue', 'due before it was issued', ['dueOn']))
      .refine(
        (it) => it.supplierId !== it.debtorId,
        breach('PartiesEqual', 'a party cannot bill itself', ['debtorId']),
      ),
    example: {
      params: {},
      body: {
        ...exampleInvoice,
        debtorId: 'acme-motors',
        dueOn: '2026-05-05',
        currency: 'EUR',
        netMinor: '1700000',
        taxMinor: '323000',
        grossMinor: '2023000',
        lines: [
          {
            line: 1,
            orderNumber: 'PO-4711',
            orderLine: 1,
            sku: 'BRK-200',
            quantity: 400,
            unitPriceMinor: '4250',
            netMinor: '1700000',
          },
        ],
      },
    },
    resource: ({ body }) => ({ supplierId: body.supplierId, debtorId: body.debtorId }),
    command: ({ body }) => ({
      type: 'IssueInvoice',
      invoiceId: invoiceIdOf(body),
      supplierId: body.supplierId,
      debtorId: body.debtorId,
      number: body.number,
      issuedOn: body.issuedOn,
      dueOn: body.dueOn,
      currency: body.currency,
      netMinor: minor(body.netMinor),
      taxMinor: minor(body.taxMinor),
      grossMinor: minor(body.grossMinor),
      lines: body.lines.map((one) => ({
        line: one.line,
        orderId: orderId(body.debtorId, one.orderNumber),
        orderLine: one.orderLine,
        sku: one.sku,
        quantity: BigInt(one.quantity),
        unitPriceMinor: minor(one.unitPriceMinor),
        netMinor: minor(one.netMinor),
      })),
    }),
    made: (command, { body }) => ({ id: command.invoiceId, location: invoicePath('/v1/invoices', body) }),
  }),
  read({
    path: '/v1/invoices/{supplierId}/{number}/{issuedOn}',
    area,
    action: 'invoice.read',
    summary: 'Read an invoice with its credit notes, confirmation or dispute',
    params: invoiceParams,
    example: { params: exampleInvoice },
    ...views.invoices,
    id: invoiceIdOf,
    resource: async (document, ownership, { supplierId }) => {
      const debtorId = textOf(document, 'debtorId')
      return { supplierId, debtorId, funderIds: debtorId ? await ownership.fundersOf(debtorId) : [] }
    },
  }),
  write({
    method: 'post',
    path: '/v1/invoices/{supplierId}/{number}/{issuedOn}/confirmation',
    area,
    action: 'invoice.confirm',
    summary: 'Admit the invoice: amount, date and no set-off',
    creates: false,
    params: invoiceParams,
    body: z.strictObject({}),
    example: { params: exampleInvoice, body: {} },
    resource: (values, _actor, ownership) => ownership.invoice(invoiceIdOf(values.params)),
    command: (values, actor) => ({
      type: 'ConfirmInvoice',
      invoiceId: invoiceIdOf(values.params),
      confirmedBy: actor.partyId,
    }),
    made: (command, values) => madeOf(command, values),
  }),
  write({
    method: 'post',
    path: '/v1/invoices/{supplierId}/{number}/{issuedOn}/dispute',
    area,
    action: 'invoice.dispute',
    summary: 'Contest the duty to pay the invoice',
    creates: false,
    params: invoiceParams,
    body: z.strictObject({ reason }),
    example: { params: exampleInvoice, body: { reason: 'Discs warped' } },
    resource: (values, _actor, ownership) => ownership.invoice(invoiceIdOf(values.params)),
    command: (values) => ({
      type: 'DisputeInvoice',
      invoiceId: invoiceIdOf(values.params),
      reason: values.body.reason,
    }),
    made: (command, values) => madeOf(command, values),
  }),
  write({
    method: 'post',
    path: '/v1/invoices/{supplierId}/{number}/{issuedOn}/credit-notes',
    area,
    action: 'invoice.credit',
    summary: 'Reduce an invoice',
    creates: false,
    params: invoiceParams,
    body: z.strictObject({
      creditNoteNumber: documentNumber,
      issuedOn: localDate,
      netMinor: amountMinor,
      taxMinor: amountOrZeroMinor,
      reason,
    }),
    example: {
      params: exampleInvoice,
      body: {
        creditNoteNumber: 'CN-7',
        issuedOn: '2026-03-10',
        netMinor: '51000',
        taxMinor: '9690',
        reason: '12 discs returned',
      },
    },
    resource: (values) => ({ supplierId: values.params.supplierId }),
    command: (values) => ({
      type: 'IssueCreditNote',
      invoiceId: invoiceIdOf(values.params),
      creditNoteNumber: values.body.creditNoteNumber,
      issuedOn: values.body.issuedOn,
      netMinor: minor(values.body.netMinor),
      taxMinor: minor(values.body.taxMinor),
      reason: values.body.reason,
    }),
    made: (command, values) => madeOf(command, values),
  }),
]
