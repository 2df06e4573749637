/** `recover topics`: after the log was lost, it is rebuilt from the journals so that every saved position is right again. */
import { randomUUID } from 'node:crypto'
import {
  laneName,
  lastHeads,
  outcomesViewName,
  rebuildLog,
  RecoveryRefused,
  takeReadersBack,
  topicsOf,
  type RebuiltLog,
  type Store,
} from '@triflow/desk'
import { openKeys, openStore, openStores, systemClock } from '@triflow/platform'
import type { Bar, Progress } from '../report/progress.ts'
import { allDesks } from '../verify/desks.ts'
import { allServices } from '../verify/services.ts'
import { readersOf, type Connections } from './connections.ts'

export interface TopicsRecovered extends RebuiltLog {
  /** Partitions of readers that read some facts again, which they know by their marks. */
  readonly readersBack: number
}

/** Deletes the topics, once it is sure that no journal is behind them. Connections made before it are of no use after it. */
export const clearTopics = async (connections: Connections, progress: Progress): Promise<void> => {
  await connections.ensureTopics()
  await refuseIfLogKnowsMore(connections, await openStore(connections.mongo))
  progress.say('The journals have all that the topics tell; the topics are deleted.')
  await connections.upkeep.deleteTopics(topicsOf(allDesks))
}

export const recoverTopics = async (connections: Connections, progress: Progress): Promise<TopicsRecovered> => {
  const { mongo, log, desks, ensureTopics } = connections
  const store = await openStore(mongo)
  await ensureTopics()
  let bar: Bar | undefined
  const rebuilt = await rebuildLog({
    desks: allDesks,
    desksPerKind: desks,
    log,
    store,
    keys: openKeys(mongo),
    clock: systemClock,
    reader: `triflow.recovery.${randomUUID()}`,
    answered: await answeredBy(connections),
    onProgress: (_done, of, what) => {
      bar ??= progress.bar('journals', of)
      bar.advance(1, what)
    },
  })
  let readersBack = 0
  for (const service of allServices) {
    const { views } = await openStores(service, mongo)
    const lanes = readersOf(service).flatMap((reader) =>
      Array.from({ length: desks }, (_, partition) => laneName(reader, partition)),
    )
    readersBack += await takeReadersBack(views, lanes, rebuilt.exact)
  }
  return { ...rebuilt, readersBack }
}

/** A log that is ahead of a journal is all that is left of that journal's tail. */
const refuseIfLogKnowsMore = async ({ log }: Connections, store: Store): Promise<void> => {
  for (const desk of allDesks)
    for (const head of (await lastHeads(log, `triflow.recovery.${randomUUID()}`, desk)).values()) {
      if (await store.entry(head.desk, Number(head.sequence))) continue
      throw new RecoveryRefused(
        'journal-behind',
        `the log knows ${head.desk}@${head.sequence}, which its journal lacks: run ./triflow recover journals first, or the entry is lost for good`,
      )
    }
}

/** Commands whose outcome a service shows need not be looked for in the journals. */
const answeredBy = async ({ mongo }: Connections) => {
  const outcomes = await Promise.all(
    allServices.map(async (service) => ({
      view: outcomesViewName(service.name),
      views: (await openStores(service, mongo)).views,
    })),
  )
  return async (ids: readonly string[]): Promise<ReadonlySet<string>> => {
    const found = await Promise.all(outcomes.map(({ view, views }) => views.load(view, ids)))
    return new Set(found.flatMap((documents) => [...documents.keys()]))
  }
}

export const tellTopics = ({ consumed, said, commands, readersBack }: TopicsRecovered): readonly string[] => [
  `${consumed} records stand again at the offsets at which desks had read them`,
  `${said} records of journals follow that no desk had read yet, or that none reads; ${commands} commands were not judged yet`,
  `${readersBack} saved positions of views and connectors were taken back; what they hear again they know by its number`,
]
