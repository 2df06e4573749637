/** `recover views`: forgets the views of a service and folds them again from the first fact. */
import { foldToEnd, laneName, RecoveryRefused, type AnyView, type Log, type Views } from '@triflow/desk'
import { forgetViews, openStores, systemClock, viewsOf, viewsReader } from '@triflow/platform'
import type { Progress } from '../report/progress.ts'
import { JourneyProblem } from '../surroundings.ts'
import { allServices } from '../verify/services.ts'
import type { Connections } from './connections.ts'

export interface ViewsRecovered {
  readonly service: string
  readonly views: number
  readonly seconds: number
}

export const recoverViews = async (
  { mongo, log, desks, witness, ensureTopics }: Connections,
  { service: wanted }: { readonly service?: string },
  progress: Progress,
): Promise<readonly ViewsRecovered[]> => {
  const services = allServices.filter(({ name }) => wanted === undefined || name === wanted)
  if (services.length === 0)
    throw new JourneyProblem(
      `There is no service ${wanted} with views.`,
      `Choose one of ${allServices.map(({ name }) => name).join(', ')}.`,
    )
  await ensureTopics()
  const recovered: ViewsRecovered[] = []
  const bar = progress.bar('services', services.length)
  for (const service of services) {
    const started = Date.now()
    const { name } = service
    const views = viewsOf(service).map(({ definition }) => definition)
    const reader = viewsReader(name)
    const { views: store } = await openStores(service, mongo)
    const lanes = Array.from({ length: desks }, (_, partition) => laneName(reader, partition))
    await refuseWithoutFacts(log, store, views, lanes)
    await forgetViews(
      mongo,
      name,
      views.map((view) => view.name),
      lanes,
    )
    let folded = 0
    let told = started
    const counting = {
      ...witness,
      count: (metric: string, value: number) => {
        if (metric !== 'triflow_view_facts') return
        folded += value
        if (Date.now() - told < 5_000) return
        told = Date.now()
        progress.say(`  ${name}: ${folded} facts folded`)
      },
    }
    await foldToEnd({ reader, views, log, store, clock: systemClock, witness: counting })
    recovered.push({ service: name, views: views.length, seconds: (Date.now() - started) / 1_000 })
    bar.advance(1, name)
  }
  return recovered
}

/** Nothing is forgotten that could not be folded again: the topics must begin at their first record and reach what was read. */
const refuseWithoutFacts = async (
  log: Log,
  store: Views,
  views: readonly AnyView[],
  lanes: readonly string[],
): Promise<void> => {
  const positions = await Promise.all(lanes.map((lane) => store.position(lane)))
  for (const topic of new Set(views.flatMap(({ hears }) => hears)))
    for (const [partition, { low, high }] of await log.bounds(topic)) {
      const read = Math.max(0, ...positions.map((position) => position?.next[`${topic}/${partition}`] ?? 0))
      if (low === 0 && read <= high) continue
      throw new RecoveryRefused(
        'facts-missing',
        `${topic}/${partition} holds ${low} to ${high}, and the views had read it from its first record to ${read}: run ./triflow recover topics first`,
      )
    }
}

export const tellViews = (recovered: readonly ViewsRecovered[]): readonly string[] =>
  recovered.map(
    ({ service, views, seconds }) => `${service}: ${views} views folded from the first fact in ${seconds.toFixed(1)} s`,
  )
