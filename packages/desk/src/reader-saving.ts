/** Saves how far a reader has come: documents first, positions after, and never behind what another owner has saved. */
import type { Clock, Views, Witness } from './ports.ts'
import { furthest, type Lane } from './reader-lane.ts'
import { laneName } from './reader-numbering.ts'

export interface PositionKeeping {
  readonly reader: string
  readonly store: Pick<Views, 'position' | 'savePosition'>
  readonly clock: Clock
  readonly witness: Witness
  readonly everyMs: number
  /** The assignment that is being read; once it is over, its positions are the next owner's to write. */
  readonly assigned: () => { readonly epoch: number; readonly lanes: Iterable<Lane> }
  readonly stopping: () => boolean
}

export interface PositionKeeper {
  /** What is unsaved is saved within `everyMs`, and again until it is. */
  saveSoon(): void
  /** Tries each lane once. Only what a handler has finished is in `handled`. */
  save(): Promise<void>
}

export const keepPositions = (keeping: PositionKeeping): PositionKeeper => {
  const { reader, store, clock, witness, everyMs, assigned, stopping } = keeping
  let saving: Promise<void> = Promise.resolve()
  let due = false

  const saveOne = async (lane: Lane): Promise<void> => {
    lane.unsaved = false
    const name = laneName(reader, lane.partition)
    const position = furthest(lane)
    try {
      if (await store.savePosition(name, position)) lane.saved = position
      else {
        // An owner before or after us has saved, or a save of ours whose answer was lost.
        lane.saved = (await store.position(name)) ?? { version: 0, next: {}, marks: {} }
        lane.unsaved = true
        saveSoon()
      }
    } catch (error) {
      lane.unsaved = true
      witness.say('warn', 'reader-position-not-saved', { reader, partition: lane.partition, error: String(error) })
      saveSoon()
    }
  }

  const save = (): Promise<void> =>
    (saving = saving.then(async () => {
      const { epoch, lanes } = assigned()
      for (const lane of [...lanes]) if (lane.unsaved && epoch === assigned().epoch) await saveOne(lane)
    }))

  const saveSoon = (): void => {
    if (due || stopping()) return
    due = true
    void clock.sleep(everyMs).then(() => {
      due = false
      return save()
    })
  }

  return { saveSoon, save }
}
