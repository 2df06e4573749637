/** Reads a journal from its first entry to its last, in order, and believes only what is chained. */
import { chainHash, genesisHash, sameBytes } from '../journal.ts'
import type { JournalEntry, Store } from '../ports.ts'
import { RecoveryRefused } from './refused.ts'

const PAGE = 100

export async function* entriesOf(store: Pick<Store, 'entries' | 'entry'>, desk: string): AsyncGenerator<JournalEntry> {
  let hash = genesisHash
  for (let next = 1; ;) {
    const page = await pageFrom(store, desk, next)
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
    const later = await pageFrom(store, desk, tail + 1)
    if (later.length === 0) return tail
    tail += later.length
  }
}

/** A read of several may be stale; only a linearizable one proves that an entry is not there. */
const pageFrom = async (
  store: Pick<Store, 'entries' | 'entry'>,
  desk: string,
  next: number,
): Promise<readonly JournalEntry[]> => {
  const page = await store.entries(desk, next, PAGE)
  if (page.length > 0) return page
  const entry = await store.entry(desk, next)
  return entry ? [entry] : []
}
