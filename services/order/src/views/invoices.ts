/** Invoices with their lines, what was credited, and whether the debtor confirmed or disputes. */
import { factsTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { InvoiceFact, InvoiceLine } from '../desks/index.ts'

interface CreditNote {
  readonly number: string
  readonly issuedOn: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly reason: string
}

export interface InvoiceBody {
  readonly supplierId: string
  readonly debtorId: string
  readonly number: string
  readonly issuedOn: string
  readonly dueOn: string
  readonly currency: string
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly grossMinor: bigint
  readonly version: number
  readonly orderIds: readonly string[]
  readonly lines: readonly InvoiceLine[]
  readonly status: 'issued' | 'confirmed' | 'disputed'
  readonly confirmedBy: string
  readonly disputedFor: string
  readonly creditNotes: readonly CreditNote[]
  /** Net and tax of all credit notes. */
  readonly creditedMinor: bigint
}

export const foldInvoice = (body: InvoiceBody | undefined, fact: InvoiceFact): InvoiceBody | undefined => {
  if (fact.type === 'InvoiceIssued') {
    const { supplierId, debtorId, number, issuedOn, dueOn, currency, netMinor, taxMinor, grossMinor } = fact
    const head = { supplierId, debtorId, number, issuedOn, dueOn, currency, netMinor, taxMinor, grossMinor }
    const standing = { status: 'issued' as const, confirmedBy: '', disputedFor: '', creditNotes: [], creditedMinor: 0n }
    return { ...head, ...standing, version: fact.version, orderIds: fact.orderIds, lines: [] }
  }
  if (!body) return undefined
  switch (fact.type) {
    case 'OrderBilled':
      return { ...body, lines: [...body.lines, ...fact.lines] }
    case 'CreditNoteIssued': {
      const { creditNoteNumber, issuedOn, netMinor, taxMinor, reason } = fact
      const note = { number: creditNoteNumber, issuedOn, netMinor, taxMinor, reason }
      const creditedMinor = body.creditedMinor + netMinor + taxMinor
      return { ...body, creditNotes: [...body.creditNotes, note], creditedMinor }
    }
    case 'InvoiceConfirmed':
      return { ...body, status: 'confirmed', confirmedBy: fact.confirmedBy }
    case 'InvoiceDisputed':
      return { ...body, status: 'disputed', disputedFor: fact.reason }
  }
}

const folded: ReadonlySet<string> = new Set<InvoiceFact['type']>([
  'InvoiceIssued',
  'OrderBilled',
  'CreditNoteIssued',
  'InvoiceConfirmed',
  'InvoiceDisputed',
])

const definition: ViewDefinition<InvoiceBody> = {
  name: 'invoices',
  hears: [factsTopic('order.invoice')],
  idsOf: (fact) => (folded.has(fact.type) ? [(fact as unknown as InvoiceFact).invoiceId] : []),
  fold: (body, fact) => foldInvoice(body, fact as unknown as InvoiceFact),
  listedBy: ['supplierId', 'debtorId'],
}

export const invoicesView = {
  definition,
  fields: {
    supplierId: String,
    debtorId: String,
    number: String,
    issuedOn: String,
    dueOn: String,
    currency: String,
    netMinor: BigInt,
    taxMinor: BigInt,
    grossMinor: BigInt,
    version: Number,
    orderIds: [String],
    lines: [
      {
        _id: false,
        line: Number,
        orderId: String,
        orderLine: Number,
        sku: String,
        quantity: BigInt,
        unitPriceMinor: BigInt,
        netMinor: BigInt,
      },
    ],
    status: String,
    confirmedBy: String,
    disputedFor: String,
    creditNotes: [{ _id: false, number: String, issuedOn: String, netMinor: BigInt, taxMinor: BigInt, reason: String }],
    creditedMinor: BigInt,
  },
} satisfies ServiceView
