/**
 * Rebuilds the tail of a journal that was restored from an older backup. Each entry whose head is on the log is decided
 * again from the inputs that stand on the log, and stored only if its hash is the one that its head told.
 */
import type { deskWire } from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import { Undecidable, type Core, type CoreLimits, type Drafted, type Step } from '../core.ts'
import { sameBytes } from '../journal.ts'
import { open } from '../opened.ts'
import type { Clock, JournalEntry, Log, LogRecord, Store } from '../ports.ts'
import { readRanges } from '../reading.ts'
import { deskId } from '../record.ts'
import { restore } from '../takeover.ts'
import { headsAfter } from './heads.ts'
import { RecoveryRefused } from './refused.ts'
import { restorable } from './restorable.ts'

export interface TailOptions {
  readonly desk: AnyDesk
  readonly partition: number
  readonly desks: number
  readonly log: Log
  readonly store: Store
  readonly clock: Clock
  /** Of the running code: entries of other code are accepted too, if it decides them the same. */
  readonly codeVersion: string
  /** Names a group on the log that nobody else uses; it is made longer by a count. */
  readonly reader: string
  readonly limits?: CoreLimits
  /** Leaves snapshots and archive unread and makes them anew, for a backup that was not of one moment. */
  readonly fromFirstEntry?: boolean
  readonly onProgress?: (rebuilt: number, of: number) => void
}

export interface RebuiltTail {
  readonly desk: string
  /** Last entry that the journal had. */
  readonly before: number
  /** Last entry that it has now. */
  readonly through: number
  readonly records: number
}

/** Records read from the log before their entries are decided: what is held in memory at once. */
const RECORDS_AT_ONCE = 20_000
const INSERT_TRIES = 5

export const rebuildTail = async (options: TailOptions): Promise<RebuiltTail> => {
  const { desk, partition, log, reader } = options
  const id = deskId(desk.name, partition)
  const store = await restorable(options.store, id, options.fromFirstEntry ?? false)
  const loaded = await load({ ...options, store }, new Map())
  const before = loaded.state().sequence
  const heads = await headsAfter(log, `${reader}.${id}.heads`, desk, partition, before)
  let records = 0
  const rebuilding = rebuilder({ ...options, store }, loaded)
  for (let from = 0; from < heads.length;) {
    const chunk = takeChunk(heads, from)
    from += chunk.length
    const inputs = await readInputs(options, `${reader}.${id}.inputs-${from}`, chunk)
    for (const head of chunk) {
      const steps = stepsOf(desk.name, head, inputs)
      await rebuilding.add(head, steps)
      records += steps.filter(({ kind }) => kind === 'record').length
      options.onProgress?.(Number(head.sequence) - before, heads.length)
    }
  }
  return { desk: id, before, through: before + heads.length, records }
}

const load = async (options: TailOptions, distrusted: ReadonlyMap<string, string>): Promise<Core> => {
  const { desk, partition, desks, store, clock, codeVersion, limits } = options
  const { core } = await restore(desk, partition, desks, store, clock, codeVersion, limits)
  for (const [identity, reason] of distrusted) core.distrust(identity, reason)
  const unarchived = core.unarchived()
  if (unarchived.length > 0) await store.archive(desk.name, unarchived)
  return core
}

