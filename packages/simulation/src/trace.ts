/** A number for everything that happened in a run: two runs of one seed that differ anywhere differ in it. */
import { createHash } from 'node:crypto'
import { deskWire, encodeAs } from '@triflow/contracts'
import { canonical, openEntry, thaw } from '@triflow/desk'
import type { Step } from '@triflow/desk/memory'
import type { Town } from './town/town.ts'

export interface Trace {
  take(step: Step): void
  /** Ends with what stands in the journals, so that a difference in content shows even where the steps are alike. */
  end(town: Town): string
}

export const openTrace = (): Trace => {
  // FNV-1a over each step: fast enough to take all of them.
  let hash = 0x811c9dc5
  const add = (text: string): void => {
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return {
    take: ({ process, label }) => {
      add(process)
      add(label)
    },
    end: ({ engines }) => {
      const books = createHash('sha256').update(`${hash >>> 0}`)
      for (const [id, entry] of engines.database.journal) {
        const { loaded, ...body } = openEntry(entry)
        books.update(id).update(encodeAs(deskWire.EntryBody, { ...body, loaded: [] }))
        // Of equal items the runtime may make unequal bytes: it tells arrays apart by what it has seen of others before.
        for (const { key, absent, item } of loaded) books.update(key).update(absent ? '' : canonical(thaw(item)))
      }
      return books.digest('hex').slice(0, 16)
    },
  }
}
