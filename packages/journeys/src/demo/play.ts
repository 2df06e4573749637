/** Plays a story through the public doors: each actor under its own key, each phase of a day closed before the next. */
import { addDays, invoiceId } from '@triflow/kernel'
import type { Invoice } from '../actors/documents.ts'
import { businessDate, closeDay, openFirstDay } from '../actors/operator.ts'
import { setTheStage, type Players } from '../cast.ts'
import { accepted } from '../client/caller.ts'
import type { Door } from '../client/door.ts'
import { OPERATOR } from '../client/keys.ts'
import { peopleOf } from '../generator/people.ts'
import { storyIdOf, storyOf, suffixOf, type Story } from '../generator/story.ts'
import type { Trade } from '../generator/vocabulary.ts'
import { workingDay } from '../generator/working-days.ts'
import type { Progress } from '../report/progress.ts'
import { listIn } from '../report/reading.ts'
import { claimsAtRest, dayClosed, payoutsDone, positionWhere } from '../watching.ts'
import { decideReferred, settleSuspense } from './officer.ts'
import {
  bills,
  credits,
  decisionDay,
  disputes,
  movements,
  nameOf,
  orders,
  payments,
  receipts,
  type Scene,
} from './phases.ts'
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
const startOf = async (
  door: Door,
  { seed, trades }: DemoOptions,
): Promise<{ start: string; current: string | undefined }> => {
  const operator = await door.as(OPERATOR)
  const id = storyIdOf(seed, trades)
  const current = await businessDate(operator)
  const supplier = peopleOf(suffixOf(id)).suppliers[0]!.partyId
  const party = current === undefined ? undefined : await operator.read(`/v1/parties/${supplier}`)
  const enrolments = (party?.['enrolments'] ?? []) as { programmeId: string; acceptedOn: string }[]
  const agreedOn = enrolments.find(({ programmeId }) => programmeId === id)?.acceptedOn
  return { start: agreedOn ?? workingDay(current ?? USUAL_START), current }
}

const idOf = ({ supplierId, number, issuedOn }: Invoice): string => invoiceId(supplierId, number, issuedOn)

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
  const dayOf = new Map(
    story.trades.flatMap((trade) => (trade.invoice ? [[idOf(trade.invoice), decisionDay(trade) ?? day] as const] : [])),
  )
  const decisions = await decideReferred(bank, story, (invoiceId) => (dayOf.get(invoiceId) ?? day) < day)
  await orders(day, scene)
  await movements(day, scene)
  await receipts(day, scene)
  await bills(day, scene)
  await claimsAtRest(
    bank,
    story.trades.filter((trade) => decisionDay(trade) === day).map(({ invoice }) => nameOf(invoice!)),
  )
  await credits(day, scene)
  await disputes(day, scene)
  await payments(day, scene)
  const next = story.days[day + 1] ?? workingDay(addDays(story.days[day]!, 1))
  await closeDay(players.operator, story.days[day]!, next)
  await dayClosed(bank, story.id, next)
  return decisions
}

const countOf = (story: Story, dayOf: (trade: Trade) => number | undefined): number =>
  story.trades.filter((trade) => dayOf(trade) !== undefined).length

export const playDemo = async (door: Door, options: DemoOptions, progress: Progress): Promise<DemoPlayed> => {
  const started = performance.now()
  const { start, current } = await startOf(door, options)
  const story = storyOf({ seed: options.seed, tradeCount: options.trades, start })
  const first = story.days[0]!
  const operator = await door.as(OPERATOR)
  if (current === undefined) accepted(`open ${first}`, await openFirstDay(operator, first))
  const players = await setTheStage(door, stageOf(story))
  let standing = current ?? first
  const bars = {
    orders: progress.bar(
      'orders',
      countOf(story, ({ orderDay }) => orderDay),
    ),
    deliveries: progress.bar(
      'deliveries',
      countOf(story, ({ receiptDay }) => receiptDay),
    ),
    invoices: progress.bar(
      'invoices',
      countOf(story, ({ invoiceDay }) => invoiceDay),
    ),
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
