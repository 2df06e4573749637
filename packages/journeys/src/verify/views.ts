/** `verify --views`: every view folded anew from its first fact, in memory, and compared with what is live (I13). */
import { randomUUID } from 'node:crypto'
import { compareViews, foldToEnd, type Clock, type Log, type Witness } from '@triflow/desk'
import { createDatabase, createFreeWorld, createMemoryViews } from '@triflow/desk/memory'
import { openStores, viewsOf, type Mongo } from '@triflow/platform'
import { allServices } from './services.ts'

export interface ViewsReport {
  readonly views: number
  readonly documents: number
  readonly differences: readonly string[]
}

export const verifyViews = async (
  mongo: Mongo,
  log: Log,
  clock: Clock,
  witness: Witness,
  onProgress: (service: string) => void = () => {},
): Promise<ViewsReport> => {
  let documents = 0
  let count = 0
  const differences: string[] = []
  for (const service of allServices) {
    onProgress(service.name)
    const views = viewsOf(service).map(({ definition }) => definition)
    const { views: live } = await openStores(service, mongo)
    const world = createFreeWorld()
    const store = createMemoryViews(createDatabase(world), world.process('verify'))
    // A pass of its own each time: nothing of it is saved anywhere else.
    await foldToEnd({ reader: `triflow.reading.${randomUUID()}`, views, log, store, clock, witness })
    const compared = await compareViews(views, live, store)
    count += views.length
    documents += compared.documents
    differences.push(...compared.differences.map((difference) => `view ${service.name}/${difference}`))
  }
  return { views: count, documents, differences }
}
