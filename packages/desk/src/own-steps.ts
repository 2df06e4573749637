/** Inputs that come from no log: an item's alarm, and the steps of a broadcast's sweep through all items. */
import { decodeMessage } from '@triflow/contracts'
import { applyTo } from './applying.ts'
import type { DeskAtWork } from './desk-at-work.ts'
import type { Sweep } from './state.ts'
import { decideNow, guarded, noteOwn } from './taking.ts'
import type { Turn } from './turn.ts'

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

export const takeSweepStep = (d: DeskAtWork, turn: Turn, fetched: ReadonlyMap<string, Uint8Array>): void => {
  const sweep = d.state.sweeps[0]
  if (!sweep) return
  const key = sweep.current || nextSweepKey(d, sweep.after)
  if (key === undefined) {
    d.state.sweeps.shift()
    d.sweepKeys = undefined
    return noteOwn(turn, 'sweep-done', '', '', 'applied', 0)
  }
  const before = turn.facts.length
  const identity = `sweep:${sweep.type}:${key}`
  let cursor: string | undefined
  if (!d.undecidable.has(identity)) {
    const cause = decodeMessage(sweep.type, sweep.value)
    cursor = guarded(identity, () =>
      applyTo(d, turn, fetched, key, { kind: 'sweep', cause, cursor: sweep.within }, decideNow(d), '', true),
    ).cursor
  }
  moveSweep(sweep, key, cursor ?? '')
  noteOwn(turn, 'sweep', key, cursor ?? '', 'applied', turn.facts.length - before)
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