const rebuilder = (options: TailOptions, loaded: Core) => {
  const { desk, store, clock } = options
  /** What made the rules throw when it was first decided does so again; it becomes the same dead letter. */
  const distrusted = new Map<string, string>()
  let core = loaded

  const decide = async (head: deskWire.EntryHead, steps: readonly Step[]): Promise<Drafted> => {
    for (;;) {
      const { fetch, pinned } = core.wanted(steps)
      const fetched = new Map(fetch.length > 0 ? await store.archived(desk.name, fetch) : [])
      for (const [key, bytes] of pinned) fetched.set(key, bytes)
      for (const { key, item } of head.loaded) fetched.set(key, item)
      try {
        return core.draft(steps, fetched, {
          at: Number(head.atMs),
          owner: head.owner,
          codeVersion: head.codeVersion,
          publishedThrough: Number(head.publishedThrough),
        })
      } catch (error) {
        if (!(error instanceof Undecidable) || distrusted.has(error.identity)) throw error
        distrusted.set(error.identity, error.message)
        core = await load(options, distrusted)
      }
    }
  }

  const insert = async (entry: JournalEntry): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const [result] = await store.insert([entry])
        if (result === 'inserted') return
        const stored = await store.entry(entry.desk, entry.sequence)
        if (stored && sameBytes(stored.hash, entry.hash)) return
        throw new RecoveryRefused('somebody-writes', `${entry.desk}@${entry.sequence} was written by somebody else`)
      } catch (error) {
        if (error instanceof RecoveryRefused || attempt === INSERT_TRIES) throw error
        await clock.sleep(100 * 2 ** attempt)
      }
    }
  }

  return {
    add: async (head: deskWire.EntryHead, steps: readonly Step[]): Promise<void> => {
      const place = `${head.desk}@${head.sequence}`
      if (!sameBytes(head.previousHash, core.state().entryHash))
        throw new RecoveryRefused('chain-broken', `${place} on the log does not follow the journal's entry before it`)
      const { entry, turn } = await decide(head, steps)
      if (!sameBytes(entry.hash, head.hash))
        throw new RecoveryRefused(
          'decided-differently',
          `${place} was written by code ${head.codeVersion} and cannot be decided again the same: run the recovery with that code, or, if the backup was not of one moment, with --from-first-entry`,
        )
      await insert(entry)
      if (turn.closed.size === 0) return
      await store.archive(desk.name, core.unarchived())
      if (!options.fromFirstEntry) core.archiveAcknowledged(core.unarchived())
    },
  }
}

/** Heads whose inputs are read together. */
const takeChunk = (heads: readonly deskWire.EntryHead[], from: number): readonly deskWire.EntryHead[] => {
  let records = 0
  let end = from
  while (end < heads.length && (end === from || records < RECORDS_AT_ONCE)) {
    for (const input of heads[end]!.inputs) records += Number(input.to - input.from) + 1
    end += 1
  }
  return heads.slice(from, end)
}

/** Records of the inputs of these entries, by topic, in order. */
const readInputs = async (
  { partition, log }: TailOptions,
  reader: string,
  heads: readonly deskWire.EntryHead[],
): Promise<ReadonlyMap<string, LogRecord[]>> => {
  const ranges = new Map<string, { topic: string; partition: number; from: number; to: number }>()
  for (const { topic, from, to } of heads.flatMap(({ inputs }) => inputs)) {
    const range = ranges.get(topic) ?? { topic, partition, from: Number(from), to: 0 }
    ranges.set(topic, { ...range, to: Number(to) + 1 })
  }
  for (const { topic, from, to } of ranges.values()) {
    const { low, high } = (await log.bounds(topic)).get(partition)!
    if (from < low || to > high)
      throw new RecoveryRefused(
        'inputs-missing',
        `${topic}/${partition} holds ${low} to ${high}, and entries of the lost tail took in ${from} to ${to}`,
      )
  }
  const found = new Map<string, LogRecord[]>([...ranges.keys()].map((topic) => [topic, []]))
  await readRanges(log, reader, [...ranges.values()], (record) => found.get(record.topic)!.push(record))
  return found
}

/** The steps of an entry in the order that its head tells; takes their records out of `inputs`. */
const stepsOf = (desk: string, head: deskWire.EntryHead, inputs: ReadonlyMap<string, LogRecord[]>): Step[] => {
  if (head.codeVersion === '')
    throw new RecoveryRefused(
      'head-too-old',
      `the head of ${head.desk}@${head.sequence} was written before heads told in which order an entry took its inputs`,
    )
  return head.steps.flatMap(({ input, count, own, key }): Step[] => {
    if (own === 'tick') return [{ kind: 'tick', key }]
    if (own === 'sweep') return Array.from({ length: count }, (): Step => ({ kind: 'sweep' }))
    const records = inputs.get(head.inputs[input]!.topic)!.splice(0, count)
    return records.map((record): Step => ({ kind: 'record', opened: open(desk, record) }))
  })
}
