/** Plays a story through the public doors: each actor under its own key, each phase of a day closed before the next. */
import { createHash } from 'node:crypto'
import { postStatement } from '../actors/bank.ts'
import { amendOrder, cancelOrder, disputeInvoice, receiveGoods, returnGoods, submitOrders, type InvoiceName } from '../actors/buyer.ts'
import { bookShipments, moveShipments } from '../actors/carrier.ts'
import type { Invoice, ShipmentEvent } from '../actors/documents.ts'
import { businessDate, closeDay, openFirstDay } from '../actors/operator.ts'
import { acceptOrders, creditInvoice, issueInvoices } from '../actors/supplier.ts'
import { setTheStage, type Players } from '../cast.ts'
import { accepted } from '../client/caller.ts'
import type { Door } from '../client/door.ts'
import { OPERATOR } from '../client/keys.ts'
import { storyIdOf, storyOf, workingDay, type Story, type Trade } from '../generator/story.ts'
import { peopleOf } from '../generator/people.ts'
import { addDays, invoiceId } from '@triflow/kernel'
import { amountIn, listIn } from '../report/reading.ts'
import type { Bar, Progress } from '../report/progress.ts'
import { claimsAtRest, claimsWhere, dayClosed, goodsHeard, inParallel, payoutsDone, positionWhere, receiptsHeard } from '../watching.ts'
import { decideReferred, settleSuspense } from './officer.ts'
import { stageOf } from './programme.ts'

/** The month that the usual story plays in, when no business day is open yet. */
const USUAL_START = '2026-03-02'

export interface DemoOptions {
  readonly seed: number
  readonly trades: number
}

export interface DemoPlayed {
  readonly story: Story
  readonly players: Players
  readonly officerDecisions: number
  readonly seconds: number
}

/** Where the story begins: where an earlier run of it began, else at the business date, else in its usual month. */
const startOf = async (door: Door, { seed, trades }: DemoOptions): Promise<{ start: string; current: string | undefined }> => {
  const operator = await door.as(OPERATOR)
  const id = storyIdOf(seed, trades)
  const current = await businessDate(operator)
  const supplier = peopleOf(id === 'demo' ? '' : id.slice('demo'.length)).suppliers[0]!.partyId
  const party = current === undefined ? undefined : await operator.read(`/v1/parties/${supplier}`)
  const enrolments = (party?.['enrolments'] ?? []) as { programmeId: string; acceptedOn: string }[]
  const agreedOn = enrolments.find(({ programmeId }) => programmeId === id)?.acceptedOn
  return { start: agreedOn ?? workingDay(current ?? USUAL_START), current }
}

const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] => {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return [...groups]
}

const nameOf = ({ supplierId, number, issuedOn }: Invoice): InvoiceName => ({ supplierId, number, issuedOn })

/** The day on which an invoice can be judged: when it and the goods are there. */
const decisionDay = ({ invoiceDay, receiptDay }: Trade): number | undefined =>
  invoiceDay === undefined || receiptDay === undefined ? undefined : Math.max(invoiceDay, receiptDay)

interface Scene {
  readonly story: Story
  readonly players: Players
  readonly bars: Readonly<Record<'orders' | 'deliveries' | 'invoices' | 'payments', Bar>>
}

const proof = (waybill: string): string => createHash('sha256').update(`photo of ${waybill}`).digest('hex')

const orders = async (day: number, { story, players, bars }: Scene): Promise<void> => {
  const today = story.trades.filter((trade) => trade.orderDay === day)
  const manufacturer = players.of(story.people.manufacturer.partyId)
  await submitOrders(manufacturer, story.id, today.map(({ order }) => order))
  // Corrections come before the supplier accepts.
  await inParallel(today, 8, async ({ quirk, number, amendment }) => {
    if (quirk === 'deleted') await cancelOrder(manufacturer, story.id, number, 'No longer needed')
    else if (amendment) await amendOrder(manufacturer, story.id, { orderNumber: number, version: 1, ...amendment })
  })
  const toAccept = today.filter(({ quirk }) => quirk !== 'deleted')
  await Promise.all(
    groupBy(toAccept, ({ supplierId }) => supplierId).map(([supplierId, own]) =>
      acceptOrders(players.of(supplierId), story.id, own.map(({ order, amendment }) => ({ buyerId: order.buyerId, number: order.number, version: amendment ? 2 : 1 }))),
    ),
  )
  bars.orders.advance(today.length)
}

