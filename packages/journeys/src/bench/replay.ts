/** How fast journals are read again: folded without a snapshot, as a takeover without one would, and decided again, as verify does. */
import { decodeMessage } from '@triflow/contracts'
import { placesOf, restore, walkJournal, type Store } from '@triflow/desk'
import { systemClock } from '@triflow/platform'
import { markdown } from '../report/markdown.ts'
import type { Progress } from '../report/progress.ts'
import { count } from '../report/tables.ts'
import { allDesks } from '../verify/desks.ts'
import type { BacklogPlan } from './backlog.ts'
import { withStore } from './bench-store.ts'
import { financingDesks, type BenchWorld } from './bench-world.ts'
import { consume } from './consuming.ts'
import { tenth } from './figures.ts'
import { wrongDecisions, type Decision } from './gate.ts'
import { financingsOf, speakers } from './legs.ts'
import { openForTrade } from './opening.ts'
import { cpuSecondsOf } from './process-figures.ts'
import { type Outcome } from './results.ts'

const QUIET_MS = 2_000

/** One way of reading all journals of the financing service. */
export interface Reading {
  readonly way: string
  readonly seconds: number
  readonly entriesPerSecond: number
  readonly eventsPerSecond: number
  /** Of the process that reads, and of the store. */
  readonly microsPerEvent: { readonly reader: number; readonly store: number }
}

export interface ReplayFigures {
  readonly plan: BacklogPlan
  readonly entries: number
  /** Inputs in these entries. */
  readonly events: number
  readonly bytes: number
  readonly readings: readonly Reading[]
}

/** The service is not running yet; it drains the backlog and is stopped, and nothing runs beside the reading. */
export const replay = async (world: BenchWorld, plan: BacklogPlan, progress: Progress): Promise<Outcome> => {
  await drained(world, plan, progress)
  return withStore(world, async (store) => {
    const places = placesOf(allDesks, plan.desks).filter(({ desk }) =>
      (financingDesks as readonly string[]).includes(desk.name),
    )
    const bar = progress.bar('journals read', 2 * places.length)
    const folded = new Map<string, { readonly entries: number; readonly sequence: number }>()
    let bytes = 0
    const folding = await timed(world, async () => {
      for (const { desk, partition } of places) {
        const restored = await restore(
          desk,
          partition,
          plan.desks,
          withoutSnapshots(store),
          systemClock,
          world.codeVersion,
        )
        folded.set(restored.core.id, { entries: restored.folded, sequence: restored.core.state().sequence })
        bytes += restored.foldedBytes
        bar.advance()
      }
    })
    const decisions: Decision[] = []
    const journals: Walked[] = []
    const deciding = await timed(world, async () => {
      for (const { desk, partition } of places) {
        journals.push(
          await walkJournal({
            ...{ desk, partition, desks: plan.desks, store, clock: systemClock, codeVersion: world.codeVersion },
            onEntry: (_, { facts }) => {
              for (const { type, value, copy } of facts)
                if (!copy && type.endsWith('.ClaimFinanced'))
                  decisions.push(decodeMessage(type, value) as unknown as Decision)
            },
          }),
        )
        bar.advance()
      }
    })
    const entries = journals.reduce((sum, journal) => sum + journal.entries, 0)
    const events = journals.reduce((sum, journal) => sum + journal.records, 0)
    const reading = (way: string, { seconds, reader, store: storeSeconds }: Timed): Reading => ({
      way,
      seconds,
      entriesPerSecond: Math.round(entries / seconds),
      eventsPerSecond: Math.round(events / seconds),
      microsPerEvent: { reader: tenth((reader * 1e6) / events), store: tenth((storeSeconds * 1e6) / events) },
    })
    const figures: ReplayFigures = {
      plan,
      entries,
      events,
      bytes,
      readings: [reading('folded', folding), reading('decided again', deciding)],
    }
    return {
      wrong: [
        ...wrongReplay(folded, journals),
        ...wrongDecisions(financingsOf(plan, Array(plan.trades).keys()), decisions),
      ],
      result: figures,
      headlines: figures.readings.map(({ way, eventsPerSecond, entriesPerSecond, microsPerEvent }) => ({
        what: `journals ${way}: events and entries per second; µs of the reader’s CPU per event`,
        figure: `${count(eventsPerSecond)}, ${count(entriesPerSecond)}; ${microsPerEvent.reader}`,
      })),
      table: tellReplay(figures),
    }
  })
}

/** What a walk says of a journal. */
export interface Walked {
  readonly desk: string
  readonly entries: number
  readonly decidedAgain: number
  readonly records: number
  readonly difference?: string
}

/** Each journal was folded to its end, and every entry decided again to the same bytes. */
export const wrongReplay = (
  folded: ReadonlyMap<string, { readonly entries: number; readonly sequence: number }>,
  journals: readonly Walked[],
): readonly string[] =>
  journals.flatMap(({ desk, entries, decidedAgain, difference }) => {
    if (difference) return [difference]
    const wrong: string[] = []
    if (decidedAgain !== entries) wrong.push(`${desk}: ${decidedAgain} of ${entries} entries were decided again`)
    const fold = folded.get(desk)
    if (fold?.entries !== entries || fold.sequence !== entries)
      wrong.push(
        `${desk}: folding ended at ${fold?.sequence ?? 'nothing'} after ${fold?.entries ?? 0} of ${entries} entries`,
      )
    return wrong
  })

const withoutSnapshots = (store: Store): Store => ({ ...store, snapshot: async () => undefined })

const drained = async (world: BenchWorld, plan: BacklogPlan, progress: Progress): Promise<void> => {
  const say = speakers(plan.desks)
  progress.say('Telling the financing service the terms.')
  await openForTrade(world, say, plan)
  await consume(world, say, plan, progress, QUIET_MS)
  await world.stop()
}

interface Timed {
  readonly seconds: number
  readonly reader: number
  readonly store: number
}

const timed = async ({ enginePids }: BenchWorld, work: () => Promise<void>): Promise<Timed> => {
  const cpu = process.cpuUsage()
  const store = cpuSecondsOf(enginePids.mongo!)
  const began = performance.now()
  await work()
  const seconds = (performance.now() - began) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, reader: (user + system) / 1e6, store: cpuSecondsOf(enginePids.mongo!) - store }
}

const tellReplay = ({ plan, entries, events, bytes, readings }: ReplayFigures): string[] => [
  `The journals of ${plan.desks} trade and ${plan.desks} obligor desks after ${count(plan.trades)} trades: ${count(entries)} entries, ${count(events)} events, ${(bytes / 1_048_576).toFixed(1)} MB.`,
  'Read from the store one desk after the other by one process, the chain checked on the way. Folding is a takeover without a snapshot;',
  'deciding again is what verify does, each entry the same to the byte. Every financed claim is counted in the journals, each once with its amount.',
  '',
  ...markdown(
    ['journals', 'events per second', 'entries per second', 'CPU per event, µs: reader / store', 'seconds'],
    readings.map(({ way, eventsPerSecond, entriesPerSecond, microsPerEvent, seconds }) => [
      way,
      count(eventsPerSecond),
      count(entriesPerSecond),
      `${microsPerEvent.reader} / ${microsPerEvent.store}`,
      seconds.toFixed(1),
    ]),
  ),
]
