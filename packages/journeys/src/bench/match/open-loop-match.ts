/**
 * How long after the last leg of an order it is matched, while legs come at a share of the rate at which the contender
 * drains a backlog: each at its own, in one run, on the same bytes. The drain before it is also its warm-up.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { header } from '@triflow/contracts'
import { headerText } from '@triflow/desk'
import type { Progress } from '../../report/progress.ts'
import { count } from '../../report/tables.ts'
import type { BenchWorld } from '../bench-world.ts'
import { nowMs, watchDecisions } from '../decisions.ts'
import { delaysOf, tellDelays, tellMs, type Delays } from '../delays.ts'
import { tenth } from '../figures.ts'
import { wrongDecisions } from '../gate.ts'
import { financingOf, invoiceIdOf, legs, sayLeg, tradeOf, type Say } from '../legs.ts'
import { markdown, type Headline, type Outcome } from '../results.ts'
import { scheduleOf, type SchedulePlan, type Slot } from '../schedule.ts'
import { reachedPerSecond, sendOnSchedule, type Sent } from '../sender.ts'
import { cpuOf } from '../service-figures.ts'
import { readTopic } from '../topic-reading.ts'
import type { Contender } from './contenders.ts'
import { runContender } from './match-run.ts'
import { prepare } from './match.ts'
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

export interface ContenderFigures {
  readonly name: string
  readonly title: string
  /** By its drain, once warm: records that a match needs. */
  readonly eventsPerSecond: number
  readonly steps: readonly StepFigures[]
}

/** Legs that come after the counted ones, so that the last of these meet the same load as the others. */
const TAIL_SECONDS = 2
/** Nothing new for this long, and nothing more is waited for: the gate then says what is missing. */
const PATIENCE_MS = 30_000
/** Below this part of the rate asked for, what is measured is the sender. */
const KEPT_UP = 0.98

export const openLoopOf = async (
  world: BenchWorld,
  plan: OpenLoopOf,
  contenders: readonly Contender[],
  progress: Progress,
): Promise<Outcome> => {
  for (const contender of contenders) await contender.prepare?.(world)
  const { workload, say } = await prepare(world, plan.match, progress)
  const all: ContenderFigures[] = []
  const wrong: string[] = []
  for (const contender of contenders) {
    progress.say(`${contender.title}: its own rate first.`)
    const bar = progress.bar(contender.name, workload.events)
    let before = 0
    const steps: StepFigures[] = []
    const undecided: string[] = []
    const { run, wrong: found } = await runContender(
      world,
      contender,
      workload,
      (told) => {
        bar.advance(Math.min(told, workload.events) - before)
        before = Math.min(told, workload.events)
      },
      async (running, { eventsPerSecondWarm }) => {
        const sending = await openSending(world, contender, plan.match, say.fork())
        try {
          for (const share of plan.shares) {
            const legsPerSecond = (share * eventsPerSecondWarm * legs.length) / matchLegs.length
            progress.say(`  ${share * 100} % of ${eventsPerSecondWarm} events per second.`)
            steps.push(await sending.step(running.pid, share, legsPerSecond, plan.times, progress))
          }
          undecided.push(...sending.wrong())
          return sending.trades()
        } finally {
          await sending.stop()
        }
      },
    )
    wrong.push(...[...found, ...undecided].map((sentence) => `${contender.name}: ${sentence}`))
    if (wrong.length > 0) break
    all.push({ name: contender.name, title: contender.title, eventsPerSecond: run.eventsPerSecondWarm, steps })
  }
  return {
    wrong,
    result: { plan, contenders: all },
    headlines: all.flatMap(headlinesOf),
    table: tellOpenLoopOf(plan, all),
  }
}

/** Trades after those of the backlog, numbered through all steps. */
const openSending = async (world: BenchWorld, contender: Contender, plan: MatchPlan, say: Say) => {
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
      const expected = new Map(trades.map((trade) => [invoiceIdOf(plan, trade), financingOf(plan, trade)] as const))
      return wrongDecisions(expected, newIn(decisions.seen, plan))
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

const tellStep = ({ financed, lateness, cores, ...step }: StepFigures): string[] => {
  const { sender = 0, ...box } = cores
  const hasKeptUp = step.reachedPerSecond >= step.legsPerSecond * KEPT_UP
  return [
    `${step.share * 100} %`,
    `${count(step.legsPerSecond)}, ${count(step.reachedPerSecond)}${hasKeptUp ? '' : ' (the sender or the log did not keep up)'}`,
    tellDelays(step.matched),
    financed ? tellDelays(financed) : '–',
    lateness ? tellMs(lateness.p99) : '–',
    Object.values(box).map(String).join(' / '),
    String(sender),
  ]
}

export const tellOpenLoopOf = ({ match, times }: OpenLoopOf, contenders: readonly ContenderFigures[]): string[] => [
  `Each contender first drains ${count(match.orders)} orders, which gives its own rate and warms it; then legs are due at shares of that rate,`,
  `for ${times.seconds} s after ${times.warmUpSeconds} s, those of one order over ${times.spreadSeconds} s. Delays run from the moment at which the last leg was due, whenever it was sent.`,
  'The peer stops at the match, which Triflow tells, too; its decision to finance is one desk further. The sender shares the cores.',
  '',
  ...markdown(
    [
      'contender, its rate in events per second',
      'share',
      'legs per second: due, on the log',
      'last matching leg due → match seen, ms: p50 / p90 / p99 / p99.9 / max',
      'last leg due → financing decision seen, ms',
      'sender late, p99 ms',
      'cores: application / broker / store',
      'sender',
    ],
    contenders.flatMap(({ title, eventsPerSecond, steps }) =>
      steps.map((step, index) => [index === 0 ? `${title}, ${count(eventsPerSecond)}` : '', ...tellStep(step)]),
    ),
  ),
]

const headlinesOf = ({ title, eventsPerSecond, steps }: ContenderFigures): Headline[] =>
  steps.map(({ share, matched }) => ({
    what: `${title} at ${share * 100} % of its ${count(eventsPerSecond)} events per second: last leg due → match seen, ms: p50 / p99 / max`,
    figure: matched ? [matched.p50, matched.p99, matched.most].map(tellMs).join(' / ') : 'none',
  }))
