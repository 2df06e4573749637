/** `recover views`: forgets the views of a service and folds them again from the first fact. */
import { foldToEnd, laneName } from '@triflow/desk'
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
    await forgetViews(
      mongo,
      name,
      views.map((view) => view.name),
      Array.from({ length: desks }, (_, partition) => laneName(reader, partition)),
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

export const tellViews = (recovered: readonly ViewsRecovered[]): readonly string[] =>
  recovered.map(
    ({ service, views, seconds }) => `${service}: ${views} views folded from the first fact in ${seconds.toFixed(1)} s`,
  )
