/** Reads a journal from its first entry to its last, in order, and believes only what is chained. */
import { chainHash, genesisHash, sameBytes } from '../journal.ts'
import type { JournalEntry, Store } from '../ports.ts'
import { RecoveryRefused } from './refused.ts'

const PAGE = 100

export async function* entriesOf(store: Pick<Store, 'entries'>, desk: string): AsyncGenerator<JournalEntry> {
  let hash = genesisHash
  for (let next = 1; ;) {
    const page = await store.entries(desk, next, PAGE)
    for (const entry of page) {
      const follows = entry.sequence === next && sameBytes(entry.previousHash, hash)
      if (!follows || !sameBytes(entry.hash, chainHash(hash, entry.body)))
        throw new RecoveryRefused('chain-broken', `${desk}@${entry.sequence} does not follow the entry before it`)
      hash = entry.hash
      next += 1
      yield entry
    }
    if (page.length < PAGE) return
  }
}
