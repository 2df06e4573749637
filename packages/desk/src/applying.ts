/** Applying one input to one item: find it, fold what was heard, hear what is decided, put the item back or let it go. */
import type { Context, Decision, Input, Typed } from '@triflow/kernel'
import { itemKey, partKey, type DeskAtWork } from './desk-at-work.ts'
import { mayHave, remember } from './filter.ts'
import { freeze, thaw } from './state.ts'
import { say, type Turn } from './turn.ts'

export const lookUp = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  archiveKey: string,
): Uint8Array | undefined => {
  const justClosed = turn.closed.get(archiveKey)
  if (justClosed) return justClosed
  if (!mayHave(d.state.archived, archiveKey)) return undefined
  // What was handed in comes first: when an entry is decided again, its own account of the archive is what counts.
  const bytes = fetched.get(archiveKey) ?? d.leaving.get(archiveKey)?.bytes
  if (!turn.told.has(archiveKey)) {
    turn.told.add(archiveKey)
    turn.loaded.push({ key: archiveKey, absent: bytes === undefined, item: bytes ?? new Uint8Array(0) })
  }
  return bytes
}

/** What the archive gave, in the shape that today's rules know. */
const recalled = (d: DeskAtWork, bytes: Uint8Array): unknown => {
  const item = thaw<unknown>(bytes)
  return d.desk.upcastArchived ? d.desk.upcastArchived(item) : item
}

export const itemOf = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  key: string,
): { item: unknown; open: boolean } => {
  if (d.state.items.has(key)) return { item: d.state.items.get(key), open: true }
  const bytes = lookUp(d, turn, fetched, itemKey(key))
  return { item: bytes ? recalled(d, bytes) : d.desk.initialState(key), open: false }
}

export const contextOf = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  key: string,
  message: Typed | undefined,
): Context<unknown> => {
  const loaded = new Map<string, unknown>()
  if (message && d.desk.keysNeeded) {
    for (const needed of d.desk.keysNeeded(message)) {
      const bytes = lookUp(d, turn, fetched, partKey(needed))
      if (bytes) loaded.set(needed, recalled(d, bytes))
    }
  }
  return { key, at: turn.at, shared: d.state.shared, loaded }
}

export const leave = (d: DeskAtWork, turn: Turn, archiveKey: string, item: unknown): void => {
  const bytes = freeze(item)
  remember(d.state.archived, archiveKey)
  turn.closed.set(archiveKey, bytes)
}

/** Puts an item back after a change: open, or retired in part or in whole. */
export const settle = (d: DeskAtWork, turn: Turn, key: string, item: unknown): void => {
  for (const part of d.desk.retire?.(item) ?? []) leave(d, turn, partKey(part.key), part.item)
  if (d.desk.isClosed?.(item)) {
    d.state.items.delete(key)
    d.state.traces.delete(key)
    d.wakes.delete(key)
    leave(d, turn, itemKey(key), item)
    return
  }
  d.state.items.set(key, item)
  scheduleWake(d, key, item)
}

export const scheduleWake = (d: DeskAtWork, key: string, item: unknown): void => {
  const at = d.desk.wakeAt?.(item)
  if (at === undefined) d.wakes.delete(key)
  else d.wakes.set(key, at)
}

/** What an input led to: decided now, or read from the entry that recorded it. */
export type Voice = (input: Input<Typed, Typed, Typed>, item: unknown, context: Context<unknown>) => Decision<Typed>

export const applyTo = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  key: string,
  input: Input<Typed, Typed, Typed>,
  voice: Voice,
  traceparent: string,
  speak: boolean,
): Decision<Typed> => {
  const found = itemOf(d, turn, fetched, key)
  let { item } = found
  const message = input.kind === 'command' ? input.command : input.kind === 'heard' ? input.fact : undefined
  const context = contextOf(d, turn, fetched, key, message)
  if (input.kind === 'heard') item = d.desk.evolve(item, input.fact, turn.at, input.evidence)
  const decision = voice(input, item, context)
  const trace = (d.desk.keepsTrace && d.state.traces.peek(key)) || traceparent
  for (const fact of decision.facts) {
    if (speak) say(d.speaker, d.state, turn, fact, trace)
    item = d.desk.evolve(item, fact, turn.at)
  }
  if (found.open || input.kind === 'heard' || decision.facts.length > 0) {
    settle(d, turn, key, item)
    if (d.desk.keepsTrace && trace !== '' && d.state.items.has(key) && d.state.traces.peek(key) !== trace)
      d.state.traces.set(key, trace)
  }
  d.state.open.rest()
  return decision
}
