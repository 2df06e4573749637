/** Writes to the archive what has left desks: one call at a time, with everything that has left meanwhile in the next. */
import type { ArchivedItem, Clock, Store, Witness } from './ports.ts'

export interface Leaving {
  readonly desk: string
  readonly items: readonly ArchivedItem[]
  /** False when the desk was lost meanwhile: what is not written yet is the next owner's to write. */
  readonly wanted: () => boolean
  /** Called once, when the archive has them. */
  readonly archived: () => void
}

export interface Archiver {
  /** Tries until it succeeds; until then the items are with the desk, and nobody waits. */
  push(leaving: Leaving): void
  /** Resolves once the archive has all that was pushed before, whoever asks; not at all when work stops before that. */
  flushed(desk: string): Promise<void>
}

export const createArchiver = (
  kind: string,
  store: Pick<Store, 'archive'>,
  clock: Clock,
  witness: Witness,
  stopped: () => boolean,
): Archiver => {
  let waiting: Leaving[] = []
  let busy = false

  const write = async (batch: readonly Leaving[]): Promise<void> => {
    for (let attempt = 0; !stopped(); attempt++) {
      const wanted = batch.filter((one) => one.wanted())
      if (wanted.length === 0) return
      try {
        await store.archive(
          kind,
          wanted.flatMap(({ items }) => items),
        )
        for (const one of wanted) if (one.wanted()) one.archived()
        return
      } catch (error) {
        const desks = [...new Set(wanted.map(({ desk }) => desk))]
        witness.say('warn', 'archive-unwritten', { desks, attempt, error: String(error) })
        await clock.sleep(Math.min(5_000, 50 * 2 ** attempt))
      }
    }
  }

  const run = async (): Promise<void> => {
    busy = true
    while (waiting.length > 0 && !stopped()) {
      const batch = waiting
      waiting = []
      await write(batch)
    }
    busy = false
  }

  const push = (leaving: Leaving): void => {
    waiting.push(leaving)
    if (!busy) void run()
  }

  return {
    push,
    flushed: (desk) =>
      busy ? new Promise((archived) => push({ desk, items: [], wanted: () => true, archived })) : Promise.resolve(),
  }
}
