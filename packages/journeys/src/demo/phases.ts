/** The phases of a demo day: who says what, and what the platform must have heard before the next phase. */
import { createHash } from 'node:crypto'
import { postStatement } from '../actors/bank.ts'
import {
  amendOrder,
  cancelOrder,
  disputeInvoice,
  receiveGoods,
  returnGoods,
  submitOrders,
  type InvoiceName,
} from '../actors/buyer.ts'
import { bookShipments, moveShipments } from '../actors/carrier.ts'
import type { Invoice, ShipmentEvent } from '../actors/documents.ts'
import { acceptOrders, creditInvoice, issueInvoices } from '../actors/supplier.ts'
import type { Players } from '../cast.ts'
import type { Story } from '../generator/story.ts'
import type { Trade } from '../generator/vocabulary.ts'
import type { Bar } from '../report/progress.ts'
import { amountIn } from '../report/reading.ts'
import { claimsWhere, goodsHeard, inParallel, receiptsHeard } from '../watching.ts'

const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] => {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return [...groups]
}

export const nameOf = ({ supplierId, number, issuedOn }: Invoice): InvoiceName => ({ supplierId, number, issuedOn })

/** The day on which an invoice can be judged: when it and the goods are there. */
export const decisionDay = ({ invoiceDay, receiptDay }: Trade): number | undefined =>
  invoiceDay === undefined || receiptDay === undefined ? undefined : Math.max(invoiceDay, receiptDay)

export interface Scene {
  readonly story: Story
  readonly players: Players
  readonly bars: Readonly<Record<'orders' | 'deliveries' | 'invoices' | 'payments', Bar>>
}

const proof = (waybill: string): string => createHash('sha256').update(`photo of ${waybill}`).digest('hex')

export const orders = async (day: number, { story, players, bars }: Scene): Promise<void> => {
  const today = story.trades.filter((trade) => trade.orderDay === day)
  const manufacturer = players.of(story.people.manufacturer.partyId)
  await submitOrders(
    manufacturer,
    story.id,
    today.map(({ order }) => order),
  )
  // Corrections come before the supplier accepts.
  await inParallel(today, 8, async ({ quirk, number, amendment }) => {
    if (quirk === 'deleted') await cancelOrder(manufacturer, story.id, number, 'No longer needed')
    else if (amendment) await amendOrder(manufacturer, story.id, { orderNumber: number, version: 1, ...amendment })
  })
  const toAccept = today.filter(({ quirk }) => quirk !== 'deleted')
  await Promise.all(
    groupBy(toAccept, ({ supplierId }) => supplierId).map(([supplierId, own]) =>
      acceptOrders(
        players.of(supplierId),
        story.id,
        own.map(({ order, amendment }) => ({
          buyerId: order.buyerId,
          number: order.number,
          version: amendment ? 2 : 1,
        })),
      ),
    ),
  )
  bars.orders.advance(today.length)
}

export const movements = async (day: number, { story, players }: Scene): Promise<void> => {
  const shipments = story.trades.flatMap((trade) => trade.shipments)
  const booked = shipments.filter(({ shipDay }) => shipDay === day)
  const arriving = shipments.filter(({ deliveryDay }) => deliveryDay === day)
  const on = story.days[day]!
  await Promise.all(
    story.people.carriers.map(async ({ partyId }) => {
      const carrier = players.of(partyId)
      const own = booked.filter(({ carrierId }) => carrierId === partyId)
      const name = ({ carrierId, number }: (typeof shipments)[number]) => ({ carrierId, number, happenedOn: on })
      await bookShipments(
        carrier,
        story.id,
        own.map(({ shipDay: _ship, deliveryDay: _delivery, ...shipment }) => shipment),
      )
      const pickedUp = own.map((shipment): ShipmentEvent => ({ ...name(shipment), kind: 'picked-up', evidenceTier: 0 }))
      const delivered = arriving
        .filter(({ carrierId }) => carrierId === partyId)
        .map((shipment): ShipmentEvent => ({
          ...name(shipment),
          kind: 'delivered',
          evidenceTier: 2,
          place: 'Qiantang plant 1, dock 3',
          signedBy: story.people.clerk,
          proofSha256: proof(shipment.number),
        }))
      await moveShipments(carrier, story.id, [...pickedUp, ...delivered])
    }),
  )
}

