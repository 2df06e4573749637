/** Snapshots, folded from the journal beside the working day: what is written down is only what has been acknowledged. */
import type { AnyDesk } from '@triflow/kernel'
import type { Clock, Store, Witness } from './ports.ts'
import type { OfficeLimits } from './premises.ts'
import { restore } from './takeover.ts'

export const createSnapshots = (
  desk: AnyDesk,
  desks: number,
  store: Store,
  clock: Clock,
  witness: Witness,
  codeVersion: string,
  limits: Pick<OfficeLimits, 'snapshotEveryEntries' | 'snapshotEveryBytes' | 'core'>,
) => {
  const wanted = new Set<number>()
  const lastBytes = new Map<number, number>()
  let busy = false
  let stopped = false

  /** Reads the last snapshot and the entries since, and writes the next one. What left open state is archived first. */
  const take = async (partition: number): Promise<void> => {
    const startedAt = clock.now()
    const { core } = await restore(desk, partition, desks, store, clock, codeVersion, limits.core)
    const { sequence, entryHash } = core.state()
    const leaving = core.unarchived()
    if (leaving.length > 0) await store.archive(desk.name, leaving)
    const bytes = core.snapshot(codeVersion)
    await store.saveSnapshot({ desk: core.id, sequence, entryHash, bytes })
    lastBytes.set(partition, bytes.length)
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
    /**
     * Whether so much was written since the last snapshot that the next is due. One of a large desk costs more, so it is
     * taken less often: a restart reads at most twice as much journal as snapshot.
     */
    isDue: (partition: number, entries: number, bytes: number): boolean =>
      entries >= limits.snapshotEveryEntries ||
      bytes >= Math.max(limits.snapshotEveryBytes, 2 * (lastBytes.get(partition) ?? 0)),
    request: (partition: number): void => {
      wanted.add(partition)
      if (!busy && !stopped) void run()
    },
    stop: (): void => {
      stopped = true
    },
  }
}
