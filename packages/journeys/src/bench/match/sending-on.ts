/** Sends new orders to a contender that is at work, leg by leg when they are due, and sees when each is matched. */
import { setTimeout as sleep } from 'node:timers/promises'
import { header } from '@triflow/contracts'
import { headerText } from '@triflow/desk'
import type { Progress } from '../../report/progress.ts'
import type { BenchWorld } from '../bench-world.ts'
import { nowMs, watchDecisions } from '../decisions.ts'
import { delaysOf, type Delays } from '../delays.ts'
import { tenth } from '../figures.ts'
import { wrongDecisions } from '../gate.ts'
import { financingsOf, invoiceIdOf, legs, sayLeg, tradeOf, type Say } from '../legs.ts'
import { scheduleOf, type SchedulePlan, type Slot } from '../schedule.ts'
import { reachedPerSecond, sendOnSchedule, type Sent } from '../sender.ts'
import { cpuOf } from '../service-figures.ts'
import { readTopic } from '../topic-reading.ts'
import type { Contender } from './contenders.ts'
import { matchLegs, type MatchPlan } from './workload.ts'

export interface OpenLoopOf {
  /** The backlog from which each contender's rate is taken. */
  readonly match: MatchPlan
  readonly times: Omit<SchedulePlan, 'ratePerSecond'> & { readonly warmUpSeconds: number }
  readonly shares: readonly number[]
}

export interface StepFigures {
  readonly share: number
  readonly legsPerSecond: number
  readonly reachedPerSecond: number
  readonly trades: number
  /** From the moment at which the last leg that a match needs was due to the moment at which its share was seen. */
  readonly matched: Delays | undefined
  /** From the last leg of all to the decision to finance; of the product only. */
  readonly financed: Delays | undefined
  readonly lateness: Delays | undefined
  /** Cores in use while it was measured, by process. */
  readonly cores: Readonly<Record<string, number>>
}

/** Legs that come after the counted ones, so that the last of these meet the same load as the others. */
const TAIL_SECONDS = 2
/** Nothing new for this long, and nothing more is waited for: the gate then says what is missing. */
const PATIENCE_MS = 30_000

/** Trades after those of the backlog, numbered through all steps. */
export const openSending = async (world: BenchWorld, contender: Contender, plan: MatchPlan, say: Say) => {
  const { log, enginePids } = world
  const seen = new Map<number, number>()
  let first = plan.orders
  const matches = await readTopic(log, {
    topic: contender.out,
    group: 'triflow.bench.matches',
    onRecords: (records) => {
      const atMs = nowMs()
      for (const record of records) {
        if (!headerText(record, header.type).endsWith('.ShareMatched')) continue
        const trade = tradeOf(plan, Buffer.from(record.key!).toString())
        if (trade !== undefined && trade >= plan.orders && !seen.has(trade)) seen.set(trade, atMs)
      }
    },
  })
  const decisions = contender.finances ? await watchDecisions(log) : undefined

  const step = async (
    pid: number,
    share: number,
    legsPerSecond: number,
    times: OpenLoopOf['times'],
    progress: Progress,
  ): Promise<StepFigures> => {
    const seconds = times.warmUpSeconds + times.seconds + TAIL_SECONDS
    const from = first
    const slots = scheduleOf({ ...times, seconds, ratePerSecond: legsPerSecond }).map((slot) => ({
      ...slot,
      trade: from + slot.trade,
    }))
    first += slots.length / legs.length
    const bar = progress.bar(`legs at ${share * 100} %`, slots.length)
    const startAtMs = nowMs() + 100
    const fromMs = startAtMs + times.warmUpSeconds * 1_000
    const toMs = fromMs + times.seconds * 1_000
    const readAt = async (atMs: number) => {
      await sleep(Math.max(0, atMs - nowMs()))
      return cpuOf({ [contender.name]: pid, ...enginePids, sender: process.pid })
    }
    const readings = Promise.all([readAt(fromMs), readAt(toMs)])
    const counted: Sent[] = []
    await sendOnSchedule({
      log,
      slots,
      startAtMs,
      recordOf: ({ trade, leg }) => sayLeg(say, plan, trade, leg),
      onSent: (sent) => {
        if (sent.dueAtMs >= fromMs && sent.dueAtMs < toMs) counted.push(sent)
        bar.advance(1, `${seen.size} matched`)
      },
    })
    const [before, after] = await readings
    await untilAll(() => seen.size, first - plan.orders)
    if (decisions) await untilAll(() => newIn(decisions.seen, plan).length, first - plan.orders)
    const isCounted = (dueAtMs: number): boolean => dueAtMs >= fromMs && dueAtMs < toMs
    const since = (last: ReadonlyMap<number, number>, seenAt: (trade: number) => number | undefined) =>
      delaysOf(
        [...last].flatMap(([trade, dueMs]) => {
          const at = seenAt(trade)
          return at !== undefined && isCounted(startAtMs + dueMs) ? [at - startAtMs - dueMs] : []
        }),
      )
    const matched = since(lastDue(slots, matchLegs), (trade) => seen.get(trade))
    const financedAt = new Map(decisions?.seen.map(({ invoiceId, seenAtMs }) => [invoiceId, seenAtMs]))
    return {
      share,
      legsPerSecond: Math.round(legsPerSecond),
      reachedPerSecond: Math.round(reachedPerSecond(counted, fromMs)),
      trades: matched?.count ?? 0,
      matched,
      financed: decisions && since(lastDue(slots, legs), (trade) => financedAt.get(invoiceIdOf(plan, trade))),
      lateness: delaysOf(counted.map(({ dueAtMs, sentAtMs }) => sentAtMs - dueAtMs)),
      cores: Object.fromEntries(
        Object.entries(after).map(([name, used]) => [name, tenth((used - (before[name] ?? 0)) / times.seconds)]),
      ),
    }
  }

  return {
    step,
    /** How many orders there are by now, those of the backlog included. */
    trades: () => first,
    /** Of the decisions to finance; shares are judged with those of the backlog. */
    wrong: (): readonly string[] => {
      if (!decisions) return []
      const trades = Array.from({ length: first - plan.orders }, (_, index) => plan.orders + index)
      return wrongDecisions(financingsOf(plan, trades), newIn(decisions.seen, plan))
    },
    stop: async () => {
      await matches.stop()
      await decisions?.stop()
    },
  }
}

/** Decisions about trades that no backlog had. */
const newIn = <T extends { readonly invoiceId: string }>(decisions: readonly T[], plan: MatchPlan): readonly T[] =>
  decisions.filter(({ invoiceId }) => Number(/INV-([0-9]+)\//.exec(invoiceId)?.[1] ?? -1) >= plan.orders)

/** When the last of these legs of each trade is due, milliseconds after the start. */
export const lastDue = (slots: readonly Slot[], among: readonly string[]): ReadonlyMap<number, number> => {
  const last = new Map<number, number>()
  for (const { trade, leg, dueMs } of slots) if (among.includes(leg)) last.set(trade, dueMs)
  return last
}

const untilAll = async (seen: () => number, wanted: number): Promise<void> => {
  let known = seen()
  let newsAt = nowMs()
  while (known < wanted && nowMs() - newsAt < PATIENCE_MS) {
    await sleep(100)
    const now = seen()
    if (now > known) newsAt = nowMs()
    known = now
  }
}
