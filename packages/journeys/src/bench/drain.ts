/** How fast the financing service, as shipped, works through a backlog: its own process, real engines, nothing switched off. */
import { factsTopic } from '@triflow/contracts'
import { markdown } from '../report/markdown.ts'
import type { Progress } from '../report/progress.ts'
import { count } from '../report/tables.ts'
import { backlog, preload, sizeOf, type BacklogPlan } from './backlog.ts'
import type { BenchWorld } from './bench-world.ts'
import { decisionsIn } from './decisions.ts'
import { wholeBox } from './figures.ts'
import { wrongDecisions } from './gate.ts'
import { financingsOf, speakers } from './legs.ts'
import { openForTrade } from './opening.ts'
import { type Outcome } from './results.ts'
import { countsOf, tellCpu } from './service-figures.ts'
import { startFinancing } from './service-running.ts'
import { highOf, watchRun } from './watched-run.ts'

/** The service is not running yet. It learns the terms and is stopped again, so that the backlog waits for it. */
export const drain = async (world: BenchWorld, plan: BacklogPlan, progress: Progress): Promise<Outcome> => {
  const { log, adminUrl } = world
  const say = speakers(plan.desks)
  progress.say('Telling the financing service the terms.')
  await openForTrade(world, say, plan)
  await world.stop()
  const preloading = progress.bar('records preloaded', sizeOf(plan))
  const records = await preload(log, backlog(say, plan), ({ length }) => preloading.advance(length))
  const out = factsTopic('financing.obligor')
  const watch = await watchRun(world, { name: 'financing', out, alsoTells: [factsTopic('financing.trade')] })
  const running = await startFinancing(world)
  const bar = progress.bar('trades financed', plan.trades)
  let before = 0
  await watch.untilDone(
    running,
    async () => (await highOf(log, [out])) >= plan.trades,
    (told) => {
      bar.advance(told - before)
      before = told
    },
  )
  const counts = await countsOf(adminUrl)
  const events = counts.records
  const run = watch.figures(running, events)
  const wrong = wrongDecisions(financingsOf(plan, Array(plan.trades).keys()), await decisionsIn(log))
  const journalBytesPerEvent = Math.round(counts.journalBytes / events)
  const factsPerEvent = Math.round((counts.facts / events) * 100) / 100
  return {
    wrong,
    result: { plan, records, events, run, entries: counts.entries, journalBytesPerEvent, factsPerEvent },
    headlines: [
      {
        what: 'events per second, whole run and once warm; µs of whole-box CPU per event',
        figure: `${count(run.eventsPerSecond)}; ${count(run.eventsPerSecondWarm)}; ${wholeBox(run.cpuMicrosPerEvent)}`,
      },
    ],
    table: markdown(
      [`drain of ${count(plan.trades)} trades`, ''],
      [
        ['events through the financing service per second, whole run', count(run.eventsPerSecond)],
        ['after the first fifth', count(run.eventsPerSecondWarm)],
        ['CPU per event, µs', tellCpu(run.cpuMicrosPerEvent)],
        ['facts said per event', String(factsPerEvent)],
        [
          'bytes per event: wire / log / journal / disk',
          [run.wireBytesPerEvent, run.logBytesPerEvent, journalBytesPerEvent, run.writtenBytesPerEvent]
            .map(count)
            .join(' / '),
        ],
        ['journal entries', count(counts.entries)],
        ['memory of the service at its peak, MB', count(run.peakMegabytes)],
        ['records preloaded, seconds measured', `${count(records)}, ${run.seconds.toFixed(1)}`],
      ],
    ),
  }
}
