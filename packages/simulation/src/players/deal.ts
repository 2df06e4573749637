/** One trade before it is played: what is ordered, and what its parties will do right, late, twice or wrong. */
import { addDays, collectionAccountId, invoiceId, orderId, portion, sum } from '@triflow/kernel'
import { CURRENCY, type Debtor, type Supplier } from './cast.ts'
import type { CommandOf } from './request.ts'
import type { Chance, Stage } from './stage.ts'

type OrderLine = CommandOf<'SubmitOrder'>['lines'][number]
type InvoiceLine = CommandOf<'IssueInvoice'>['lines'][number]

/** What a supplier does with an invoice besides issuing it. */
export type InvoiceTrick =
  | 'none'
  | 'sent-twice'
  | 'retyped'
  | 'redated'
  | 'billed-twice'
  | 'over-billed'
  | 'over-priced'
  | 'wrong-debtor'
  | 'without-order'

export interface Deal {
  readonly name: string
  readonly debtor: Debtor
  readonly supplier: Supplier
  readonly carrierId: string
  readonly accountId: string
  /** Mostly one; now and then two orders on one invoice. */
  readonly orders: readonly { readonly id: string; readonly number: string; readonly lines: readonly OrderLine[] }[]
  readonly termDays: number
  readonly trick: InvoiceTrick
}

const tricks: readonly InvoiceTrick[] = [
  'sent-twice',
  'retyped',
  'redated',
  'billed-twice',
  'over-billed',
  'over-priced',
  'wrong-debtor',
  'without-order',
]

export const drawDeal = (stage: Stage, chance: Chance, index: number): Deal => {
  const { cast } = stage
  const debtor = chance.pick(cast.debtors)
  const supplier = chance.pick(cast.suppliers)
  const name = String(index + 1).padStart(5, '0')
  const numbers = chance.of(10) ? [`PO-${name}-A`, `PO-${name}-B`] : [`PO-${name}`]
  return {
    name,
    debtor,
    supplier,
    carrierId: chance.pick(cast.carriers),
    accountId: collectionAccountId(supplier.partyId, debtor.partyId),
    orders: numbers.map((number) => ({
      id: orderId(debtor.partyId, number),
      number,
      lines: Array.from({ length: chance.between(1, 3) }, (_, line) => ({
        line: line + 1,
        sku: `SKU-${chance.between(1, 40)}`,
        description: 'Article',
        quantity: BigInt(chance.between(1, 12) * 5),
        unitPriceMinor: BigInt(chance.between(100, 90_000)),
      })),
    })),
    termDays: chance.between(7, 60),
    trick: chance.of(25) ? chance.pick(tricks) : 'none',
  }
}

/** What is billed: the lines as ordered, unless the supplier bills more or dearer. */
const billedLines = (deal: Deal, chance: Chance): InvoiceLine[] =>
  deal.orders
    .flatMap(({ id, lines }) => lines.map((line) => ({ ...line, orderId: id })))
    .map((line, index) => {
      const first = index === 0
      const quantity = first && deal.trick === 'over-billed' ? line.quantity + 5n : line.quantity
      const dearer =
        first && deal.trick === 'over-priced' ? portion(line.unitPriceMinor, chance.between(400, 1_500)) : 0n
      const unitPriceMinor = line.unitPriceMinor + dearer
      return {
        line: index + 1,
        orderId: deal.trick === 'without-order' ? `${line.orderId}-NONE` : line.orderId,
        orderLine: line.line,
        sku: line.sku,
        quantity,
        unitPriceMinor,
        netMinor: quantity * unitPriceMinor,
      }
    })

/** 13 % VAT, rounded down as the platform rounds. */
const TAX_BPS = 1_300

export const drawInvoice = (stage: Stage, deal: Deal, chance: Chance): CommandOf<'IssueInvoice'> => {
  const { supplier, debtor } = deal
  const number = `FP-${deal.name}`
  const issuedOn = stage.today
  const lines = billedLines(deal, chance)
  const netMinor = sum(lines.map((line) => line.netMinor))
  const taxMinor = portion(netMinor, TAX_BPS)
  const others = stage.cast.debtors.filter((one) => one !== debtor)
  const debtorId = deal.trick === 'wrong-debtor' && others.length > 0 ? others[0]!.partyId : debtor.partyId
  return {
    type: 'IssueInvoice',
    invoiceId: invoiceId(supplier.partyId, number, issuedOn),
    supplierId: supplier.partyId,
    debtorId,
    number,
    issuedOn,
    dueOn: addDays(issuedOn, deal.termDays),
    currency: CURRENCY,
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    lines,
  }
}

/** The same claim once more under another name, as a supplier would who wants it paid twice. */
export const copyOf = (
  invoice: CommandOf<'IssueInvoice'>,
  trick: InvoiceTrick,
): CommandOf<'IssueInvoice'> | undefined => {
  const under = (number: string, issuedOn: string): CommandOf<'IssueInvoice'> => ({
    ...invoice,
    number,
    issuedOn,
    dueOn: invoice.dueOn < issuedOn ? issuedOn : invoice.dueOn,
    invoiceId: invoiceId(invoice.supplierId, number, issuedOn),
  })
  switch (trick) {
    case 'sent-twice':
      return invoice
    case 'retyped':
      return under(` ${invoice.number.toLowerCase()}`, invoice.issuedOn)
    case 'redated':
      return under(invoice.number, addDays(invoice.issuedOn, 1))
    case 'billed-twice':
      return under(`${invoice.number}-2`, invoice.issuedOn)
    default:
      return undefined
  }
}
