/** What recovery is for: a database set back to an earlier copy of itself, a log that is gone; and what to do about it. */
import { encodeMessage, fullNameOf } from '@triflow/contracts'
import { memoryPorts } from '../../src/memory/engines.ts'
import { rebuildTail, type RebuiltTail } from '../../src/recovery/journal-tail.ts'
import { rebuildLog, type RebuiltLog } from '../../src/recovery/log-from-journals.ts'
import { placesOf } from '../../src/recovery/places.ts'
import { straysOf, type Stray } from '../../src/recovery/strays.ts'
import { simulatedDesks } from './desks.ts'
import { codeVersion, coreLimits, desksPerKind, type Town, type Wish } from './town.ts'

/** Runs the town's steps until this has ended. */
export const pump = async <T>(town: Town, work: Promise<T>): Promise<T> => {
  let over = false
  const end = (): void => void (over = true)
  work.then(end, end)
  await town.world.run(() => over, 200_000)
  if (!over) throw new Error('nothing more happens, and it has not ended')
  return work
}

export const allDesks = placesOf(simulatedDesks, desksPerKind)

/** What doors remember of these wishes; the town's own door keeps nothing. */
export const claimKeys = ({ engines }: Town, wishes: readonly Wish[]): void => {
  for (const { id, desk, key, command } of wishes)
    engines.database.keys.set(id, {
      id,
      bodyHash: new Uint8Array(32),
      desk,
      key,
      type: fullNameOf(command.type),
      command: encodeMessage(command),
      actor: 'tester',
    })
}

let recoveries = 0

export const recoverLog = async (town: Town): Promise<RebuiltLog> => {
  const reader = `recovery-${++recoveries}`
  const { log, store, keys, clock } = memoryPorts(town.engines, town.world.process(reader))
  return pump(town, rebuildLog({ desks: simulatedDesks, desksPerKind, log, store, keys, clock, reader }))
}

export const recoverJournals = async (
  town: Town,
  options: { readonly fromFirstEntry?: boolean } = {},
): Promise<{ readonly tails: readonly RebuiltTail[]; readonly strays: readonly Stray[] }> => {
  const reader = `recovery-${++recoveries}`
  const { log, store, clock } = memoryPorts(town.engines, town.world.process(reader))
  const tails: RebuiltTail[] = []
  for (const { desk, partition } of allDesks)
    tails.push(
      await pump(
        town,
        rebuildTail({
          desk,
          partition,
          desks: desksPerKind,
          log,
          store,
          clock,
          codeVersion,
          reader,
          limits: coreLimits,
          ...options,
        }),
      ),
    )
  const strays = await pump(town, straysOf(log, reader, new Map(tails.map((tail) => [tail.desk, tail.through]))))
  return { tails, strays }
}
