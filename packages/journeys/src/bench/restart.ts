/** How long the financing service is away when it is killed with many open trades: until every desk of both kinds decides again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { deskId, type Store } from '@triflow/desk'
import { markdown } from '../report/markdown.ts'
import type { Progress } from '../report/progress.ts'
import { count } from '../report/tables.ts'
import { appendAll } from './appending.ts'
import type { BacklogPlan } from './backlog.ts'
import { withStore } from './bench-store.ts'
import { financingDesks, type BenchWorld } from './bench-world.ts'
import { consume } from './consuming.ts'
import { decided } from './deciding.ts'
import { nowMs, watchDecisions, type DecisionWatch } from './decisions.ts'
import { tellMs } from './delays.ts'
import { desksOf, financingsOf, invoiceIdOf, legs, sayLeg, speakers } from './legs.ts'
import { openForTrade } from './opening.ts'
import { groupsLost, linesSince, phasesOf, type Phases } from './phases.ts'
import { rssMegabytesOf } from './process-figures.ts'
import { type Outcome } from './results.ts'

export interface RestartPlan extends Omit<BacklogPlan, 'without'> {
  /** Trades that get their missing leg after the restart and must be financed. */
  readonly sample: number
}

/** What a restart has to read of one kind of desks. */
export interface Stored {
  readonly kind: string
  readonly snapshotBytes: number
  readonly entries: number
  readonly entryBytes: number
}

export interface RestartFigures {
  readonly trades: number
  /** After the kill, milliseconds. */
  readonly readyMs: number
  readonly firstDecisionMs: number
  readonly allDecideMs: number
  readonly phases: Phases
  /** Times that a group of desks was left and joined again, unasked. */
  readonly groupsLost: { readonly loading: number; readonly restarting: number }
  readonly stored: readonly Stored[]
  /** Of the service: knowing the terms only, holding half of the trades, all of them, and all again after the restart. */
  readonly rssMegabytes: {
    readonly empty: number
    readonly half: number
    readonly before: number
    readonly after: number
  }
  readonly sample: number
}

/** Snapshots are written beside the work and may take a moment after it. */
const QUIET_MS = 5_000
const MARKER_PATIENCE_MS = 600_000

/** The service is not running yet. */
export const restart = async (world: BenchWorld, plan: RestartPlan, progress: Progress): Promise<Outcome> => {
  progress.say('Telling the financing service the terms.')
  const begunAtMs = nowMs()
  const pid = await openForTrade(world, speakers(plan.desks), plan)
  const watch = await watchDecisions(world.log)
  try {
    return await restarted(world, plan, { pid, begunAtMs, watch }, progress)
  } finally {
    await watch.stop()
  }
}

interface AtWork {
  readonly pid: number
  readonly begunAtMs: number
  readonly watch: DecisionWatch
}

const restarted = async (
  world: BenchWorld,
  plan: RestartPlan,
  { pid, begunAtMs, watch }: AtWork,
  progress: Progress,
): Promise<Outcome> => {
  const { log } = world
  const say = speakers(plan.desks)
  const open: BacklogPlan = { ...plan, without: 'goods' }
  const rssEmpty = rssMegabytesOf(pid)
  const half = plan.trades >> 1
  await consume(world, say, { ...open, trades: half }, progress, QUIET_MS)
  const rssHalf = rssMegabytesOf(pid)
  await consume(world, say, { ...open, first: half, trades: plan.trades - half }, progress, QUIET_MS)
  const stored = await storedOf(world)
  const lostWhileLoading = groupsLost(linesSince(world.logLines(), begunAtMs))
  const rssBefore = rssMegabytesOf(pid)

  progress.say('Killing the financing service.')
  const markers = markersOf(plan)
  const killedAtMs = nowMs()
  await world.kill()
  const successor = await world.start()
  const ready = world.untilReady().then(() => nowMs() - killedAtMs)
  // New and complete: they wait on the log for whoever takes the desks over.
  const marking = appendAll(
    log,
    markers.flatMap((trade) => legs.map((leg) => sayLeg(say, plan, trade, leg))),
  ).then(() => untilSeen(watch, new Set(markers.map((trade) => invoiceIdOf(plan, trade))), progress))
  const [readyMs, seenAtMs] = await Promise.all([ready, marking])
  const seenAfterMs = seenAtMs.map((at) => at - killedAtMs)
  const after = linesSince(world.logLines(), killedAtMs)
  const phases = phasesOf(after, killedAtMs)

  progress.say(`Sending the missing leg of ${plan.sample} of the open trades.`)
  const sample = sampleOf(plan)
  await appendAll(
    log,
    sample.map((trade) => sayLeg(say, plan, trade, 'goods')),
  )
  const wrong = await decided(watch, financingsOf(plan, [...markers, ...sample]), progress)
  const figures: RestartFigures = {
    trades: plan.trades,
    readyMs,
    firstDecisionMs: Math.min(...seenAfterMs),
    allDecideMs: Math.max(...seenAfterMs),
    phases,
    groupsLost: { loading: lostWhileLoading, restarting: groupsLost(after) },
    stored,
    rssMegabytes: { empty: rssEmpty, half: rssHalf, before: rssBefore, after: rssMegabytesOf(successor) },
    sample: sample.length,
  }
  return {
    wrong,
    result: figures,
    headlines: [
      {
        what: `kill -9 with ${count(plan.trades)} open trades, until every desk decides again`,
        figure: seconds(figures.allDecideMs),
      },
      { what: 'bytes of the service’s memory per open trade', figure: count(bytesPerTrade(figures)) },
    ],
    table: tellRestart(figures),
  }
}

