/** The whole financing path of the product from a backlog: match, rules, limit, price, payout, cash that makes room again. */
import { decodeMessage, factsTopic, header, partitionOfKey } from '@triflow/contracts'
import { headerText, type Log, type LogRecord } from '@triflow/desk'
import { markdown } from '../../report/markdown.ts'
import type { Progress } from '../../report/progress.ts'
import { count } from '../../report/tables.ts'
import { backlog, preload, sizeOf } from '../backlog.ts'
import type { BenchWorld } from '../bench-world.ts'
import { wholeBox } from '../figures.ts'
import { debtorNamed, speakers, type Limits } from '../legs.ts'
import { openForTrade } from '../opening.ts'
import { type Outcome } from '../results.ts'
import { countsOf, tellCpu } from '../service-figures.ts'
import { startFinancing } from '../service-running.ts'
import { readAll } from '../topic-reading.ts'
import { watchRun, type WatchedRun } from '../watched-run.ts'
import { financingGate, type FinancingTold, type ObligorWords } from './financing-gate.ts'
import { startPayer } from './payer.ts'
import { HOT, limitsOf, paidTrades, type FinancingPlan } from './plan.ts'

export interface FinancingFigures {
  readonly plan: FinancingPlan
  readonly run: WatchedRun
  readonly events: number
  readonly told: FinancingTold
  readonly journalBytesPerEvent: number
  readonly factsPerEvent: number
  readonly eventsPerEntry: number
  /** The desk that judges the hot debtor: decisions that it took, those to wait included, and from its first to its last. */
  readonly hotDesk: { readonly decisions: number; readonly perSecond: number }
}

const decisions = factsTopic('financing.obligor')

/** The service is not running yet. It learns the terms and is stopped again, so that the backlog waits for it. */
export const financing = async (world: BenchWorld, plan: FinancingPlan, progress: Progress): Promise<Outcome> => {
  const say = speakers(plan.desks)
  const limits = limitsOf(plan)
  progress.say('Telling the financing service the terms.')
  await openForTrade(world, say, plan, limits)
  await world.stop()
  const preloading = progress.bar('records preloaded', sizeOf(plan))
  await preload(world.log, backlog(say, plan), ({ length }) => preloading.advance(length))

  const payer = await startPayer(world.log, say)
  const watch = await watchRun(world, {
    name: 'financing',
    out: decisions,
    alsoTells: [factsTopic('financing.trade')],
  })
  const running = await startFinancing(world)
  const paid = paidTrades(plan)
  const bar = progress.bar('claims repaid', paid)
  let repaid = 0
  await watch.untilDone(
    running,
    async () => payer.allocated() >= paid,
    () => {
      payer.check()
      const now = payer.allocated()
      bar.advance(now - repaid)
      repaid = now
    },
  )
  const counts = await countsOf(world.adminUrl)
  const run = watch.figures(running, counts.records)
  await payer.stop()
  const { told, hotDesk, wrong } = await judged(world.log, plan, limits)
  const perEvent = (value: number): number => value / counts.records
  return outcomeOf(
    {
      plan,
      run,
      events: counts.records,
      told,
      journalBytesPerEvent: Math.round(perEvent(counts.journalBytes)),
      factsPerEvent: Math.round(perEvent(counts.facts) * 100) / 100,
      eventsPerEntry: Math.round(counts.records / counts.entries),
      hotDesk,
    },
    wrong,
  )
}

/** What the obligor desks have said, read back once everything is over. */
const judged = async (log: Log, plan: FinancingPlan, limits: Limits) => {
  const gate = financingGate(plan, limits)
  const hot = hotDeskOf(plan)
  await readAll(log, decisions, (record) => {
    const fact = decodeMessage(headerText(record, header.type), record.value!)
    gate.fact(fact.type, fact as Partial<ObligorWords>)
    hot.take(record, fact.type)
  })
  return { told: gate.told(), hotDesk: hot.told(), wrong: gate.wrong() }
}

const hotDeskOf = ({ desks }: FinancingPlan) => {
  const partition = partitionOfKey(Buffer.from(debtorNamed(HOT)), desks)
  let decisions = 0
  let first = Infinity
  let last = 0
  return {
    take: (record: LogRecord, type: string): void => {
      if (record.partition !== partition || (type !== 'ClaimFinanced' && type !== 'ClaimWaiting')) return
      const at = Date.parse(headerText(record, header.time))
      decisions += 1
      first = Math.min(first, at)
      last = Math.max(last, at)
    },
    told: () => ({ decisions, perSecond: last > first ? Math.round((decisions * 1_000) / (last - first)) : 0 }),
  }
}

const outcomeOf = (figures: FinancingFigures, wrong: readonly string[]): Outcome => {
  const { plan, run, told } = figures
  return {
    wrong,
    result: figures,
    headlines: [
      {
        what: 'events per second, whole run and once warm; µs of whole-box CPU per event',
        figure: `${count(run.eventsPerSecond)}; ${count(run.eventsPerSecondWarm)}; ${wholeBox(run.cpuMicrosPerEvent)}`,
      },
      { what: 'decisions per second of the desk of the hot debtor', figure: count(figures.hotDesk.perSecond) },
    ],
    table: [
      `${count(plan.trades)} trades of ${plan.debtors} debtors, ${plan.hotPercent} % of them with one; ${plan.desks} desks of each kind, ${plan.linesPerOrder} lines per order.`,
      'Every limit is reached and released: payouts are executed at once, nine debtors of ten pay at once, one never pays.',
      'Triflow only: the Kafka Streams peer stops at the match and finances nothing.',
      '',
      ...markdown(
        ['the whole financing path', ''],
        [
          ['claims financed, each once with its amount, never above a limit', count(told.financed)],
          ['claims repaid, each of which made room', count(told.repaid)],
          [
            'claims that had to wait for a limit, and those that wait still, each named',
            `${count(told.waited)}, ${count(told.waiting)} (${told.waitingFirst.slice(0, 2).join(', ')}${told.waiting > 2 ? ', …' : ''})`,
          ],
          ['events (records consumed by trade and obligor desks) per second, whole run', count(run.eventsPerSecond)],
          ['after the first fifth', count(run.eventsPerSecondWarm)],
          ['CPU per event, µs', tellCpu(run.cpuMicrosPerEvent)],
          ['beside it the bench, which plays the payment service', String(run.benchMicrosPerEvent)],
          [
            'decisions of the hot debtor’s desk per second, those to wait included',
            `${count(figures.hotDesk.perSecond)} (${count(figures.hotDesk.decisions)} in all)`,
          ],
          [
            'bytes per event: wire / log / journal / disk',
            [run.wireBytesPerEvent, run.logBytesPerEvent, figures.journalBytesPerEvent, run.writtenBytesPerEvent]
              .map(count)
              .join(' / '),
          ],
          ['facts said per event, events per journal entry', `${figures.factsPerEvent}, ${figures.eventsPerEntry}`],
          ['memory of the service at its peak, MB', count(run.peakMegabytes)],
          [
            'events, seconds from the first to the last decision',
            `${count(figures.events)}, ${run.seconds.toFixed(1)}`,
          ],
        ],
      ),
    ],
  }
}
