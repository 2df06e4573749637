/** The match of a preloaded backlog by every contender in turn, several times over, on the very same bytes. */
import { createHash } from 'node:crypto'
import { topicSettings } from '@triflow/contracts'
import type { OutgoingRecord } from '@triflow/desk'
import type { Progress } from '../../report/progress.ts'
import { preload } from '../backlog.ts'
import type { BenchWorld } from '../bench-world.ts'
import { speakers } from '../legs.ts'
import type { Outcome } from '../results.ts'
import { matchHeadlines, tellMatch } from './match-table.ts'
import { openForTrade } from '../opening.ts'
import { ceilingTopic, heardTopics, peerDeadLetters, peerShares, peerTopic, type Contender } from './contenders.ts'
import type { WatchedRun } from '../watched-run.ts'
import { addTo, runContender, type Workload } from './match-run.ts'
import { odditiesOf, sizeOf, workload, type MatchPlan } from './workload.ts'

export interface MatchResult {
  readonly plan: MatchPlan
  readonly records: number
  readonly events: number
  /** Over topic, partition, key and value of every record, in the order of appending. */
  readonly sha256: string
  readonly rounds: number
  readonly contenders: readonly {
    readonly name: string
    readonly title: string
    readonly durability: string
    readonly runs: readonly WatchedRun[]
  }[]
}

/** Stops at the first run whose decisions are not as they must be: `wrong` says what is the matter with them. */
export const match = async (
  world: BenchWorld,
  plan: MatchPlan,
  options: { readonly contenders: readonly Contender[]; readonly rounds: number },
  progress: Progress,
): Promise<Outcome> => {
  for (const contender of options.contenders) await contender.prepare?.(world)
  const prepared = await prepare(world, plan, progress)
  const runs = new Map<string, WatchedRun[]>(options.contenders.map(({ name }) => [name, []]))
  let wrong: readonly string[] = []
  for (let round = 0; round < options.rounds && wrong.length === 0; round++) {
    for (const contender of inTurn(options.contenders, round)) {
      progress.say(`Round ${round + 1} of ${options.rounds}: ${contender.title}.`)
      // About one record for each event, and one for each share.
      const total = prepared.workload.events + (contender.decides ? prepared.workload.matched : 0)
      const bar = progress.bar(contender.name, total)
      let before = 0
      const { run, wrong: found } = await runContender(world, contender, prepared.workload, (told) => {
        bar.advance(Math.min(told, total) - before)
        before = Math.min(told, total)
      })
      runs.get(contender.name)!.push(run)
      if (found.length > 0) {
        wrong = found.map((sentence) => `${contender.name}: ${sentence}`)
        break
      }
      progress.say(
        `  ${run.eventsPerSecond} events per second, ${run.eventsPerSecondWarm} once warm; all decisions as expected.`,
      )
    }
  }
  const { records, events, sha256 } = prepared
  const result: MatchResult = {
    plan,
    records,
    events,
    sha256,
    rounds: options.rounds,
    contenders: options.contenders.map(({ name, title, durability }) => ({
      name,
      title,
      durability,
      runs: runs.get(name)!,
    })),
  }
  return { wrong, result, headlines: matchHeadlines(result), table: tellMatch(result) }
}

/** Every round begins with another contender, so that nobody always has the warm or the tired machine. */
export const inTurn = <T>(all: readonly T[], round: number): readonly T[] => {
  const first = round % all.length
  return [...all.slice(first), ...all.slice(0, first)]
}

/** Appends the backlog to a log that knows the terms, and keeps it. `say` goes on where the backlog ends. */
export const prepare = async (world: BenchWorld, plan: MatchPlan, progress: Progress) => {
  const say = speakers(plan.desks)
  const odd = odditiesOf(plan)
  const { records, events } = sizeOf(plan, odd)
  progress.say('Telling the financing service the terms.')
  await openForTrade(world, say, plan)
  await world.stop()
  const ours = [ceilingTopic, peerTopic, peerShares, peerDeadLetters]
  await world.log.ensureTopics(ours.map((name) => ({ name, partitions: plan.desks, settings: topicSettings })))
  const hash = createHash('sha256')
  const heard = new Set<string>(heardTopics)
  let sum = 0
  const counted = function* (all: Iterable<OutgoingRecord>): Generator<OutgoingRecord> {
    for (const record of all) {
      hash.update(`${record.topic}/${record.partition} `).update(record.key).update(record.value)
      if (heard.has(record.topic)) sum = addTo(sum, record.headers)
      yield record
    }
  }
  const bar = progress.bar('records preloaded', records)
  await preload(world.log, counted(workload(say, plan, odd)), ({ length }) => bar.advance(length))
  progress.say('Keeping the backlog, so that every run begins with the same bytes.')
  await world.keep()
  const matched = plan.orders - [...odd.values()].filter(({ kind }) => kind === 'missing').length
  const prepared: Workload = { plan, odd, events, matched, sum }
  return { workload: prepared, say, records, events, sha256: hash.digest('hex') }
}