export const receipts = async (day: number, { story, players, bars }: Scene): Promise<void> => {
  const today = story.trades.filter((trade) => trade.receiptDay === day)
  await receiveGoods(
    players.of(story.people.manufacturer.partyId),
    story.id,
    today.flatMap((trade) => trade.receipts),
  )
  await goodsHeard(
    players.of(story.people.bank.partyId),
    today.map(({ order, quirk }) => ({
      buyerId: order.buyerId,
      orderNumber: order.number,
      goods: quirk === 'short' ? ('partial' as const) : ('complete' as const),
    })),
  )
  bars.deliveries.advance(today.length)
}

export const bills = async (day: number, { story, players, bars }: Scene): Promise<void> => {
  const today = story.trades.filter((trade) => trade.invoiceDay === day)
  await Promise.all(
    groupBy(today, ({ supplierId }) => supplierId).map(([supplierId, own]) =>
      issueInvoices(
        players.of(supplierId),
        story.id,
        own.map(({ invoice }) => invoice!),
      ),
    ),
  )
  bars.invoices.advance(today.length)
}

/** Credit notes, and goods sent back; each is heard before anything else is said about its invoice. */
export const credits = async (day: number, { story, players }: Scene): Promise<void> => {
  const today = story.trades.filter(({ credit }) => credit?.day === day)
  await inParallel(today, 8, async ({ sentBack, credit, supplierId, number, order, invoice }) => {
    if (sentBack) {
      const line = invoice!.lines[0]!
      await returnGoods(players.of(story.people.manufacturer.partyId), story.id, {
        number: sentBack.number,
        supplierId,
        returnedOn: story.days[day]!,
        lines: [
          { orderNumber: number, orderLine: line.orderLine, sku: order.lines[0]!.sku, quantity: sentBack.quantity },
        ],
        reason: 'Damaged in transit',
      })
    }
    await creditInvoice(players.of(supplierId), story.id, withoutDay(credit!))
  })
  // The supplier looks itself: a claim that nothing was decided on yet is in no funder's programme.
  await inParallel(today, 8, ({ supplierId, invoice }) =>
    claimsWhere(
      players.of(supplierId),
      [nameOf(invoice!)],
      'no credit note was seen',
      (claim) => amountIn(claim, 'dilutionMinor') > 0n,
    ),
  )
}

const withoutDay = ({ day: _day, ...note }: NonNullable<Trade['credit']>) => note

export const disputes = async (day: number, { story, players }: Scene): Promise<void> => {
  const today = story.trades.filter(({ disputeDay }) => disputeDay === day)
  const names = today.map(({ invoice }) => nameOf(invoice!))
  const manufacturer = players.of(story.people.manufacturer.partyId)
  await inParallel(names, 4, (name) => disputeInvoice(manufacturer, story.id, name, 'The price was not agreed'))
  await claimsWhere(
    players.of(story.people.bank.partyId),
    names,
    'no dispute was seen',
    (claim) => claim['reason'] === 'Disputed',
  )
}

export const payments = async (day: number, { story, players, bars }: Scene): Promise<void> => {
  const today = story.payments.filter((payment) => payment.day === day)
  if (today.length === 0) return
  const bank = players.of(story.people.bank.partyId)
  await postStatement(
    bank,
    story.id,
    today.map(({ line }) => line),
  )
  await receiptsHeard(bank, story.id, story.payments.filter((payment) => payment.day <= day).length)
  bars.payments.advance(today.length)
}
