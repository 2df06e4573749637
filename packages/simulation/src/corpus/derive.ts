/** What today's code makes of stored journals: each desk's books, every view, and what the story is rich in. */
import { createHash } from 'node:crypto'
import { decodeMessage, partitionsOf, topics, topicSettings } from '@triflow/contracts'
import { canonical, createCore, openEntry, openViewFollower, rebuildHash, recordsOf, type Core } from '@triflow/desk'
import { createMemoryEngines, createMemoryWitness, createWorld, memoryPorts } from '@triflow/desk/memory'
import { moneyAudit } from '@triflow/journeys/verify/money'
import { allServices } from '@triflow/journeys/verify/services'
import { viewsOf } from '../town/house.ts'
import { pump } from '../town/pump.ts'
import { collectionName, serviceViews } from '../town/service-views.ts'
import { journalsOf } from '../journals.ts'
import type { Stored } from './stored.ts'

export interface Derived {
  /** By desk: hash of its positions, numbers, outcomes, parked keys and open items' keys after its last entry. */
  readonly desks: Readonly<Record<string, string>>
  /** By service/view: canonical hash of what readers are shown. */
  readonly views: Readonly<Record<string, string>>
  /** Money as the facts tell it, in minor units. */
  readonly money: Readonly<Record<string, string>>
  /** What the story has: facts by type, inputs by fate and kind. */
  readonly shows: Readonly<Record<string, number>>
}

const shortHash = (value: unknown): string => createHash('sha256').update(canonical(value)).digest('hex').slice(0, 32)

/**
 * What a desk promises to keep whatever its code looks like. The shape of its items is its own business and changes with
 * its rules; their content is told by the views.
 */
const books = (core: Core): unknown => {
  const { sequence, entryHash, at, number, written, next, lastHash, marks, outcomes, parked, sweeps, items } =
    core.account()
  return {
    sequence,
    entryHash,
    at,
    number,
    written,
    next,
    lastHash,
    marks,
    outcomes,
    parked: [...parked].map(([key, records]) => [key, records.map(({ type, evidence }) => [type, evidence])]),
    sweeps: sweeps.map(({ type, after, current }) => [type, after, current]),
    open: [...items.keys()].sort(),
  }
}

const deriveDesks = (stored: Stored, desks: number): Record<string, string> =>
  Object.fromEntries(
    journalsOf(stored.entries, desks).map(({ desk, partition, id, entries }) => {
      const core = createCore(desk, partition, desks)
      for (const entry of entries) core.fold(entry)
      return [id, shortHash(books(core))]
    }),
  )

/** The real followers read topics that are filled from the journals again, in the order in which entries were written. */
const deriveViews = async ({ entries }: Stored, desks: number): Promise<Record<string, string>> => {
  const world = createWorld(1)
  const engines = createMemoryEngines(world)
  const kept = engines.broker.topics
  kept.ensure(
    topics.map((topic) => ({ name: topic.name, partitions: partitionsOf(topic, desks), settings: topicSettings })),
  )
  for (const entry of entries) {
    const at = entry.desk.lastIndexOf('-')
    recordsOf(entry.desk.slice(0, at), Number(entry.desk.slice(at + 1)), entry).forEach(kept.append)
  }
  const { log, clock, views: store } = memoryPorts(engines, world.process('reader'))
  const hashes: Record<string, string> = {}
  for (const service of allServices) {
    const views = viewsOf(service)
    const own = serviceViews(service.name, store)
    const witness = createMemoryWitness()
    const reader = `corpus.${service.name}`
    const { random } = world
    const follower = openViewFollower({ reader, views, log, store: own, clock, witness, random, saveEveryMs: 60_000 })
    if (!(await pump({ world }, follower.caughtUp(600_000))))
      throw new Error(`views of ${service.name} cannot be folded: ${JSON.stringify(follower.halted())}`)
    for (const view of views)
      hashes[collectionName(service.name, view.name)] = (await pump({ world }, rebuildHash([view], own))).slice(0, 32)
    void follower.stop()
  }
  return hashes
}

const deriveMoney = (stored: Stored, desks: number): Record<string, string> => {
  const audit = moneyAudit()
  for (const { id, entries } of journalsOf(stored.entries, desks))
    for (const entry of entries)
      for (const fact of openEntry(entry).facts)
        if (!fact.copy) audit.take({ desk: id, entry: entry.sequence, fact: decodeMessage(fact.type, fact.value) })
  const { violations, ...totals } = audit.finish()
  if (violations.length > 0) throw new Error(violations.join('; '))
  return Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, String(total)]))
}

const countShown = ({ entries, keys }: Stored): Record<string, number> => {
  const shown = new Map<string, number>()
  const count = (what: string): void => void shown.set(what, (shown.get(what) ?? 0) + 1)
  for (const entry of entries) {
    const body = openEntry(entry)
    count('entries')
    for (const { fate, own, input, reason } of body.records) {
      count(`input ${input < 0 ? own : fate}`)
      if (fate === 'dead' || fate === 'corrupt') count(`dead letter ${reason}`)
    }
    for (const { absent } of body.loaded) count(absent ? 'archive asked, absent' : 'archive asked, found')
    for (const { copy, type } of body.facts) if (!copy) count(`fact ${type.slice(type.lastIndexOf('.') + 1)}`)
  }
  for (const _ of keys) count('keys of doors')
  return Object.fromEntries([...shown].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const derive = async (stored: Stored, desks: number): Promise<Derived> => ({
  desks: deriveDesks(stored, desks),
  views: await deriveViews(stored, desks),
  money: deriveMoney(stored, desks),
  shows: countShown(stored),
})
