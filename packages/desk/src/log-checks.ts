/** Asked at a takeover: is this the log that the desk has read and written before, and is the journal as long as the log knows? */
import { Halted } from './core.ts'
import { sameBytes } from './journal.ts'
import type { HeldDesk, Premises } from './premises.ts'
import { HEADS_LOOKED_AT, headOfDesk } from './publishing.ts'

/** First offset still held and next offset to be written, by topic. */
export type Bounds = ReadonlyMap<string, { readonly low: number; readonly high: number }>

export const boundsOf = async ({ log, inputs, heads }: Premises, partition: number): Promise<Bounds> => {
  const found = new Map<string, { low: number; high: number }>()
  for (const topic of [...inputs, heads]) {
    const bounds = (await log.bounds(topic)).get(partition)
    if (!bounds) throw new Halted('partition-missing', `${topic} has no partition ${partition}`)
    found.set(topic, bounds)
  }
  return found
}

/** Positions are never reset: outside the log means a person decides. */
export const checkPositions = (
  { inputs }: Premises,
  id: string,
  state: { readonly next: ReadonlyMap<string, number> },
  bounds: Bounds,
): void => {
  for (const topic of inputs) {
    const { low, high } = bounds.get(topic)!
    const next = state.next.get(topic) ?? 0
    if (next < low)
      throw new Halted(
        'log-trimmed',
        `${id} is at ${next} of ${topic}, whose first record is ${low}: rebuild the log with ./triflow recover topics (docs/recovery.md)`,
      )
    if (next > high)
      throw new Halted(
        'log-behind',
        `${id} is at ${next} of ${topic}, which ends at ${high}, so it was lost: rebuild it with ./triflow recover topics (docs/recovery.md)`,
      )
  }
}

/**
 * The furthest head on the log says how far this desk has written: a journal behind it was restored from an old backup.
 * The last hundred are looked at. Where none can be read, the log knows no more than the journal if it never had more
 * heads than that has entries, for every entry was told at least once; else a person must look. What a stranger wrote under
 * another key was no head, which is known where all records are looked at.
 */
export const checkHead = async (
  { store, clock, witness, heads }: Premises,
  desk: HeldDesk,
  bounds: Bounds,
  wanted: () => boolean,
): Promise<void> => {
  const { low, high } = bounds.get(heads)!
  if (high <= low) return
  const from = Math.max(low, high - HEADS_LOOKED_AT)
  const place = { topic: heads, partition: desk.partition }
  const records = await desk.inbox.readStretch(place, from, high, clock, wanted)
  const told = records.map((record) => headOfDesk(desk.id, record)).filter((head) => head !== undefined)
  if (!wanted()) return
  const state = desk.core.state()
  if (told.length === 0) {
    const ownKey = Buffer.from(desk.id)
    const toldMost = from === 0 ? records.filter(({ key }) => key && sameBytes(key, ownKey)).length : high
    if (toldMost > state.sequence)
      throw new Halted(
        'heads-unreadable',
        `none of the last ${high - from} records of ${place.topic}/${desk.partition} is a head of ${desk.id} that can be read, so nobody knows whether its journal is whole: see docs/recovery.md`,
      )
    witness.say('warn', 'heads-unreadable', { desk: desk.id, topic: place.topic, records: high - from })
    return
  }
  const furthest = told.reduce((best, head) => (head.sequence > best.sequence ? head : best))
  if (Number(furthest.sequence) > state.sequence) {
    // The owner before us may have written on after we read the journal; only an entry that is not there is a loss.
    if (await store.entry(desk.id, Number(furthest.sequence)))
      throw new Error(`the journal of ${desk.id} has moved on to ${furthest.sequence}`)
    throw new Halted(
      'journal-behind',
      `${desk.id} ends at ${state.sequence}, the log knows ${furthest.sequence}, so its database was restored: rebuild its tail with ./triflow recover journals (docs/recovery.md)`,
    )
  }
  if (told.some(({ sequence, hash }) => Number(sequence) === state.sequence && !sameBytes(hash, state.entryHash)))
    throw new Halted('journal-differs', `${desk.id}@${state.sequence} is not the entry whose head is on the log`)
}
