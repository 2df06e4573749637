/** Reads a corpus entry with the running code: chain, decisions, folds from any point, and what is derived from it. */
import { decodeMessage, isKnownMessage } from '@triflow/contracts'
import { canonical, createCore, walkJournal, type JournalReport } from '@triflow/desk'
import { createDatabase, createMemoryStore, createWorld } from '@triflow/desk/memory'
import { codeVersion } from '../town/house.ts'
import { pump } from '../town/pump.ts'
import { derive } from './derive.ts'
import { journalsOf } from '../journals.ts'
import type { Manifest, Stored } from './stored.ts'

export interface Replayed {
  readonly entries: number
  /** The same to the byte when decided again by the running code. */
  readonly decidedAgain: number
  /** Decided otherwise by today's rules, as the manifest says: chain, hash and fold. */
  readonly chainOnly: number
  /** What is not as it must be, in sentences. */
  readonly wrong: readonly string[]
}

/** Desks whose journals are not decided again, since rules have changed. */
export const decidesOtherwise = ({ later }: Manifest): ReadonlySet<string> =>
  new Set(later.flatMap((amendment) => amendment.decidesOtherwise ?? []))

/** Every journal by itself, as `verify` walks it: chain, numbers, decisions made again but for these desks. */
export const walkAll = async (stored: Stored, desks: number, but: ReadonlySet<string>): Promise<JournalReport[]> => {
  const world = createWorld(1)
  const database = createDatabase(world)
  for (const entry of stored.entries) database.journal.set(`${entry.desk}@${entry.sequence}`, entry)
  const reader = world.process('reader')
  const store = createMemoryStore(database, reader)
  const reports: JournalReport[] = []
  for (const { desk, partition, id } of journalsOf(stored.entries, desks)) {
    const walk = { desk, partition, desks, store, clock: reader.clock }
    const version = but.has(id) ? 'another' : codeVersion
    reports.push(await pump({ world }, walkJournal({ ...walk, codeVersion: version })))
  }
  return reports
}

/** A desk loaded from a snapshot in the middle of its journal ends where the whole journal ends. */
const foldsFromTheMiddle = (stored: Stored, desks: number): string[] => {
  const wrong: string[] = []
  for (const { desk, partition, id, entries } of journalsOf(stored.entries, desks)) {
    const [whole, later] = [createCore(desk, partition, desks), createCore(desk, partition, desks)]
    const middle = Math.floor(entries.length / 2)
    entries.forEach((entry, index) => {
      if (index === middle) {
        const loading = later.loading()
        for (const piece of whole.capture(true).pieces()) loading.take(piece)
        loading.done()
      }
      whole.fold(entry)
      if (index >= middle) later.fold(entry)
    })
    if (canonical(whole.account()) !== canonical(later.account()))
      wrong.push(`${id}: folded from entry ${middle} it is another desk than folded from the first`)
  }
  return wrong
}

/** What a door remembers of a request can still be logged: its command is known and reads. */
const keysRead = ({ keys }: Stored): string[] =>
  keys.flatMap(({ id, type, command }) => {
    try {
      if (isKnownMessage(type)) decodeMessage(type, command)
      else return [`the key ${id} is of ${type}, which nobody knows`]
      return []
    } catch (error) {
      return [`the key ${id} cannot be read: ${String(error)}`]
    }
  })

type Hashes = Readonly<Record<string, string>>

/** What the manifest says is derived today: what was derived then, and every later change that was meant. */
export const derivedToday = ({ derived, later }: Manifest): { readonly desks: Hashes; readonly views: Hashes } => ({
  desks: Object.assign({}, derived.desks, ...later.map(({ desks }) => desks)) as Hashes,
  views: Object.assign({}, derived.views, ...later.map(({ views }) => views)) as Hashes,
})

/** Those of `now` that are not as they were, with what was and is gone. */
export const differing = (before: Hashes, now: Hashes): Record<string, string> =>
  Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(now)])]
      .filter((name) => before[name] !== now[name])
      .sort()
      .map((name) => [name, now[name] ?? 'none']),
  )

export const replay = async (manifest: Manifest, stored: Stored): Promise<Replayed> => {
  const { desks } = manifest
  const reports = await walkAll(stored, desks, decidesOtherwise(manifest))
  const wrong = reports.flatMap(({ difference }) => difference ?? [])
  const count = (pick: (report: (typeof reports)[number]) => number): number =>
    reports.reduce((sum, report) => sum + pick(report), 0)
  const walked = count(({ entries }) => entries)
  const counts = {
    entries: stored.entries.length,
    decidedAgain: count(({ decidedAgain }) => decidedAgain),
    chainOnly: count(({ chainOnly }) => chainOnly),
  }
  if (wrong.length === 0 && walked !== stored.entries.length)
    wrong.push(`${stored.entries.length - walked} entries are of no desk`)
  if (wrong.length > 0) return { ...counts, wrong }
  wrong.push(...foldsFromTheMiddle(stored, desks), ...keysRead(stored))
  const derived = await derive(stored, desks)
  const then = derivedToday(manifest)
  for (const id of Object.keys(differing(then.desks, derived.desks))) wrong.push(`${id} is another desk than it was`)
  for (const view of Object.keys(differing(then.views, derived.views))) wrong.push(`${view} shows something else`)
  for (const name of Object.keys(differing(manifest.derived.money, derived.money)))
    wrong.push(`${name} was ${manifest.derived.money[name]} and is ${derived.money[name]}`)
  return { ...counts, wrong }
}
