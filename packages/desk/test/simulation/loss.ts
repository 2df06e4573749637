/** What recovery is for: a database set back to an earlier copy of itself, a log that is gone; and what to do about it. */
import { topicNamed, partitionsOf, commandsTopic } from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import type { Database } from '../../src/memory/database.ts'
import { memoryPorts } from '../../src/memory/engines.ts'
import { deskId } from '../../src/record.ts'
import { rebuildTail, type RebuiltTail } from '../../src/recovery/journal-tail.ts'
import { straysOf, type Stray } from '../../src/recovery/strays.ts'
import { simulatedDesks } from './desks.ts'
import { codeVersion, coreLimits, desksPerKind, type Town } from './town.ts'

const collections = [
  'journal',
  'snapshotHeaders',
  'snapshotChunks',
  'archive',
  'views',
  'positions',
  'keys',
] as const satisfies readonly (keyof Database)[]

export type Collection = (typeof collections)[number]

/** A backup of one moment; `only` some collections, for one that was not. Restoring it forgets everything since. */
export const backUp = (database: Database, only: readonly Collection[] = collections): (() => void) => {
  const kept = only.map(
    (name) => [database[name] as Map<string, unknown>, structuredClone([...database[name]])] as const,
  )
  return () => {
    for (const [collection, documents] of kept) {
      collection.clear()
      for (const [id, document] of documents) collection.set(id, document)
    }
  }
}

/** Runs the town's steps until this has ended. */
export const pump = async <T>(town: Town, work: Promise<T>): Promise<T> => {
  let over = false
  const end = (): void => void (over = true)
  work.then(end, end)
  await town.world.run(() => over, 200_000)
  if (!over) throw new Error('nothing more happens, and it has not ended')
  return work
}

export const allDesks = (): { readonly desk: AnyDesk; readonly partition: number; readonly id: string }[] =>
  simulatedDesks.flatMap((desk) =>
    Array.from({ length: partitionsOf(topicNamed(commandsTopic(desk.name)), desksPerKind) }, (_, partition) => ({
      desk,
      partition,
      id: deskId(desk.name, partition),
    })),
  )

let recoveries = 0

export const recoverJournals = async (
  town: Town,
  options: { readonly fromFirstEntry?: boolean } = {},
): Promise<{ readonly tails: readonly RebuiltTail[]; readonly strays: readonly Stray[] }> => {
  const reader = `recovery-${++recoveries}`
  const { log, store, clock } = memoryPorts(town.engines, town.world.process(reader))
  const tails: RebuiltTail[] = []
  for (const { desk, partition } of allDesks())
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
