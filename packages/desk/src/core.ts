/**
 * A desk without a world: takes opened records in order, decides, and grows one journal entry; or folds an entry that
 * stands in the journal. No I/O, no clock: the same inputs give the same bytes. Called by the office (live), by
 * takeover and snapshots (fold) and by verify (decide again).
 */
import { deskWire } from '@triflow/contracts'
import type { AnyDesk, Typed } from '@triflow/kernel'
import { scheduleWake } from './applying.ts'
import {
  commandKey,
  coreLimits,
  deskAtWork,
  identityOf,
  itemKey,
  partKey,
  type CoreLimits,
  type DeskAtWork,
} from './desk-at-work.ts'
import { mayHave } from './filter.ts'
import { consumedRecord, fold } from './folding.ts'
import { journalFormat, openEntry, sealEntry } from './journal.ts'
import { decoded, open, type Opened } from './opened.ts'
import { takeSweepStep, takeTick } from './own-steps.ts'
import type { ArchivedItem, JournalEntry } from './ports.ts'
import { booksIn, piecesOf } from './snapshot-pieces.ts'
import { accountOf, emptyState, freezeBooks, thawBooks, type Account, type DeskState } from './state.ts'
import { retireOutcomes, takeCommand, takeDead, takeFact } from './taking.ts'
import { archiveOf, newTurn, type Turn } from './turn.ts'
import { openWorkingSet } from './working-set.ts'

export { coreLimits, Halted, Undecidable, type CoreLimits } from './desk-at-work.ts'

/** What a turn may take in. Log records, ticks that are due, and steps of the sweep in progress. */
export type Step =
  | { readonly kind: 'record'; readonly opened: Opened }
  | { readonly kind: 'tick'; readonly key: string }
  | { readonly kind: 'sweep'; readonly bug?: string }

export interface Drafted {
  readonly entry: JournalEntry
  readonly turn: Turn
  /** How many of the steps were taken; the rest waits for the next turn. */
  readonly taken: number
}

export interface TurnMeta {
  readonly at: number
  readonly owner: string
  readonly codeVersion: string
  readonly publishedThrough: number
}

const finish = (d: DeskAtWork, turn: Turn, meta: TurnMeta): JournalEntry => {
  const entry = sealEntry(
    {
      desk: d.id,
      sequence: BigInt(turn.sequence),
      atMs: BigInt(turn.at),
      owner: meta.owner,
      codeVersion: meta.codeVersion,
      publishedThrough: BigInt(meta.publishedThrough),
      inputs: turn.inputs,
      records: turn.records,
      loaded: turn.loaded,
      facts: turn.facts,
      format: journalFormat,
    },
    d.state.entryHash,
  )
  d.state.sequence = turn.sequence
  d.state.entryHash = entry.hash
  d.state.at = turn.at
  for (const item of archiveOf(turn)) d.leaving.set(item.key, item)
  return entry
}

/**
 * Decides as many steps as fit in one entry and moves the state on. Throws Undecidable or Halted; the state is then
 * spoilt and must be loaded anew.
 */
const draft = (
  d: DeskAtWork,
  steps: readonly Step[],
  fetched: ReadonlyMap<string, Uint8Array>,
  meta: TurnMeta,
): Drafted => {
  const turn = newTurn(d.state.sequence + 1, Math.max(meta.at, d.state.at))
  let taken = 0
  for (const step of steps) {
    if (turn.bytes > d.limits.factBytes) break
    taken += 1
    if (step.kind === 'tick') takeTick(d, turn, fetched, step.key)
    else if (step.kind === 'sweep') takeSweepStep(d, turn, fetched, step.bug)
    else if (step.opened.kind === 'command') takeCommand(d, turn, fetched, step.opened)
    else if (step.opened.kind === 'dead') takeDead(d, turn, fetched, step.opened)
    else takeFact(d, turn, fetched, step.opened)
  }
  retireOutcomes(d, turn)
  return { entry: finish(d, turn, meta), turn, taken }
}