/** When each of these was decided; without those that never were. */
const untilSeen = async (watch: DecisionWatch, wanted: ReadonlySet<string>, progress: Progress): Promise<number[]> => {
  const deciding = progress.bar('markers decided', wanted.size)
  const began = nowMs()
  let seenAtMs: number[] = []
  while (seenAtMs.length < wanted.size && nowMs() - began < MARKER_PATIENCE_MS) {
    await sleep(20)
    const seen = watch.seen.filter(({ invoiceId }) => wanted.has(invoiceId))
    deciding.advance(seen.length - seenAtMs.length)
    seenAtMs = seen.map((decision) => decision.seenAtMs)
  }
  return seenAtMs
}

/** New trades that between them need every trade desk and every obligor desk: one per partition, through both desks of it. */
export const markersOf = (plan: RestartPlan): number[] => {
  const found = new Map<number, number>()
  const far = plan.trades + plan.desks * plan.debtors * 100
  for (let trade = plan.trades; found.size < plan.desks && trade < far; trade++) {
    const at = desksOf(plan, trade)
    if (at.trade === at.obligor && !found.has(at.trade)) found.set(at.trade, trade)
  }
  if (found.size < plan.desks)
    throw new Error(`${plan.debtors} debtors do not reach each of the ${plan.desks} obligor desks: take more`)
  return [...found.values()]
}

/** Spread over the whole backlog. */
export const sampleOf = ({ trades, sample }: Pick<RestartPlan, 'trades' | 'sample'>): number[] => {
  const count = Math.min(trades, sample)
  return Array.from({ length: count }, (_, index) => Math.floor((index * trades) / count))
}

const PAGE = 200

/** Read from the store, as a takeover would, while the service is still. */
const storedOf = (world: BenchWorld): Promise<Stored[]> =>
  withStore(world, async (store) => {
    const stored: Stored[] = []
    for (const kind of financingDesks) {
      const sum = { kind, snapshotBytes: 0, entries: 0, entryBytes: 0 }
      // One after the other: together they may be more than a process should hold beside those that are measured.
      for (let partition = 0; partition < world.desks; partition++) {
        const one = await storedOfDesk(store, deskId(kind, partition))
        sum.snapshotBytes += one.snapshotBytes
        sum.entries += one.entries
        sum.entryBytes += one.entryBytes
      }
      stored.push(sum)
    }
    return stored
  })

const storedOfDesk = async (store: Store, id: string) => {
  const snapshot = await store.snapshot(id)
  let entries = 0
  let entryBytes = 0
  for (let from = (snapshot?.sequence ?? 0) + 1; ; from += PAGE) {
    const page = await store.entries(id, from, PAGE)
    entries += page.length
    for (const { body } of page) entryBytes += body.length
    if (page.length < PAGE)
      return { snapshotBytes: (snapshot?.wholeBytes ?? 0) + (snapshot?.changedBytes ?? 0), entries, entryBytes }
  }
}

const seconds = (ms: number | undefined): string => (ms === undefined ? 'not seen' : `${(ms / 1_000).toFixed(2)} s`)
const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`

/**
 * What the service's memory grew by with the second half of the trades: code, nursery and working set are full by then, as
 * they are not while the first come. What a collector has not given back is in it.
 */
export const bytesPerTrade = ({ rssMegabytes, trades }: Pick<RestartFigures, 'rssMegabytes' | 'trades'>): number =>
  Math.round(((rssMegabytes.before - rssMegabytes.half) * 1_048_576) / (trades - (trades >> 1)))

const tellRestart = (f: RestartFigures): string[] =>
  markdown(
    [`kill -9 of the financing service with ${count(f.trades)} open trades, restarted at once`, ''],
    [
      ['from the kill until every desk of both kinds decides again', seconds(f.allDecideMs)],
      ['until the first does', seconds(f.firstDecisionMs)],
      ['until its ready endpoint says so', seconds(f.readyMs)],
      ['of which: process gone, new one started and listening', seconds(f.phases.listeningMs)],
      ['– engines reached, topics and indexes checked', seconds(f.phases.upMs)],
      ['– waiting for the group to let the dead member go (session timeout)', seconds(f.phases.joinedMs)],
      ['– reading: last desk taken over', seconds(f.phases.takenOverMs)],
      [
        'takeover of one desk, ms, by kind',
        f.phases.takeovers
          .map(
            ({ kind, least, most, folded }) => `${kind} ${tellMs(least)} to ${tellMs(most)} (${folded} entries folded)`,
          )
          .join(', '),
      ],
      ...f.stored.map(({ kind, snapshotBytes, entries, entryBytes }) => [
        `stored of ${kind}, all desks`,
        `snapshots ${megabytes(snapshotBytes)}, then ${entries} entries with ${megabytes(entryBytes)}`,
      ]),
      [
        'groups of desks lost and joined again, unasked, while loading and while restarting',
        `${f.groupsLost.loading}, ${f.groupsLost.restarting}`,
      ],
      [
        'memory of the service with no trade, with half of them, with all, and after the restart, MB',
        Object.values(f.rssMegabytes).map(count).join(', '),
      ],
      ['bytes of memory per open trade, by its growth with the second half', count(bytesPerTrade(f))],
      ['open trades completed afterwards, each financed once with its amount', count(f.sample)],
    ],
  )
