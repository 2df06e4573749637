/** A store whose snapshots can be trusted after a restore: one that is newer than its journal is not read. */
import { sameBytes } from '../journal.ts'
import type { Store } from '../ports.ts'

export const restorable = async (store: Store, desk: string, withoutSnapshots: boolean): Promise<Store> => {
  const snapshot = withoutSnapshots ? undefined : await store.snapshot(desk)
  const entry = snapshot && (await store.entry(desk, snapshot.sequence))
  const isOfJournal = snapshot && entry && sameBytes(entry.hash, snapshot.entryHash)
  return isOfJournal ? store : { ...store, snapshot: async () => undefined }
}