/** Archive keys that these steps may ask for and that are not at hand; with what is at hand pinned. */
const wanted = (d: DeskAtWork, steps: readonly Step[]): { fetch: string[]; pinned: Map<string, Uint8Array> } => {
  const fetch = new Set<string>()
  const pinned = new Map<string, Uint8Array>()
  const want = (archiveKey: string): void => {
    if (!mayHave(d.state.archived, archiveKey)) return
    const atHand = d.leaving.get(archiveKey)
    if (atHand) pinned.set(archiveKey, atHand.bytes)
    else fetch.add(archiveKey)
  }
  const wantItem = (key: string): void => {
    if (!d.state.items.has(key)) want(itemKey(key))
  }
  for (const step of steps) {
    if (step.kind !== 'record') continue
    const { opened } = step
    const commandId = 'commandId' in opened ? opened.commandId : undefined
    if (commandId && !d.state.outcomes.has(commandId)) want(commandKey(commandId))
    if (opened.kind === 'command') {
      if (opened.message.type === 'RedriveKey') {
        for (const parked of d.state.parked.get((opened.message as Typed & deskWire.RedriveKey).key) ?? []) {
          // What was parked because it cannot be read still cannot: it asks for nothing.
          const message = decoded(parked.type, parked.value)
          if (message) wantParts(d, message, want)
        }
      }
    }
    if (opened.kind === 'command' || opened.kind === 'heard') {
      wantItem(opened.key)
      wantParts(d, opened.message, want)
    }
  }
  return { fetch: [...fetch], pinned }
}

const wantParts = (d: DeskAtWork, message: Typed, want: (archiveKey: string) => void): void => {
  for (const needed of d.desk.keysNeeded?.(message) ?? []) want(partKey(needed))
}

/**
 * Decides an entry again on the state before it and compares: undefined when the facts are the same to the byte, else
 * what differs. Moves the state on either way. Only meaningful for entries of this code version.
 */
const decideAgain = (d: DeskAtWork, entry: JournalEntry): string | undefined => {
  const body = openEntry(entry)
  const fetched = new Map<string, Uint8Array>()
  for (const loaded of body.loaded) if (!loaded.absent) fetched.set(loaded.key, loaded.item)
  const steps: Step[] = []
  for (const record of body.records) {
    if (record.own === 'tick') steps.push({ kind: 'tick', key: Buffer.from(record.key).toString() })
    else if (record.own === 'sweep' && record.fate === 'dead')
      steps.push({ kind: 'sweep', bug: detailOf(body, record) })
    else if (record.own === 'sweep' || record.own === 'sweep-done') steps.push({ kind: 'sweep' })
    else if (record.input >= 0) {
      const opened = open(d.desk.name, consumedRecord(body, record))
      if (record.fate === 'dead' && record.reason === 'undecidable')
        d.undecidable.set(identityOf(opened.record), detailOf(body, record))
      steps.push({ kind: 'record', opened })
    }
  }
  const again = draft(d, steps, fetched, {
    at: entry.at,
    owner: body.owner,
    codeVersion: body.codeVersion,
    publishedThrough: Number(body.publishedThrough),
  })
  const same = Buffer.compare(again.entry.hash, entry.hash) === 0
  d.state.entryHash = entry.hash
  if (same) return undefined
  return firstDifference(body, openEntry(again.entry))
}

const detailOf = (body: deskWire.EntryBody, record: deskWire.ConsumedRecord): string => {
  const before = body.records.slice(0, body.records.indexOf(record)).reduce((sum, earlier) => sum + earlier.facts, 0)
  return deskWire.DeadLettered.decode(body.facts[before]!.value).detail
}

/** A desk's open state at an entry, or what has changed of it since the one captured before. */
export interface CapturedState {
  readonly sequence: number
  readonly entryHash: Uint8Array
  readonly bytes: number
  pieces(): Iterable<Uint8Array>
}

/** Loads a desk from the pieces of a snapshot, oldest first. */
export interface Loading {
  take(piece: Uint8Array): void
  done(): void
}

