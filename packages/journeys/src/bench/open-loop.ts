/** How long after its last leg a trade is decided, while legs of many trades come at a fixed rate that waits for nobody. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '../report/progress.ts'
import type { BenchWorld } from './bench-world.ts'
import { decided } from './deciding.ts'
import { nowMs, watchDecisions, type SeenDecision } from './decisions.ts'
import { delaysOf, tellDelays, tellMs, type Delays } from './delays.ts'
import { microsPerEvent } from './figures.ts'
import { financingsOf, invoiceIdOf, sayLeg, speakers, type TradeShape } from './legs.ts'
import { openForTrade } from './opening.ts'
import { rssMegabytesOf } from './process-figures.ts'
import type { Outcome } from './results.ts'
import { scheduleOf } from './schedule.ts'
import { reachedPerSecond, sendOnSchedule, type Sent } from './sender.ts'
import { countsOf, cpuOf, tellCpu, type Counts } from './service-figures.ts'

export interface OpenLoopPlan extends TradeShape {
  /** Legs per second over all topics. */
  readonly ratePerSecond: number
  /** Counted ones: of trades whose last leg is due in them. */
  readonly seconds: number
  /** At the same rate, before the counted ones. */
  readonly warmUpSeconds: number
  readonly spreadSeconds: number
  readonly seed: number
}

export interface OpenLoopFigures {
  readonly plan: OpenLoopPlan
  readonly trades: number
  /** From the moment at which the last leg was due to the moment at which a consumer saw the decision. */
  readonly delays: Delays | undefined
  /** Of these, those whose last leg went through both desks, and those whose last leg was told to the obligor desk alone. */
  readonly throughBoth: Delays | undefined
  readonly throughObligor: Delays | undefined
  /** The way of those through both desks, cut where a clock is read. */
  readonly stages: readonly { readonly name: string; readonly delays: Delays | undefined }[]
  readonly reachedPerSecond: number
  readonly lateness: Delays | undefined
  readonly events: number
  readonly eventsPerSecond: number
  readonly eventsPerEntry: number
  readonly factsPerEvent: number
  readonly cpuMicrosPerEvent: Readonly<Record<string, number>>
  readonly senderCpuMicrosPerEvent: number
  readonly rssMegabytes: number
}

/** Legs that come after the counted ones, so that the last of these meet the same load as the others. */
const TAIL_SECONDS = 2

export const openLoop = async (world: BenchWorld, plan: OpenLoopPlan, progress: Progress): Promise<Outcome> => {
  const { log, adminUrl, enginePids } = world
  const say = speakers(plan.desks)
  const seconds = plan.warmUpSeconds + plan.seconds + TAIL_SECONDS
  const slots = scheduleOf({ ...plan, seconds })
  const watch = await watchDecisions(log)
  try {
    progress.say('Telling the financing service the terms.')
    const pids = { ...enginePids, financing: await openForTrade(world, say, plan) }

    const sending = progress.bar('legs sent', slots.length)
    const startAtMs = nowMs() + 100
    const from = startAtMs + plan.warmUpSeconds * 1_000
    const to = from + plan.seconds * 1_000
    const reading = async (atMs: number): Promise<Reading> => {
      await sleep(Math.max(0, atMs - nowMs()))
      return { cpu: cpuOf({ ...pids, sender: process.pid }), counts: await countsOf(adminUrl) }
    }
    const readings = Promise.all([reading(from), reading(to)])
    const sent: Sent[] = []
    await sendOnSchedule({
      log,
      slots,
      startAtMs,
      recordOf: ({ trade, leg }) => sayLeg(say, plan, trade, leg),
      onSent: (one) => {
        sent.push(one)
        sending.advance(1, `${watch.seen.length} decided`)
      },
    })
    const [before, after] = await readings
    const expected = financingsOf(plan, new Set(slots.map(({ trade }) => trade)))
    const wrong = await decided(watch, expected, progress)
    const counted = sent.filter(({ dueAtMs }) => dueAtMs >= from && dueAtMs < to)
    const figures: OpenLoopFigures = {
      plan,
      ...delaysFor(plan, counted, watch.seen),
      reachedPerSecond: reachedPerSecond(counted, from),
      lateness: delaysOf(counted.map(({ dueAtMs, sentAtMs }) => sentAtMs - dueAtMs)),
      ...costs(plan, before, after),
      rssMegabytes: rssMegabytesOf(pids.financing),
    }
    return {
      wrong,
      result: figures,
      headlines: [
        {
          what: `last leg due → decision seen at ${plan.ratePerSecond} legs per second, ms: p50 / p90 / p99 / p99.9 / max`,
          figure: tellDelays(figures.delays),
        },
      ],
      table: tellOpenLoop(figures),
    }
  } finally {
    await watch.stop()
  }
}

