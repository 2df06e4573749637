/** Asked at a takeover: is this the log that the desk has read and written before, and is the journal as long as the log knows? */
import { Halted } from './core.ts'
import { sameBytes } from './journal.ts'
import type { HeldDesk, Premises } from './premises.ts'
import { headOf } from './publishing.ts'

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

/** The last head on the log says how far this desk has written: a journal behind it was restored from an old backup. */
export const checkHead = async (
  { store, clock, heads }: Premises,
  desk: HeldDesk,
  bounds: Bounds,
  wanted: () => boolean,
): Promise<void> => {
  const { low, high } = bounds.get(heads)!
  if (high <= low) return
  const place = { topic: heads, partition: desk.partition }
  const record = await desk.inbox.readOne(place, high - 1, clock, wanted)
  if (!record) return
  const head = headOf(record)
  const state = desk.core.state()
  if (head && Number(head.sequence) > state.sequence) {
    // The owner before us may have written on after we read the journal; only an entry that is not there is a loss.
    if (await store.entry(desk.id, Number(head.sequence)))
      throw new Error(`the journal of ${desk.id} has moved on to ${head.sequence}`)
    throw new Halted(
      'journal-behind',
      `${desk.id} ends at ${state.sequence}, the log knows ${head.sequence}, so its database was restored: rebuild its tail with ./triflow recover journals (docs/recovery.md)`,
    )
  }
  if (head && Number(head.sequence) === state.sequence && !sameBytes(head.hash, state.entryHash)) {
    throw new Halted('journal-differs', `${desk.id}@${state.sequence} is not the entry whose head is on the log`)
  }
}
