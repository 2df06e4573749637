/** One trade from order to credit note: its documents, each on its day. */
import { addDays, portion, sum } from '@triflow/kernel'
import type { GoodsReceipt, Invoice, OrderLine } from '../actors/documents.ts'
import { billedLines, deliveriesOf, drawAmendment, drawLines, drawQuirk } from './agreement.ts'
import { chances, delays, drawDays } from './figures.ts'
import type { DemoSupplier } from './people.ts'
import type { Random } from './random.ts'
import { BUSINESS_DAYS, CURRENCY, habits, type Quirk, type Scene, type Trade } from './vocabulary.ts'

/** Orders are placed in the first days, so that most of them are delivered and many paid within the month. */
const ORDER_DAYS = 9
const TAX_BPS = 1_300
const SENT_BACK_UNITS = 5

/** What is to happen after the story's end does not happen in it. */
const within = (day: number): number | undefined => (day < BUSINESS_DAYS ? day : undefined)

/** The later of goods and invoice follows the earlier by the log's delay between them. */
const drawSchedule = (random: Random, quirk: Quirk, invoiceFirst: boolean) => {
  const orderDay = random.below(ORDER_DAYS)
  const firstDay = orderDay + 1 + drawDays(random, invoiceFirst ? delays.orderToInvoice : delays.orderToGoods)
  const between = drawDays(random, invoiceFirst ? delays.invoiceToGoods : delays.goodsToInvoice)
  // A credit note before funding needs a day between invoice and goods.
  const laterDay = firstDay + (quirk === 'credited-before' ? Math.max(2, between) : between)
  if (quirk === 'deleted') return { orderDay, receiptDay: undefined, invoiceDay: undefined }
  const [receiptDay, invoiceDay] = invoiceFirst ? [laterDay, firstDay] : [firstDay, laterDay]
  return { orderDay, receiptDay: within(receiptDay), invoiceDay: within(invoiceDay) }
}

interface Head {
  readonly number: string
  readonly buyerId: string
  readonly supplier: DemoSupplier
  readonly carrierId: string
  readonly days: readonly string[]
}

const shipmentsOf = (head: Head, deliveries: readonly OrderLine[][], orderDay: number, receiptDay: number) =>
  deliveries.map((part, index) => {
    // Parts leave on days in a row and arrive together, at the latest.
    const shipDay = Math.max(orderDay, receiptDay - deliveries.length + index)
    return {
      carrierId: head.carrierId,
      number: `WB-${head.number.slice(3)}-${index + 1}`,
      supplierId: head.supplier.partyId,
      buyerId: head.buyerId,
      bookedOn: head.days[shipDay]!,
      lines: part.map(({ line, sku, quantity }) => ({ orderNumber: head.number, orderLine: line, sku, quantity })),
      shipDay,
      deliveryDay: receiptDay,
    }
  })

const receiptsOf = (head: Head, shipments: ReturnType<typeof shipmentsOf>): GoodsReceipt[] =>
  shipments.map((shipment, index) => ({
    buyerId: head.buyerId,
    number: `GR-${head.number.slice(3)}-${index + 1}`,
    supplierId: head.supplier.partyId,
    receivedOn: head.days[shipment.deliveryDay]!,
    carrierId: head.carrierId,
    shipmentNumber: shipment.number,
    lines: shipment.lines,
  }))

const invoiceOf = (head: Head, billed: readonly OrderLine[], issuedOn: string): Invoice => {
  const lines = billed.map(({ line, sku, quantity, unitPriceMinor }) => ({
    line,
    orderNumber: head.number,
    orderLine: line,
    sku,
    quantity,
    unitPriceMinor,
    netMinor: BigInt(quantity) * unitPriceMinor,
  }))
  const netMinor = sum(lines.map((line) => line.netMinor))
  const taxMinor = portion(netMinor, TAX_BPS)
  return {
    supplierId: head.supplier.partyId,
    number: `FP-${head.number.slice(3)}`,
    issuedOn,
    debtorId: head.buyerId,
    dueOn: addDays(issuedOn, head.supplier.paymentTermDays),
    currency: CURRENCY,
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    lines,
  }
}

