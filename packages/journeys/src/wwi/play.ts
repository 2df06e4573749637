/** Plays a history through the public doors: day by day, and within a day phase by phase, each closed before the next. */
import { addDays } from '@triflow/kernel'
import { postStatement } from '../actors/bank.ts'
import { receiveGoods, submitOrders, type InvoiceName } from '../actors/buyer.ts'
import type { Invoice } from '../actors/documents.ts'
import { businessDate, closeDay, openFirstDay } from '../actors/operator.ts'
import { acceptOrders, issueInvoices, tryInvoices } from '../actors/supplier.ts'
import { setTheStage, type Players } from '../cast.ts'
import { accepted, type Caller, type Outcome } from '../client/caller.ts'
import type { Door } from '../client/door.ts'
import { OPERATOR } from '../client/keys.ts'
import type { Progress } from '../report/progress.ts'
import { JourneyProblem } from '../surroundings.ts'
import { claimsAtRest, dayClosed, goodsHeard, receiptsHeard } from '../watching.ts'
import type { Day, History } from './history.ts'
import { programmeOf, stageOf } from './programme.ts'

export interface PlayOptions {
  readonly door: Door
  readonly history: History
  readonly programmeId: string
  readonly limitMinor: bigint
  readonly progress: Progress
  /** Documents posted after the day's own invoices are decided: copies that ought to be caught. */
  readonly copiesOn?: ReadonlyMap<string, readonly Invoice[]>
}

export interface Played {
  readonly players: Players
  /** The business date after the last day. */
  readonly endedOn: string
  readonly seconds: number
}

export const nameOf = ({ supplierId, number, issuedOn }: Invoice): InvoiceName => ({ supplierId, number, issuedOn })

const bySupplier = <T extends { readonly supplierId: string }>(items: readonly T[]): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(item.supplierId, [...(groups.get(item.supplierId) ?? []), item])
  return groups
}

/** Suppliers work side by side; each has its own lines in order. */
const bySuppliers = async <T extends { readonly supplierId: string }>(
  items: readonly T[],
  work: (supplierId: string, own: T[]) => Promise<unknown>,
) => {
  await Promise.all([...bySupplier(items)].map(([supplierId, own]) => work(supplierId, own)))
}

/** The day to go on with: the first of the history, or where an earlier run of it stopped. */
const whereItStands = async ({ door, history, programmeId }: PlayOptions): Promise<string> => {
  const first = history.days[0]!.date
  const operator = await door.as(OPERATOR)
  const current = await businessDate(operator)
  if (current === undefined) {
    accepted(`open ${first}`, await openFirstDay(operator, first))
    return first
  }
  const known = await operator.read(`/v1/parties/${history.cast.wholesaler.partyId}`)
  if (current > first && !known)
    throw new JourneyProblem(
      `The business date of this world is ${current}, and the history of ${programmeId} begins on ${first}.`,
      'Business days only go forward: `./triflow reset` starts a fresh world, or set TRIFLOW_STATE_DIR to another folder.',
    )
  return current
}

/** Asked again with the same key, the platform repeats what it said. */
export const postCopy = async (supplier: Caller, programmeId: string, copy: Invoice): Promise<Outcome> =>
  (await tryInvoices(supplier, `${programmeId}:copy`, [copy]))[0]!

/** Orders with their acceptance, then receipts: no business date is asked for here, so they need not wait for a close to go round. */
const placeAndReceive = async (
  day: Day,
  players: Players,
  { history, programmeId: keys }: PlayOptions,
): Promise<void> => {
  const wholesaler = players.of(history.cast.wholesaler.partyId)
  if (day.orders.length > 0) {
    await submitOrders(wholesaler, keys, day.orders)
    await bySuppliers(day.orders, (supplierId, own) =>
      acceptOrders(
        players.of(supplierId),
        keys,
        own.map(({ buyerId, number }) => ({ buyerId, number, version: 1 })),
      ),
    )
  }
  if (day.receipts.length > 0) await receiveGoods(wholesaler, keys, day.receipts)
}

/** Invoices until each is decided, then the bank's statement. */
const billAndPay = async (day: Day, players: Players, options: PlayOptions, receiptsSoFar: number): Promise<void> => {
  const { history, programmeId, copiesOn } = options
  const keys = programmeId
  const bank = players.of(history.cast.bank.partyId)
  if (day.invoices.length > 0) {
    await bySuppliers(day.invoices, (supplierId, own) => issueInvoices(players.of(supplierId), keys, own))
    await claimsAtRest(bank, day.invoices.map(nameOf))
  }
  const copies = copiesOn?.get(day.date) ?? []
  if (copies.length > 0) {
    // One by one: which of two copies is the original must not depend on a race.
    const taken: Invoice[] = []
    for (const copy of copies)
      if ((await postCopy(players.of(copy.supplierId), programmeId, copy)).status === 'accepted') taken.push(copy)
    await claimsAtRest(bank, taken.map(nameOf))
  }
  // A receipt that the trade has not heard of yet must not be overtaken by the close of its day.
  const unbilled = day.receipts.filter(
    ({ lines }) => !day.invoices.some((invoice) => invoice.lines[0]!.orderNumber === lines[0]!.orderNumber),
  )
  if (unbilled.length > 0)
    await goodsHeard(
      bank,
      unbilled.map((receipt) => ({
        buyerId: receipt.buyerId,
        orderNumber: receipt.lines[0]!.orderNumber,
        goods: 'partial' as const,
      })),
    )
  if (day.payments.length > 0) {
    await postStatement(bank, keys, day.payments)
    await receiptsHeard(bank, programmeId, receiptsSoFar + day.payments.length)
  }
}

export const play = async (options: PlayOptions): Promise<Played> => {
  const { door, history, programmeId, limitMinor, progress } = options
  const started = performance.now()
  const { days, cast } = history
  if (days.length === 0) throw new JourneyProblem('There is no day to play.', 'Choose a later --until.')
  const current = await whereItStands(options)
  const players = await setTheStage(door, stageOf(cast, programmeOf(cast, programmeId, limitMinor), days[0]!.date))
  const bank = players.of(cast.bank.partyId)
  const bar = progress.bar('business days', days.length)
  let receipts = 0
  let endedOn = current
  let standing = current
  for (const [index, day] of days.entries()) {
    const next = days[index + 1]?.date ?? addDays(day.date, 1)
    // A day is closed only after all of it was accepted, so a closed day needs no repetition.
    if (day.date >= current) {
      if (standing < day.date) {
        await closeDay(players.operator, standing, day.date)
        standing = day.date
      }
      await Promise.all([
        placeAndReceive(day, players, options),
        standing > days[0]!.date && dayClosed(bank, programmeId, standing),
      ])
      await billAndPay(day, players, options, receipts)
      await closeDay(players.operator, day.date, next)
      standing = next
    }
    receipts += day.payments.length
    endedOn = next
    bar.advance(1, day.date)
  }
  await dayClosed(bank, programmeId, endedOn)
  return { players, endedOn, seconds: (performance.now() - started) / 1000 }
}