const movements = async (day: number, { story, players }: Scene): Promise<void> => {
  const shipments = story.trades.flatMap((trade) => trade.shipments)
  const booked = shipments.filter(({ shipDay }) => shipDay === day)
  const arriving = shipments.filter(({ deliveryDay }) => deliveryDay === day)
  const on = story.days[day]!
  await Promise.all(
    story.people.carriers.map(async ({ partyId }) => {
      const carrier = players.of(partyId)
      const own = booked.filter(({ carrierId }) => carrierId === partyId)
      const name = ({ carrierId, number }: (typeof shipments)[number]) => ({ carrierId, number, happenedOn: on })
      await bookShipments(carrier, story.id, own.map(({ shipDay: _ship, deliveryDay: _delivery, ...shipment }) => shipment))
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

const receipts = async (day: number, { story, players, bars }: Scene): Promise<void> => {
  const today = story.trades.filter((trade) => trade.receiptDay === day)
  await receiveGoods(players.of(story.people.manufacturer.partyId), story.id, today.flatMap((trade) => trade.receipts))
  await goodsHeard(
    players.of(story.people.bank.partyId),
    today.map(({ order, quirk }) => ({ buyerId: order.buyerId, orderNumber: order.number, goods: quirk === 'short' ? ('partial' as const) : ('complete' as const) })),
  )
  bars.deliveries.advance(today.length)
}

const bills = async (day: number, { story, players, bars }: Scene): Promise<void> => {
  const today = story.trades.filter((trade) => trade.invoiceDay === day)
  await Promise.all(
    groupBy(today, ({ supplierId }) => supplierId).map(([supplierId, own]) =>
      issueInvoices(players.of(supplierId), story.id, own.map(({ invoice }) => invoice!)),
    ),
  )
  bars.invoices.advance(today.length)
}

/** Credit notes, and goods sent back; each is heard before anything else is said about its invoice. */
const credits = async (day: number, { story, players }: Scene): Promise<void> => {
  const today = story.trades.filter(({ credit }) => credit?.day === day)
  await inParallel(today, 8, async ({ sentBack, credit, supplierId, number, order, invoice }) => {
    if (sentBack) {
      const line = invoice!.lines[0]!
      await returnGoods(players.of(story.people.manufacturer.partyId), story.id, {
        number: sentBack.number,
        supplierId,
        returnedOn: story.days[day]!,
        lines: [{ orderNumber: number, orderLine: line.orderLine, sku: order.lines[0]!.sku, quantity: sentBack.quantity }],
        reason: 'Damaged in transit',
      })
    }
    await creditInvoice(players.of(supplierId), story.id, withoutDay(credit!))
  })
  // The supplier looks itself: a claim that nothing was decided on yet is in no funder's programme.
  await inParallel(today, 8, ({ supplierId, invoice }) =>
    claimsWhere(players.of(supplierId), [nameOf(invoice!)], 'no credit note was seen', (claim) => amountIn(claim, 'dilutionMinor') > 0n),
  )
}

const withoutDay = ({ day: _day, ...note }: NonNullable<Trade['credit']>) => note

const disputes = async (day: number, { story, players }: Scene): Promise<void> => {
  const today = story.trades.filter(({ disputeDay }) => disputeDay === day)
  const names = today.map(({ invoice }) => nameOf(invoice!))
  const manufacturer = players.of(story.people.manufacturer.partyId)
  await inParallel(names, 4, (name) => disputeInvoice(manufacturer, story.id, name, 'The price was not agreed'))
  await claimsWhere(players.of(story.people.bank.partyId), names, 'no dispute was seen', (claim) => claim['reason'] === 'Disputed')
}

const payments = async (day: number, { story, players, bars }: Scene): Promise<void> => {
  const today = story.payments.filter((payment) => payment.day === day)
  if (today.length === 0) return
  const bank = players.of(story.people.bank.partyId)
  await postStatement(bank, story.id, today.map(({ line }) => line))
  await receiptsHeard(bank, story.id, story.payments.filter((payment) => payment.day <= day).length)
  bars.payments.advance(today.length)
}

/** What the last close left under way: goods that came short are financed by it, and money may have gone to suspense. */
const morning = async ({ story, players }: Scene): Promise<void> => {
  const bank = players.of(story.people.bank.partyId)
  const position = await positionWhere(bank, story.id, 'that no claim waits for a close', (one) =>
    listIn(one, 'waitingByReason').every(({ code }) => code !== 'close-of-day'),
  ).then(() => payoutsDone(bank, story.id))
  await settleSuspense(bank, story, position)
}

/** One business day. Between the phases the platform comes to rest, so that totals do not depend on who was faster. */
const playDay = async (day: number, scene: Scene): Promise<number> => {
  const { story, players } = scene
  const bank = players.of(story.people.bank.partyId)
  if (day > 0) await morning(scene)
  const dayOf = new Map(story.trades.flatMap((trade) => (trade.invoice ? [[idOf(trade.invoice), decisionDay(trade) ?? day] as const] : [])))
  const decisions = await decideReferred(bank, story, (invoiceId) => (dayOf.get(invoiceId) ?? day) < day)
  await orders(day, scene)
  await movements(day, scene)
  await receipts(day, scene)
  await bills(day, scene)
  await claimsAtRest(bank, story.trades.filter((trade) => decisionDay(trade) === day).map(({ invoice }) => nameOf(invoice!)))
  await credits(day, scene)
  await disputes(day, scene)
  await payments(day, scene)
  const next = story.days[day + 1] ?? workingDay(addDays(story.days[day]!, 1))
  await closeDay(players.operator, story.days[day]!, next)
  await dayClosed(bank, story.id, next)
  return decisions
}

const idOf = ({ supplierId, number, issuedOn }: Invoice): string => invoiceId(supplierId, number, issuedOn)

const countOf = (story: Story, dayOf: (trade: Trade) => number | undefined): number => story.trades.filter((trade) => dayOf(trade) !== undefined).length

export const playDemo = async (door: Door, options: DemoOptions, progress: Progress): Promise<DemoPlayed> => {
  const started = performance.now()
  const { start, current } = await startOf(door, options)
  const story = storyOf({ seed: options.seed, tradeCount: options.trades, start })
  const first = story.days[0]!
  const operator = await door.as(OPERATOR)
  if (current === undefined) accepted(`open ${first}`, await openFirstDay(operator, first))
  const players = await setTheStage(door, stageOf(story.id, story.people, first))
  let standing = current ?? first
  const bars = {
    orders: progress.bar('orders', countOf(story, ({ orderDay }) => orderDay)),
    deliveries: progress.bar('deliveries', countOf(story, ({ receiptDay }) => receiptDay)),
    invoices: progress.bar('invoices', countOf(story, ({ invoiceDay }) => invoiceDay)),
    payments: progress.bar('payments', story.payments.length),
  }
  const scene: Scene = { story, players, bars }
  let officerDecisions = 0
  for (const [day, date] of story.days.entries()) {
    // Closed by an earlier run of the same story, after all of it was accepted.
    if (date < standing) continue
    if (standing < date) await closeDay(operator, standing, date)
    officerDecisions += await playDay(day, scene)
    standing = story.days[day + 1] ?? standing
  }
  await morning(scene)
  return { story, players, officerDecisions, seconds: (performance.now() - started) / 1000 }
}
