/** Reads one desk's journal from an entry on, page by page, and vouches for its chain. */
import { chainHash, sameBytes, type Clock, type JournalEntry, type Store } from '@triflow/desk'
import { Disagreement, type Covered } from './anchors.ts'

const PAGE = 100

export interface Journals {
  readonly store: Store
  readonly clock: Clock
}

/** A read of several may be stale; only this one proves a loss. */
const entrySurely = async (store: Store, desk: string, sequence: number): Promise<JournalEntry> => {
  const entry = await store.entry(desk, sequence)
  if (!entry) throw new Disagreement(`${desk}@${sequence} is missing from its journal`)
  return entry
}

/** Entries after `from`, without a gap, each chained to the one before it. */
export async function* entriesAfter({ store, clock }: Journals, desk: string, from: Covered) {
  let { sequence } = from
  let hash: Uint8Array = Buffer.from(from.hash, 'hex')
  for (;;) {
    const page = await store.entries(desk, sequence + 1, PAGE)
    const first = sequence + 1
    const gap = page.findIndex((entry, index) => entry.sequence !== first + index)
    const sound = gap < 0 ? page : [...page.slice(0, gap), await entrySurely(store, desk, first + gap)]
    for (const entry of sound) {
      if (!sameBytes(entry.previousHash, hash) || !sameBytes(entry.hash, chainHash(hash, entry.body)))
        throw new Disagreement(`${desk}@${entry.sequence} does not follow the entry before it: its journal was changed`)
      ;({ sequence, hash } = entry)
      yield entry
    }
    if (gap < 0 && page.length < PAGE) return
    await clock.sleep(0)
  }
}
