/** The `Keys` port over the in-memory database, for one process. */
import type { KeyRecord, Keys } from '../ports.ts'
import { copyBytes } from './copy.ts'
import type { Database } from './database.ts'
import type { Process } from './world.ts'

const copyKey = (record: KeyRecord): KeyRecord => ({
  ...record,
  bodyHash: copyBytes(record.bodyHash),
  command: copyBytes(record.command),
})

export const createMemoryKeys = (database: Database, process: Process): Keys => {
  const claimOne = (record: KeyRecord): KeyRecord | undefined => {
    const there = database.keys.get(record.id)
    if (there) return copyKey(there)
    database.keys.set(record.id, copyKey(record))
    return undefined
  }
  return {
    list: (after, limit) =>
      process.call('keys.list', () =>
        [...database.keys.values()]
          .filter(({ id }) => id > after)
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .slice(0, limit)
          .map(copyKey),
      ),
    claim: (records) => {
      const copies = records.map(copyKey)
      return process.call(
        `keys.claim x${records.length}`,
        () => copies.map(claimOne),
        () => copies.filter(() => database.world.random() < 0.5).forEach(claimOne),
      )
    },
  }
}
