/**
 * Snapshots of desks at work: captured with an entry, written down once that entry is in the journal. Most of them are what
 * has changed since the last one; when the changes outgrow the whole state that they follow, it is written anew.
 */
import type { Archiver } from './archiver.ts'
import type { CapturedState } from './core.ts'
import type { Clock, SnapshotHeader, Store, Witness } from './ports.ts'
import type { HeldDesk, OfficeLimits } from './premises.ts'

/**
 * Changes up to this many bytes never call for a whole state. Each holds the bookkeeping anew, some hundred kilobytes, so that
 * a small desk is read from a handful of pieces, however often it was written down.
 */
const CHANGED_LEAST = 1024 * 1024

export interface Snapshots {
  /** Captures the state of the entry just drafted, if one is due. */
  readonly captureIfDue: (desk: HeldDesk) => CapturedState | undefined
  /** The entry that the state was captured with is in the journal. */
  readonly save: (desk: HeldDesk, captured: CapturedState) => Promise<void>
}

export const createSnapshots = (
  store: Pick<Store, 'saveSnapshot'>,
  archiver: Pick<Archiver, 'flushed'>,
  clock: Clock,
  witness: Witness,
  codeVersion: string,
  limits: Pick<OfficeLimits, 'snapshotEveryEntries' | 'snapshotEveryBytes'>,
  stopped: () => boolean,
): Snapshots => {
  const captureIfDue = (desk: HeldDesk): CapturedState | undefined => {
    const { entriesSinceSnapshot, bytesSinceSnapshot, snapshot } = desk
    if (desk.savingSnapshot) return undefined
    if (entriesSinceSnapshot < limits.snapshotEveryEntries && bytesSinceSnapshot < limits.snapshotEveryBytes)
      return undefined
    desk.entriesSinceSnapshot = 0
    desk.bytesSinceSnapshot = 0
    desk.savingSnapshot = true
    if (snapshot && snapshot.changedBytes > Math.max(snapshot.wholeBytes, CHANGED_LEAST)) desk.snapshot = undefined
    return desk.core.capture(desk.snapshot === undefined)
  }

  const headerOf = (desk: HeldDesk, { sequence, entryHash, bytes }: CapturedState): SnapshotHeader => ({
    desk: desk.id,
    sequence,
    entryHash,
    codeVersion,
    wholeBytes: desk.snapshot?.wholeBytes ?? bytes,
    changedBytes: desk.snapshot ? desk.snapshot.changedBytes + bytes : 0,
  })

  /** What left open state is in the archive before a snapshot without it is kept: a lost desk's may not come there. */
  const saveOnce = async (desk: HeldDesk, captured: CapturedState): Promise<void> => {
    const { epoch } = desk
    const startedAt = clock.now()
    await archiver.flushed(desk.id)
    if (desk.epoch !== epoch) return
    const header = headerOf(desk, captured)
    const isKept = await store.saveSnapshot(header, captured.pieces(), desk.snapshot?.sequence)
    // Another owner's stands, whose changes are not ours: the next one is whole.
    desk.snapshot = isKept ? header : undefined
    const { sequence, bytes } = captured
    witness.say('info', 'snapshot-taken', { desk: desk.id, sequence, bytes, isKept, ms: clock.now() - startedAt })
  }

  const save = async (desk: HeldDesk, captured: CapturedState): Promise<void> => {
    const { epoch } = desk
    for (let attempt = 0; desk.epoch === epoch && !stopped(); attempt++) {
      try {
        await saveOnce(desk, captured)
        desk.savingSnapshot = false
        return
      } catch (error) {
        witness.say('warn', 'snapshot-failed', { desk: desk.id, attempt, error: String(error) })
        await clock.sleep(Math.min(30_000, 100 * 2 ** attempt))
      }
    }
  }

  return { captureIfDue, save }
}
