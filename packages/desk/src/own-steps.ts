/** Inputs that come from no log: an item's alarm, and the steps of a broadcast's sweep through all items. */
import { decodeMessage, type deskWire } from '@triflow/contracts'
import type { Typed } from '@triflow/kernel'
import { applyTo } from './applying.ts'
import type { DeskAtWork } from './desk-at-work.ts'
import type { Sweep } from './state.ts'
import { decideNow, guarded, noteOwn } from './taking.ts'
import { sayOwn, type Turn } from './turn.ts'

export const takeTick = (d: DeskAtWork, turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, key: string): void => {
  const identity = `tick:${key}`
  if (!d.state.items.has(key) || d.undecidable.has(identity)) {
    d.wakes.delete(key)
    return
  }
  const before = turn.facts.length
  guarded(identity, () => applyTo(d, turn, fetched, key, { kind: 'tick' }, decideNow(d), '', true))
  noteOwn(turn, 'tick', key, '', 'applied', turn.facts.length - before)
}

/**
 * One step of the oldest sweep. `bug` is what made the rules throw at this very step when it was first decided: such an
 * item is passed over and becomes a dead letter, and the sweep goes on.
 */
export const takeSweepStep = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  bug?: string,
): void => {
  const sweep = d.state.sweeps[0]
  if (!sweep) return
  const key = sweep.current || nextSweepKey(d, sweep.after)
  if (key === undefined) {
    d.state.sweeps.shift()
    d.sweepKeys = undefined
    return noteOwn(turn, 'sweep-done', '', '', 'applied', 0)
  }
  const before = turn.facts.length
  const identity = sweepIdentity(sweep, key)
  const known = bug ?? d.undecidable.get(identity)
  if (known !== undefined) {
    deadSweepStep(d, turn, sweep, key, known)
    moveSweep(sweep, key, '')
    return noteOwn(turn, 'sweep', key, '', 'dead', turn.facts.length - before)
  }
  const cause = decodeMessage(sweep.type, sweep.value)
  const step = { kind: 'sweep', cause, cursor: sweep.within } as const
  // An item that its own step before has closed is done.
  const cursor = d.state.items.has(key)
    ? guarded(identity, () => applyTo(d, turn, fetched, key, step, decideNow(d), '', true)).cursor
    : undefined
  moveSweep(sweep, key, cursor ?? '')
  noteOwn(turn, 'sweep', key, cursor ?? '', 'applied', turn.facts.length - before)
}

/** Of this sweep alone: the same item is tried again by the next one. */
const sweepIdentity = (sweep: Sweep, key: string): string =>
  `sweep:${sweep.type}:${Buffer.from(sweep.value).toString('base64')}:${key}`

const deadSweepStep = (d: DeskAtWork, turn: Turn, sweep: Sweep, key: string, detail: string): void => {
  const message: deskWire.DeadLettered & Typed = {
    type: 'DeadLettered',
    topic: '',
    partition: d.speaker.partition,
    offset: 0n,
    reason: 'undecidable',
    detail,
    key: Buffer.from(key),
    value: sweep.value,
    headers: [],
    desk: d.id,
    parksKey: false,
  }
  sayOwn(d.speaker, d.state, turn, message, key, '')
}

export const moveSweep = (sweep: Sweep, key: string, cursor: string): void => {
  sweep.current = cursor === '' ? '' : key
  sweep.within = cursor
  if (cursor === '') sweep.after = key
}

const nextSweepKey = (d: DeskAtWork, after: string): string | undefined => {
  d.sweepKeys ??= [...d.state.items.keys()].sort()
  let low = 0
  let high = d.sweepKeys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (d.sweepKeys[middle]! <= after) low = middle + 1
    else high = middle
  }
  for (; low < d.sweepKeys.length; low++) if (d.state.items.has(d.sweepKeys[low]!)) return d.sweepKeys[low]
  return undefined
}
