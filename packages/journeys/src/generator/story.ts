/** A seeded month of honest industrial trade: what everyone will do, and on which business day. */
import { addDays, portion, sum } from '@triflow/kernel'
import type { CreditNote, GoodsReceipt, Invoice, Order, OrderLine, Shipment, StatementLine } from '../actors/documents.ts'
import { chances, delays, drawDays } from './figures.ts'
import { peopleOf, type DemoSupplier, type People } from './people.ts'
import { seeded, type Random } from './random.ts'

export const CURRENCY = 'CNY'
export const BUSINESS_DAYS = 20
/** Orders are placed in the first days, so that most of them are delivered and many paid within the month. */
const ORDER_DAYS = 9
const TAX_BPS = 1_300

/** Chances per ten thousand that the log has no figure for. */
const habits = {
  shortDelivery: 400,
  overBilled: 300,
  overPriced: 400,
  /** Of over-priced invoices: the debtor disputes them. */
  disputed: 2_500,
  /** The debtor pays by reference, else within a sum for several invoices. */
  paidByReference: 6_500,
  paidInTwoParts: 500,
} as const

/** How one trade goes wrong, if it does; at most one thing each, so that its effect can be seen. */
export type Quirk = 'none' | 'deleted' | 'in-parts' | 'short' | 'over-billed' | 'over-priced' | 'credited-before' | 'credited-after' | 'sent-back'

export interface Amendment {
  readonly lines: readonly OrderLine[]
  readonly reason: string
}

/** One order and all that follows from it. Days are indexes into the story's business days; absent means after its end. */
export interface Trade {
  readonly number: string
  readonly supplierId: string
  readonly carrierId: string
  readonly quirk: Quirk
  readonly orderDay: number
  readonly order: Order
  readonly amendment?: Amendment
  readonly shipments: readonly (Shipment & { readonly shipDay: number; readonly deliveryDay: number })[]
  readonly receipts: readonly GoodsReceipt[]
  readonly receiptDay: number | undefined
  readonly invoiceDay: number | undefined
  readonly invoice: Invoice | undefined
  readonly credit: (CreditNote & { readonly day: number }) | undefined
  readonly sentBack: { readonly day: number; readonly number: string; readonly quantity: number } | undefined
  /** The debtor says that it will not pay the raised price. */
  readonly disputeDay: number | undefined
}

export interface Payment {
  readonly day: number
  readonly line: StatementLine
  /** What the debtor means to pay; its remittance advice, if anybody has to ask. */
  readonly pays: readonly Invoice[]
}

export interface Story {
  readonly id: string
  readonly people: People
  /** Monday to Friday. */
  readonly days: readonly string[]
  readonly trades: readonly Trade[]
  readonly payments: readonly Payment[]
}

/** Name of a story in ids and keys; the usual one has no suffix. */
export const storyIdOf = (seed: number, tradeCount: number): string => (seed === 1 && tradeCount === 300 ? 'demo' : `demo-${seed}-${tradeCount}`)

const isWeekend = (day: string): boolean => [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay())

/** The day itself if it is a working day, else the next one. */
export const workingDay = (day: string): string => (isWeekend(day) ? workingDay(addDays(day, 1)) : day)

export const workingDays = (start: string, count: number): string[] => {
  const days = [workingDay(start)]
  while (days.length < count) days.push(workingDay(addDays(days.at(-1)!, 1)))
  return days
}

const drawQuirk = (random: Random, invoiceFirst: boolean): Quirk => {
  if (random.chance(chances.orderDeleted)) return 'deleted'
  if (random.chance(habits.shortDelivery)) return 'short'
  if (random.chance(habits.overBilled)) return 'over-billed'
  if (random.chance(habits.overPriced)) return 'over-priced'
  if (random.chance(chances.goodsSentBack)) return 'sent-back'
  if (random.chance(chances.creditNote)) return invoiceFirst && random.chance(5_000) ? 'credited-before' : 'credited-after'
  // An invoice before the last part of a delivery would be judged on what is there: parts come before it.
  return !invoiceFirst && random.chance(chances.deliveredInParts) ? 'in-parts' : 'none'
}

const drawLines = (random: Random, supplier: DemoSupplier): OrderLine[] =>
  random.some(supplier.articles, random.between(1, supplier.articles.length)).map(({ sku, description, priceMinor }, index) => ({
    line: index + 1,
    sku,
    description,
    quantity: random.between(4, 60) * 5,
    // Prices move a little from order to order.
    unitPriceMinor: priceMinor + portion(priceMinor, random.between(0, 300)),
  }))

const drawAmendment = (random: Random, lines: readonly OrderLine[]): Amendment | undefined => {
  if (random.chance(chances.quantityChanged))
    return { reason: 'Production plan changed', lines: lines.map((line, index) => (index === 0 ? { ...line, quantity: line.quantity + 5 * random.between(1, 6) } : line)) }
  if (random.chance(chances.priceChanged))
    return { reason: 'Price agreed anew', lines: lines.map((line) => ({ ...line, unitPriceMinor: line.unitPriceMinor - portion(line.unitPriceMinor, 100) })) }
  return undefined
}