interface Reading {
  readonly cpu: Readonly<Record<string, number>>
  readonly counts: Counts
}

const costs = (plan: OpenLoopPlan, before: Reading, after: Reading) => {
  const grown = (name: keyof Counts): number => after.counts[name] - before.counts[name]
  const events = grown('records')
  const { sender = 0, ...box } = microsPerEvent(before.cpu, after.cpu, events)
  return {
    events,
    eventsPerSecond: Math.round(events / plan.seconds),
    eventsPerEntry: Math.round((events / grown('entries')) * 10) / 10,
    factsPerEvent: Math.round((grown('facts') / events) * 100) / 100,
    cpuMicrosPerEvent: box,
    senderCpuMicrosPerEvent: sender,
  }
}

interface Way {
  readonly sent: Sent
  readonly decision: SeenDecision
}

const delaysFor = (plan: OpenLoopPlan, counted: readonly Sent[], seen: readonly SeenDecision[]) => {
  const decisions = new Map(seen.map((decision) => [decision.invoiceId, decision]))
  const ways = counted.flatMap((sent): Way[] => {
    const decision = sent.slot.isLast ? decisions.get(invoiceIdOf(plan, sent.slot.trade)) : undefined
    return decision ? [{ sent, decision }] : []
  })
  const whole = ({ sent, decision }: Way): number => decision.seenAtMs - sent.dueAtMs
  const both = ways.filter(({ sent }) => sent.slot.leg !== 'invoice')
  const stage = (name: string, of: (way: Way) => number) => ({ name, delays: delaysOf(both.map(of)) })
  return {
    trades: ways.length,
    delays: delaysOf(ways.map(whole)),
    throughBoth: delaysOf(both.map(whole)),
    throughObligor: delaysOf(ways.filter(({ sent }) => sent.slot.leg === 'invoice').map(whole)),
    stages: [
      stage('due → request begun', ({ sent }) => sent.sentAtMs - sent.dueAtMs),
      stage('request begun → acknowledged by the log', ({ sent }) => sent.onLogAtMs - sent.sentAtMs),
      stage('request begun → trade desk drafts', ({ sent, decision }) => decision.matchedAtMs - sent.sentAtMs),
      stage('trade desk drafts → obligor desk drafts', ({ decision }) => decision.decidedAtMs - decision.matchedAtMs),
      stage('obligor desk drafts → seen', ({ decision }) => decision.seenAtMs - decision.decidedAtMs),
    ],
  }
}

export const tellOpenLoop = (f: OpenLoopFigures): string[] => [
  `| open loop, ${f.plan.ratePerSecond} legs per second for ${f.plan.seconds} s after ${f.plan.warmUpSeconds} s of warm-up | p50 / p90 / p99 / p99.9 / max |`,
  '|---|---|',
  `| last leg due → decision seen, ms, of ${f.trades} trades | ${tellDelays(f.delays)} |`,
  `| last leg through both desks, ${f.throughBoth?.count ?? 0} trades | ${tellDelays(f.throughBoth)} |`,
  ...f.stages.map(({ name, delays }) => `| – ${name} | ${tellDelays(delays)} |`),
  `| last leg to the obligor desk alone, ${f.throughObligor?.count ?? 0} trades | ${tellDelays(f.throughObligor)} |`,
  `| sender late, ms | ${tellDelays(f.lateness)} |`,
  '',
  '| | |',
  '|---|---|',
  `| legs per second, asked for and reached | ${f.plan.ratePerSecond}, ${f.reachedPerSecond.toFixed(1)} |`,
  `| sender late at most, ms | ${f.lateness ? tellMs(f.lateness.most) : 'none sent'} |`,
  `| events (records consumed by trade and obligor desks) per second | ${f.eventsPerSecond} |`,
  `| CPU per event, µs | ${tellCpu(f.cpuMicrosPerEvent)} (the sender beside it ${f.senderCpuMicrosPerEvent}) |`,
  `| facts said per event | ${f.factsPerEvent} |`,
  `| events per journal entry | ${f.eventsPerEntry} |`,
  `| memory of the service, MB | ${f.rssMegabytes} |`,
]
