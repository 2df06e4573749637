/** The next entries of a journal, read as fast as any server answers and proven where they seem to end or one is lacking. */
import type { JournalEntry, Store } from './ports.ts'

/**
 * Entries without a gap, at most `count`; empty only where the journal ends. A read of several may be stale, so whether
 * entry `next` is there is asked once more, linearizably: where the answer begins later, it is surely missing.
 */
export const nextEntries = async (
  store: Pick<Store, 'entries' | 'entry'>,
  desk: string,
  next: number,
  count: number,
): Promise<readonly JournalEntry[]> => {
  const page = await store.entries(desk, next, count)
  if (page[0]?.sequence !== next) {
    const entry = await store.entry(desk, next)
    if (entry) return [entry]
  }
  const gap = page.findIndex(({ sequence }, index) => sequence !== page[0]!.sequence + index)
  return gap < 0 ? page : page.slice(0, gap)
}
