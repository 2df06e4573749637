/** Reads a journal from its first entry to its last, in order, and believes only what is chained. */
import { chainHash, genesisHash, sameBytes } from '../journal.ts'
import { nextEntries } from '../journal-page.ts'
import type { JournalEntry, Store } from '../ports.ts'
import { RecoveryRefused } from './refused.ts'

const PAGE = 100

export async function* entriesOf(store: Pick<Store, 'entries' | 'entry'>, desk: string): AsyncGenerator<JournalEntry> {
  let hash = genesisHash
  for (let next = 1; ;) {
    const page = await nextEntries(store, desk, next, PAGE)
    if (page.length === 0) return
    for (const entry of page) {
      const follows = entry.sequence === next && sameBytes(entry.previousHash, hash)
      if (!follows || !sameBytes(entry.hash, chainHash(hash, entry.body)))
        throw new RecoveryRefused('chain-broken', `${desk}@${entry.sequence} does not follow the entry before it`)
      hash = entry.hash
      next += 1
      yield entry
    }
  }
}

/** The last entry of a journal that is known to reach an entry. */
export const tailFrom = async (
  store: Pick<Store, 'entries' | 'entry'>,
  desk: string,
  reached: number,
): Promise<number> => {
  for (let tail = reached; ;) {
    const later = await nextEntries(store, desk, tail + 1, PAGE)
    if (later[0]?.sequence !== tail + 1) return tail
    tail += later.length
  }
}