/** Before funding: with the invoice. After it, also for goods sent back: the day after the decision. */
const creditDayOf = (quirk: Quirk, invoiceDay: number, decisionDay: number | undefined): number | undefined => {
  if (quirk === 'credited-before') return invoiceDay
  const isLater = quirk === 'credited-after' || quirk === 'sent-back'
  return isLater && decisionDay !== undefined ? within(decisionDay + 1) : undefined
}

const creditOf = (head: Head, invoice: Invoice, quirk: Quirk, day: number, random: Random) => {
  const isReturn = quirk === 'sent-back'
  const netMinor = isReturn
    ? BigInt(SENT_BACK_UNITS) * invoice.lines[0]!.unitPriceMinor
    : portion(invoice.netMinor, random.between(100, 500))
  return {
    day,
    supplierId: invoice.supplierId,
    invoiceNumber: invoice.number,
    invoiceIssuedOn: invoice.issuedOn,
    creditNoteNumber: `HP-${head.number.slice(3)}`,
    issuedOn: head.days[day]!,
    netMinor,
    taxMinor: portion(netMinor, TAX_BPS),
    reason: isReturn ? 'Goods returned' : 'Price reduction agreed',
  }
}

/** Trade `index` of a story: the same whatever else the story holds. */
export const tradeOf = (index: number, { people, days }: Scene, root: Random): Trade => {
  const random = root.fork(`trade ${index}`)
  const supplier = random.pick(people.suppliers)
  const number = `PO-${String(index + 1).padStart(5, '0')}`
  const buyerId = people.manufacturer.partyId
  const head: Head = { number, buyerId, supplier, carrierId: random.pick(people.carriers).partyId, days }
  const invoiceFirst = random.chance(chances.invoiceFirst)
  const quirk = drawQuirk(random, invoiceFirst)
  const lines = drawLines(random, supplier)
  const amendment = quirk === 'deleted' ? undefined : drawAmendment(random, lines)
  const agreed = amendment?.lines ?? lines
  const { orderDay, receiptDay, invoiceDay } = drawSchedule(random, quirk, invoiceFirst)

  const shipments =
    receiptDay === undefined ? [] : shipmentsOf(head, deliveriesOf(agreed, quirk, random), orderDay, receiptDay)
  const invoice =
    invoiceDay === undefined ? undefined : invoiceOf(head, billedLines(agreed, quirk, random), days[invoiceDay]!)
  const decisionDay =
    receiptDay === undefined || invoiceDay === undefined ? undefined : Math.max(receiptDay, invoiceDay)
  const creditDay = invoiceDay === undefined ? undefined : creditDayOf(quirk, invoiceDay, decisionDay)
  const credit = invoice && creditDay !== undefined ? creditOf(head, invoice, quirk, creditDay, random) : undefined
  return {
    number,
    supplierId: supplier.partyId,
    carrierId: head.carrierId,
    quirk,
    orderDay,
    order: {
      buyerId,
      number,
      supplierId: supplier.partyId,
      issuedOn: days[orderDay]!,
      currency: CURRENCY,
      paymentTermDays: supplier.paymentTermDays,
      lines,
    },
    ...(amendment ? { amendment } : {}),
    shipments,
    receipts: receiptsOf(head, shipments),
    receiptDay,
    invoiceDay,
    invoice,
    credit,
    sentBack:
      credit && quirk === 'sent-back'
        ? { day: credit.day, number: `RT-${number.slice(3)}`, quantity: SENT_BACK_UNITS }
        : undefined,
    disputeDay: quirk === 'over-priced' && random.chance(habits.disputed) ? decisionDay : undefined,
  }
}
