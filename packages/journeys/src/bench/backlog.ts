/** A backlog of trades, in the order in which it is appended to the topics that financing reads. */
import type { Log, OutgoingRecord } from '@triflow/desk'
import { appendAll } from './appending.ts'
import { consumersOf } from './bench-world.ts'
import { legs, sayLeg, type Leg, type Say, type TradeShape } from './legs.ts'

export interface BacklogPlan extends TradeShape {
  readonly trades: number
  /** Number of the first trade; 0 when left out. */
  readonly first?: number
  /** Orders whose legs are interleaved: how far apart the flows of one trade arrive. */
  readonly window: number
  /** What no trade of the backlog gets: all of them stay open. */
  readonly without?: Leg
}

/** Records of the backlog. */
export const sizeOf = ({ trades, without }: BacklogPlan): number => trades * (legs.length - (without ? 1 : 0))

/** What is said together: an order with its acceptance, an invoice with its copy. */
const groups: readonly (readonly Leg[])[] = [['order', 'acceptance'], ['invoice', 'billing'], ['funds'], ['goods']]

/** The last leg of each trade is its goods receipt. */
export function* backlog(say: Say, plan: BacklogPlan): Generator<OutgoingRecord> {
  const { first = 0 } = plan
  const end = first + plan.trades
  for (let from = first; from < end; from += plan.window) {
    const to = Math.min(end, from + plan.window)
    for (const group of groups)
      for (let trade = from; trade < to; trade++)
        for (const leg of group) if (leg !== plan.without) yield sayLeg(say, plan, trade, leg)
  }
}

/** What the financing desks consume for these records alone, what they tell one another left out. */
export const inputsOf = (records: readonly OutgoingRecord[]): number =>
  records.reduce((sum, { topic }) => sum + consumersOf(topic), 0)

const BATCH = 4_000

/** Appends the records, the next ones made while those before are on their way; returns how many they were. */
export const preload = async (
  log: Log,
  records: Iterable<OutgoingRecord>,
  onAppended: (records: readonly OutgoingRecord[]) => void,
): Promise<number> => {
  let batch: OutgoingRecord[] = []
  let done = 0
  let underWay: Promise<void> = Promise.resolve()
  const flush = async () => {
    // One call in flight: a second one could overtake it.
    await underWay
    const sent = batch
    batch = []
    underWay = appendAll(log, sent).then(() => {
      done += sent.length
      onAppended(sent)
    })
    // Whoever awaits it next is told; until then it is not forgotten.
    underWay.catch(() => {})
  }
  for (const record of records) {
    batch.push(record)
    if (batch.length >= BATCH) await flush()
  }
  await flush()
  await underWay
  return done
}