const netOf = (lines: readonly { readonly quantity: number; readonly unitPriceMinor: bigint }[]): bigint =>
  sum(lines.map((line) => BigInt(line.quantity) * line.unitPriceMinor))

/** What the supplier bills: what was agreed, unless its clerk bills more or dearer. */
const billedLines = (lines: readonly OrderLine[], quirk: Quirk, random: Random): OrderLine[] =>
  lines.map((line, index) => {
    if (index > 0) return line
    if (quirk === 'over-billed') return { ...line, quantity: line.quantity + 5 * random.between(1, 4) }
    if (quirk === 'over-priced') return { ...line, unitPriceMinor: line.unitPriceMinor + portion(line.unitPriceMinor, random.between(400, 1_200)) }
    return line
  })

interface Scene {
  readonly people: People
  readonly days: readonly string[]
  readonly storyId: string
}

/** Quantities per delivery: all at once, in two parts, or with something missing from the first line. */
const deliveriesOf = (lines: readonly OrderLine[], quirk: Quirk, random: Random): OrderLine[][] => {
  if (quirk === 'short') {
    const missing = 5 * random.between(1, 3)
    return [lines.map((line, index) => (index === 0 ? { ...line, quantity: line.quantity - missing } : line))]
  }
  if (quirk !== 'in-parts') return [[...lines]]
  const first = lines.map((line) => ({ ...line, quantity: Math.floor(line.quantity / 2) }))
  return [first, lines.map((line, index) => ({ ...line, quantity: line.quantity - first[index]!.quantity }))]
}

const within = (day: number): number | undefined => (day < BUSINESS_DAYS ? day : undefined)

const tradeOf = (index: number, scene: Scene, root: Random): Trade => {
  const random = root.fork(`trade ${index}`)
  const { people, days } = scene
  const buyerId = people.manufacturer.partyId
  const supplier = random.pick(people.suppliers)
  const carrierId = random.pick(people.carriers).partyId
  const invoiceFirst = random.chance(chances.invoiceFirst)
  const quirk = drawQuirk(random, invoiceFirst)
  const number = `PO-${String(index + 1).padStart(5, '0')}`
  const orderDay = random.below(ORDER_DAYS)
  const lines = drawLines(random, supplier)
  const amendment = quirk === 'deleted' ? undefined : drawAmendment(random, lines)
  const agreed = amendment?.lines ?? lines

  // The later of the two documents follows the earlier by the log's delay between them.
  const firstDay = orderDay + 1 + drawDays(random, invoiceFirst ? delays.orderToInvoice : delays.orderToGoods)
  const between = drawDays(random, invoiceFirst ? delays.invoiceToGoods : delays.goodsToInvoice)
  // A credit note before funding needs a day between invoice and goods.
  const laterDay = firstDay + (quirk === 'credited-before' ? Math.max(2, between) : between)
  const receiptDay = quirk === 'deleted' ? undefined : within(invoiceFirst ? laterDay : firstDay)
  const invoiceDay = quirk === 'deleted' ? undefined : within(invoiceFirst ? firstDay : laterDay)

  const goods = (of: readonly OrderLine[]) => of.map(({ line, sku, quantity }) => ({ orderNumber: number, orderLine: line, sku, quantity }))
  const deliveries = receiptDay === undefined ? [] : deliveriesOf(agreed, quirk, random)
  const shipments = deliveries.map((part, at) => {
    const shipDay = Math.max(orderDay, receiptDay! - 1 - (deliveries.length - 1 - at))
    return {
      carrierId,
      number: `WB-${number.slice(3)}-${at + 1}`,
      supplierId: supplier.partyId,
      buyerId,
      bookedOn: days[shipDay]!,
      lines: goods(part),
      shipDay,
      deliveryDay: receiptDay!,
    }
  })
  const receipts = shipments.map((shipment, at): GoodsReceipt => ({
    buyerId,
    number: `GR-${number.slice(3)}-${at + 1}`,
    supplierId: supplier.partyId,
    receivedOn: days[receiptDay!]!,
    carrierId,
    shipmentNumber: shipment.number,
    lines: shipment.lines,
  }))

  const billed = billedLines(agreed, quirk, random)
  const netMinor = netOf(billed)
  const taxMinor = portion(netMinor, TAX_BPS)
  const invoice: Invoice | undefined =
    invoiceDay === undefined
      ? undefined
      : {
          supplierId: supplier.partyId,
          number: `FP-${number.slice(3)}`,
          issuedOn: days[invoiceDay]!,
          debtorId: buyerId,
          dueOn: addDays(days[invoiceDay]!, supplier.paymentTermDays),
          currency: CURRENCY,
          netMinor,
          taxMinor,
          grossMinor: netMinor + taxMinor,
          lines: billed.map(({ line, sku, quantity, unitPriceMinor }) => ({
            line,
            orderNumber: number,
            orderLine: line,
            sku,
            quantity,
            unitPriceMinor,
            netMinor: BigInt(quantity) * unitPriceMinor,
          })),
        }
  const decided = receiptDay === undefined || invoiceDay === undefined ? undefined : Math.max(receiptDay, invoiceDay)
  const creditDay = quirk === 'credited-before' ? (invoiceDay === undefined ? undefined : invoiceDay) : quirk === 'credited-after' || quirk === 'sent-back' ? decided && within(decided + 1) : undefined
  const sentBackQuantity = 5
  const creditNet = quirk === 'sent-back' ? BigInt(sentBackQuantity) * billed[0]!.unitPriceMinor : portion(netMinor, random.between(100, 500))
  return {
    number,
    supplierId: supplier.partyId,
    carrierId,
    quirk,
    orderDay,
    order: { buyerId, number, supplierId: supplier.partyId, issuedOn: days[orderDay]!, currency: CURRENCY, paymentTermDays: supplier.paymentTermDays, lines },
    ...(amendment ? { amendment } : {}),
    shipments,
    receipts,
    receiptDay,
    invoiceDay,
    invoice,
    credit:
      invoice && creditDay !== undefined
        ? {
            day: creditDay,
            supplierId: supplier.partyId,
            invoiceNumber: invoice.number,
            invoiceIssuedOn: invoice.issuedOn,
            creditNoteNumber: `HP-${number.slice(3)}`,
            issuedOn: days[creditDay]!,
            netMinor: creditNet,
            taxMinor: portion(creditNet, TAX_BPS),
            reason: quirk === 'sent-back' ? 'Goods returned' : 'Price reduction agreed',
          }
        : undefined,
    sentBack: quirk === 'sent-back' && creditDay !== undefined ? { day: creditDay, number: `RT-${number.slice(3)}`, quantity: sentBackQuantity } : undefined,
    disputeDay: quirk === 'over-priced' && decided !== undefined && random.chance(habits.disputed) ? decided : undefined,
  }
}

