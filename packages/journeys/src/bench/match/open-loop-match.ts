/**
 * How long after the last leg of an order it is matched, while legs come at a share of the rate at which the contender
 * drains a backlog: each at its own, in one run, on the same bytes. The drain before it is also its warm-up.
 */
import type { Progress } from '../../report/progress.ts'
import type { BenchWorld } from '../bench-world.ts'
import { legs } from '../legs.ts'
import type { Outcome } from '../results.ts'
import type { Contender } from './contenders.ts'
import { runContender } from './match-run.ts'
import { prepare } from './match.ts'
import { openLoopHeadlines, tellOpenLoopOf, type ContenderFigures } from './open-loop-table.ts'
import { openSending, type OpenLoopOf, type StepFigures } from './sending-on.ts'
import { matchLegs } from './workload.ts'

export const openLoopOf = async (
  world: BenchWorld,
  plan: OpenLoopOf,
  contenders: readonly Contender[],
  progress: Progress,
): Promise<Outcome> => {
  for (const contender of contenders) await contender.prepare?.(world)
  const { workload, say } = await prepare(world, plan.match, progress)
  const all: ContenderFigures[] = []
  const wrong: string[] = []
  for (const contender of contenders) {
    progress.say(`${contender.title}: its own rate first.`)
    const bar = progress.bar(contender.name, workload.events)
    let before = 0
    const steps: StepFigures[] = []
    const undecided: string[] = []
    const { run, wrong: found } = await runContender(
      world,
      contender,
      workload,
      (told) => {
        bar.advance(Math.min(told, workload.events) - before)
        before = Math.min(told, workload.events)
      },
      async (running, { eventsPerSecondWarm }) => {
        const sending = await openSending(world, contender, plan.match, say.fork())
        try {
          for (const share of plan.shares) {
            const legsPerSecond = (share * eventsPerSecondWarm * legs.length) / matchLegs.length
            progress.say(`  ${share * 100} % of ${eventsPerSecondWarm} events per second.`)
            steps.push(await sending.step(running.pid, share, legsPerSecond, plan.times, progress))
          }
          undecided.push(...sending.wrong())
          return sending.trades()
        } finally {
          await sending.stop()
        }
      },
    )
    wrong.push(...[...found, ...undecided].map((sentence) => `${contender.name}: ${sentence}`))
    if (wrong.length > 0) break
    all.push({ name: contender.name, title: contender.title, eventsPerSecond: run.eventsPerSecondWarm, steps })
  }
  return {
    wrong,
    result: { plan, contenders: all },
    headlines: all.flatMap(openLoopHeadlines),
    table: tellOpenLoopOf(plan, all),
  }
}
