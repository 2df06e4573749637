/** Snapshots, folded from the journal beside the working day: what is written down is only what has been acknowledged. */
import type { AnyDesk } from '@triflow/kernel'
import type { CoreLimits } from './core.ts'
import type { Clock, Store, Witness } from './ports.ts'
import { restore } from './takeover.ts'

export const createSnapshots = (
  desk: AnyDesk,
  desks: number,
  store: Store,
  clock: Clock,
  witness: Witness,
  codeVersion: string,
  limits?: CoreLimits,
) => {
  const wanted = new Set<number>()
  let busy = false
  let stopped = false

  /** Reads the last snapshot and the entries since, and writes the next one. What left open state is archived first. */
  const take = async (partition: number): Promise<void> => {
    const startedAt = clock.now()
    const { core } = await restore(desk, partition, desks, store, clock, codeVersion, limits)
    const { sequence, entryHash } = core.state()
    const leaving = core.unarchived()
    if (leaving.length > 0) await store.archive(desk.name, leaving)
    const bytes = core.snapshot(codeVersion)
    await store.saveSnapshot({ desk: core.id, sequence, entryHash, bytes })
    witness.say('info', 'snapshot-taken', { desk: core.id, sequence, bytes: bytes.length, ms: clock.now() - startedAt })
  }

  const run = async (): Promise<void> => {
    busy = true
    for (const partition of wanted) {
      if (stopped) break
      wanted.delete(partition)
      try {
        await take(partition)
      } catch (error) {
        witness.say('warn', 'snapshot-failed', { desk: desk.name, partition, error: String(error) })
      }
    }
    busy = false
  }

  return {
    request: (partition: number): void => {
      wanted.add(partition)
      if (!busy && !stopped) void run()
    },
    stop: (): void => {
      stopped = true
    },
  }
}