/** What is due on the invoice after its credit note. */
const dueMinor = ({ invoice, credit }: Trade): bigint => (invoice ? invoice.grossMinor - (credit ? credit.netMinor + credit.taxMinor : 0n) : 0n)

/** The debtor's payments: by reference, in two parts, or for several invoices at once on a Friday and without a word. */
const paymentsOf = (trades: readonly Trade[], scene: Scene, root: Random): Payment[] => {
  const { people, days } = scene
  const debtorId = people.manufacturer.partyId
  const payments: Payment[] = []
  const together = new Map<string, { day: number; supplierId: string; trades: Trade[] }>()
  const add = (day: number, supplierId: string, name: string, amountMinor: bigint, reference: string, pays: readonly Invoice[]) => {
    if (day >= BUSINESS_DAYS) return
    const line: StatementLine = {
      supplierId,
      debtorId,
      lineId: `${scene.storyId}-${name}`,
      direction: 'credit',
      amountMinor,
      currency: CURRENCY,
      valueOn: days[day]!,
      ...(reference ? { reference } : {}),
      counterparty: people.manufacturer.name,
    }
    payments.push({ day, line, pays })
  }
  for (const trade of trades) {
    const { invoice, invoiceDay, receiptDay, supplierId, number } = trade
    if (!invoice || invoiceDay === undefined || receiptDay === undefined) continue
    const random = root.fork(`payment ${number}`)
    // Two days of grace, so that decision, officer and credit note come first.
    const day = Math.max(receiptDay, invoiceDay) + 3 + drawDays(random, delays.invoiceToPayment)
    const amountMinor = dueMinor(trade)
    if (random.chance(habits.paidInTwoParts)) {
      const part = portion(amountMinor, 6_000)
      add(day, supplierId, `${number}-1`, part, `${invoice.number} part payment`, [invoice])
      add(day + 2, supplierId, `${number}-2`, amountMinor - part, `${invoice.number} rest`, [invoice])
    } else if (random.chance(habits.paidByReference)) add(day, supplierId, number, amountMinor, `Payment for ${invoice.number}`, [invoice])
    else {
      const friday = day + ((4 - (day % 5) + 5) % 5)
      const key = `${supplierId} ${friday}`
      const group = together.get(key) ?? { day: friday, supplierId, trades: [] }
      together.set(key, group)
      group.trades.push(trade)
    }
  }
  for (const group of together.values())
    add(
      group.day,
      group.supplierId,
      `sum-${group.supplierId}-${group.day}`,
      sum(group.trades.map(dueMinor)),
      '',
      group.trades.map(({ invoice }) => invoice!),
    )
  return payments
}

/** The same seed, size and start give the same story, to the cent. */
export const storyOf = ({ seed, tradeCount, start }: { seed: number; tradeCount: number; start: string }): Story => {
  const id = storyIdOf(seed, tradeCount)
  const scene: Scene = { storyId: id, people: peopleOf(id === 'demo' ? '' : id.slice('demo'.length)), days: workingDays(start, BUSINESS_DAYS) }
  const root = seeded(seed)
  const trades = Array.from({ length: tradeCount }, (_, index) => tradeOf(index, scene, root))
  return { id, people: scene.people, days: scene.days, trades, payments: paymentsOf(trades, scene, root) }
}
