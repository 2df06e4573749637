/** Appends trades to a service that is at work, and waits until it has come to rest behind them. */
import type { Progress } from '../report/progress.ts'
import { backlog, inputsOf, preload, sizeOf, type BacklogPlan } from './backlog.ts'
import type { BenchWorld } from './bench-world.ts'
import type { Say } from './legs.ts'
import { countsOf, untilQuiet, type Counts } from './service-figures.ts'

/** A complete trade is a share told to the debtor's desk, and a decision told back. */
const TOLD_BETWEEN_DESKS = 2

export interface Consumed {
  readonly before: Counts
  readonly after: Counts
  /** Seconds until the last record was consumed; the rest afterwards is not in them. */
  readonly seconds: number
}

/** `quietMs` of rest, in which views come to rest, too. */
export const consume = async (
  { log, adminUrl }: BenchWorld,
  say: Say,
  plan: BacklogPlan,
  progress: Progress,
  quietMs: number,
): Promise<Consumed> => {
  const before = await countsOf(adminUrl)
  const began = performance.now()
  const appending = progress.bar('records appended', sizeOf(plan))
  let inputs = 0
  await preload(log, backlog(say, plan), (records) => {
    inputs += inputsOf(records)
    appending.advance(records.length)
  })
  const wanted = inputs + (plan.without ? 0 : TOLD_BETWEEN_DESKS * plan.trades)
  const consuming = progress.bar('records consumed', wanted)
  let after = before
  let lastAt = began
  await untilQuiet(adminUrl, before.records + wanted, {
    quietMs,
    onCounts: (counts) => {
      if (counts.records > after.records) lastAt = performance.now()
      consuming.advance(counts.records - after.records)
      after = counts
    },
  })
  return { before, after, seconds: (lastAt - began) / 1_000 }
}
