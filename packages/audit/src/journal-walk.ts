/** Reads one desk's journal from an entry on, page by page, and vouches for its chain. */
import { chainHash, nextEntries, sameBytes, type Clock, type Store } from '@triflow/desk'
import { Disagreement, type Covered } from './anchors.ts'

const PAGE = 100

export interface Journals {
  readonly store: Store
  readonly clock: Clock
}

/** Entries after `from`, without a gap, each chained to the one before it. */
export async function* entriesAfter({ store, clock }: Journals, desk: string, from: Covered) {
  let { sequence } = from
  let hash: Uint8Array = Buffer.from(from.hash, 'hex')
  for (;;) {
    const page = await nextEntries(store, desk, sequence + 1, PAGE)
    if (page.length === 0) return
    for (const entry of page) {
      if (entry.sequence !== sequence + 1) throw new Disagreement(`${desk}@${sequence + 1} is missing from its journal`)
      if (!sameBytes(entry.previousHash, hash) || !sameBytes(entry.hash, chainHash(hash, entry.body)))
        throw new Disagreement(`${desk}@${entry.sequence} does not follow the entry before it: its journal was changed`)
      ;({ sequence, hash } = entry)
      yield entry
    }
    await clock.sleep(0)
  }
}