export type Core = ReturnType<typeof createCore>

export const createCore = (desk: AnyDesk, partition: number, desks: number, limits: CoreLimits = coreLimits) => {
  const d = deskAtWork(desk, partition, desks, limits)

  /** Starts from nothing. */
  const clear = (): void => {
    d.state = emptyState(d.desk.initialShared(), limits.atHand)
    d.leaving.clear()
    d.wakes.clear()
    d.sweepKeys = undefined
  }

  /** Starts from a snapshot. Throws on bytes that are none. */
  const loading = (): Loading => {
    clear()
    const open = openWorkingSet(limits.atHand)
    let books: Uint8Array | undefined
    return {
      take: (piece) => {
        const found = booksIn(piece)
        if (found) books = found
        else open.restore(piece)
      },
      done: () => {
        if (!books) throw new Error('a snapshot without its bookkeeping')
        d.state = thawBooks(books, open)
      },
    }
  }

  /** The state as it is at the last entry drafted, which is to be kept only once that entry is in the journal. */
  const capture = (all: boolean): CapturedState => {
    const { sequence, entryHash, open } = d.state
    const { bytes, maps } = open.capture(all)
    // After the items: packing them may find new shapes.
    const books = freezeBooks(d.state)
    return { sequence, entryHash, bytes: bytes + books.length, pieces: () => piecesOf(maps, books) }
  }

  /** Call after the last fold: what wants to be woken is known from the items. */
  const ready = (): void => {
    d.wakes.clear()
    if (d.desk.wakeAt) for (const key of d.state.items.keys()) scheduleWake(d, key, d.state.items.peek(key))
  }

  const due = (now: number, most: number): string[] => {
    const keys: string[] = []
    for (const [key, at] of d.wakes) if (at <= now) keys.push(key)
    return keys.sort().slice(0, most)
  }

  const archiveAcknowledged = (items: readonly ArchivedItem[]): void => {
    for (const item of items) if (d.leaving.get(item.key)?.sequence === item.sequence) d.leaving.delete(item.key)
  }

  return {
    id: d.id,
    desk,
    partition,
    state: (): DeskState => d.state,
    /** All of the state as plain data, for comparing. */
    account: (): Account => accountOf(d.state),
    draft: (steps: readonly Step[], fetched: ReadonlyMap<string, Uint8Array>, meta: TurnMeta): Drafted =>
      draft(d, steps, fetched, meta),
    wanted: (steps: readonly Step[]) => wanted(d, steps),
    fold: (entry: JournalEntry): void => fold(d, entry),
    decideAgain: (entry: JournalEntry): string | undefined => decideAgain(d, entry),
    clear,
    loading,
    ready,
    due,
    archiveAcknowledged,
    /** Archive writes that are not acknowledged yet, as known after a load. */
    unarchived: (): ArchivedItem[] =>
      [...d.leaving].map(([key, item]) => ({ key, sequence: item.sequence, bytes: item.bytes })),
    sweeping: (): boolean => d.state.sweeps.length > 0,
    /** From now on this record becomes a dead letter instead of being decided. */
    distrust: (identity: string, reason: string): void => void d.undecidable.set(identity, reason),
    capture,
  }
}

const firstDifference = (recorded: deskWire.EntryBody, again: deskWire.EntryBody): string => {
  const length = Math.max(recorded.facts.length, again.facts.length)
  for (let i = 0; i < length; i++) {
    const was = recorded.facts[i]
    const is = again.facts[i]
    if (
      !was ||
      !is ||
      Buffer.compare(deskWire.PublishedRecord.encode(was).finish(), deskWire.PublishedRecord.encode(is).finish()) !== 0
    ) {
      return `fact ${i}: recorded ${was?.type ?? 'nothing'} #${was?.number ?? '-'}, decided ${is?.type ?? 'nothing'} #${is?.number ?? '-'}`
    }
  }
  return 'the facts agree, the account of the inputs does not'
}
