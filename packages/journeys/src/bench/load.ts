/** What the doors do with half, all and twice of what the platform can take; with a greedy tenant, an upload, a ten-fold burst. */
import { markdown } from '../report/markdown.ts'
import { count } from '../report/tables.ts'
import type { Progress } from '../report/progress.ts'
import { tellMs } from './delays.ts'
import { stepFigures, type StepFigures } from './load-figures.ts'
import { atOnce, atRate, spread, type Stream } from './load-traffic.ts'
import { nowMs } from './decisions.ts'
import { type Headline, type Outcome } from './results.ts'
import { CALLERS_MOST, untilCaughtUp, type LoadWorld, type Sent, type Taken } from './load-world.ts'
import { isSaturated, untilSaturated } from './saturation.ts'

export interface LoadPlan {
  /** Of each step at a fixed rate. */
  readonly seconds: number
  /** Of each number of callers while capacity is looked for, and of the burst. */
  readonly shortSeconds: number
}

export interface LoadFigures {
  readonly plan: LoadPlan
  /** Orders accepted per second at best, and how many callers that took. */
  readonly capacityPerSecond: number
  readonly capacityAtCallers: number
  readonly closedLoop: readonly StepFigures[]
  readonly steps: readonly StepFigures[]
  readonly uploadedLinesPerSecond: number
  /** After the burst, until every order that was accepted by then could be read and was known to financing. */
  readonly caughtUpAfterMs: number
}

const LINES_PER_UPLOAD = 2_000
const SAMPLE = 200

const accepted = (sent: readonly Sent[]): Sent[] => sent.filter(({ status }) => status === 201)

export const load = async (world: LoadWorld, plan: LoadPlan, progress: Progress): Promise<Outcome> => {
  const { tenants } = world
  const allAccepted: Taken[] = []

  progress.say('Looking for what it can take.')
  await atOnce(tenants, 16, plan.shortSeconds, world.submit)
  const tried = await untilSaturated(CALLERS_MOST, async (callers) => {
    const { result, watched } = await world.watching(() => atOnce(tenants, callers, plan.shortSeconds, world.submit))
    const step = stepFigures(`${callers} callers`, result, plan.shortSeconds, watched)
    allAccepted.push(...accepted(result))
    progress.say(`  ${callers} callers: ${Math.round(step.acceptedPerSecond)} orders per second`)
    return { ...step, callers }
  })
  const closedLoop = tried.map(({ callers: _, ...step }): StepFigures => step)
  const best = tried.reduce((a, b) => (b.acceptedPerSecond > a.acceptedPerSecond ? b : a))
  const capacity = best.acceptedPerSecond
  await untilCaughtUp(world, allAccepted)

  const steps: StepFigures[] = []
  /** Sends at these rates; tells all together, or each of the groups named. Ends when everything accepted is folded. */
  const step = async (
    streams: readonly Stream[],
    names: Readonly<Record<string, readonly string[]>>,
    beside: (isOver: () => boolean) => Promise<void> = async () => {},
  ): Promise<void> => {
    const label = Object.keys(names)[0]!
    const bar = progress.bar(
      label,
      streams.reduce((sum, { perSecond }) => sum + Math.floor(perSecond * plan.seconds), 0),
    )
    let over = false
    const besides = beside(() => over)
    const { result, watched } = await world
      .watching(() => atRate(streams, plan.seconds, world.submit, () => bar.advance()))
      .finally(() => (over = true))
    await besides
    for (const [name, group] of Object.entries(names))
      steps.push(
        stepFigures(
          name,
          result.filter(({ tenant }) => group.includes(tenant)),
          plan.seconds,
          watched,
        ),
      )
    allAccepted.push(...accepted(result))
    await untilCaughtUp(world, accepted(result))
  }

  for (const share of [0.5, 1, 2]) await step(spread(tenants, capacity * share), { [`${share * 100} %`]: tenants })

  const [modest, greedy] = tenants as [string, string]
  const little = { tenant: modest, perSecond: capacity * 0.05 }
  await step([little], { 'modest tenant, 5 %, alone': [modest] })
  await step([little, { tenant: greedy, perSecond: capacity * 2 }], {
    'modest tenant, 5 %, beside …': [modest],
    '… a greedy one, 200 %': [greedy],
  })

  const calm = spread(tenants, capacity * 0.2)
  await step(calm, { 'single orders, 20 %, alone': tenants })
  const uploaded: Taken[] = []
  const uploadsBegan = nowMs()
  let uploadSeconds = 0
  await step(calm, { 'single orders, 20 %, beside uploads': tenants }, async (isOver) => {
    await Promise.all(
      tenants.slice(0, 2).map(async (tenant) => {
        while (!isOver()) uploaded.push(...(await world.upload(tenant, LINES_PER_UPLOAD)))
      }),
    )
    uploadSeconds = (nowMs() - uploadsBegan) / 1_000
  })
  allAccepted.push(...uploaded)
  await untilCaughtUp(world, uploaded)

  progress.say('A ten-fold burst.')
  const burst = spread(tenants, capacity * 2)
  const before = await atRate(calm, plan.shortSeconds, world.submit)
  const { result: during, watched } = await world.watching(() => atRate(burst, plan.shortSeconds, world.submit))
  const [after, caughtUpAfterMs] = await Promise.all([
    atRate(calm, plan.shortSeconds, world.submit),
    untilCaughtUp(world, [...accepted(before), ...accepted(during)]),
  ])
  steps.push(
    stepFigures('before the burst, 20 %', before, plan.shortSeconds),
    stepFigures('ten-fold burst, 200 %', during, plan.shortSeconds, watched),
    stepFigures('after the burst, 20 %', after, plan.shortSeconds),
  )
  allAccepted.push(...accepted(before), ...accepted(during), ...accepted(after))
  await untilCaughtUp(world, accepted(after))

  const figures: LoadFigures = {
    plan,
    capacityPerSecond: capacity,
    capacityAtCallers: best.callers,
    closedLoop,
    steps,
    uploadedLinesPerSecond: uploaded.length / uploadSeconds,
    caughtUpAfterMs,
  }
  return {
    wrong: await wrongWith(world, [...closedLoop, ...steps], allAccepted),
    result: figures,
    headlines: loadHeadlines(figures),
    table: tellLoad(figures),
  }
}

/** Answers that nobody should get under any load, and accepted orders that cannot be found. */
const wrongWith = async (
  world: LoadWorld,
  steps: readonly StepFigures[],
  all: readonly Taken[],
): Promise<readonly string[]> => {
  const unexpected = steps
    .filter(({ failed }) => failed > 0)
    .map(
      ({ name, failed, offered }) =>
        `${name}: ${failed} of ${offered} orders were answered neither with yes nor with "busy"`,
    )
  const every = Math.max(1, Math.floor(all.length / SAMPLE))
  const missing: string[] = []
  for (const sent of all.filter((_, at) => at % every === 0))
    if (!(await world.isFolded(sent))) missing.push(`${sent.tenant}/${sent.number} was accepted and cannot be read`)
  return [...unexpected, ...missing]
}

const rowOf = (step: StepFigures): string[] => {
  const { acceptedAfter, refusedAfter, watched } = step
  const ms = (value: number | undefined): string => (value === undefined ? '–' : tellMs(value))
  return [
    step.name,
    step.offeredPerSecond.toFixed(0),
    step.acceptedPerSecond.toFixed(0),
    ...[step.pending, step.tenantBusy, step.overloaded, step.failed].map(count),
    ms(acceptedAfter?.p50),
    ms(acceptedAfter?.p99),
    ms(refusedAfter?.p99),
    ms(step.sentLate?.p99),
    watched ? String(watched.inHandMost) : '–',
    watched ? Object.values(watched.rssMegabytesMost).join(' / ') : '–',
  ]
}

/** For the table over all workloads. */
const loadHeadlines = ({ capacityPerSecond, capacityAtCallers, closedLoop, steps }: LoadFigures): Headline[] => {
  const atCapacity = closedLoop.find(({ acceptedPerSecond }) => acceptedPerSecond === capacityPerSecond)
  const half = steps.find(({ name }) => name === '50 %')
  const p99 = (step: StepFigures | undefined): string => (step?.acceptedAfter ? tellMs(step.acceptedAfter.p99) : 'none')
  return [
    {
      what: `orders accepted per second with ${capacityAtCallers} callers at once; p99 of the answer, ms`,
      figure: `${Math.round(capacityPerSecond)}; ${p99(atCapacity)}`,
    },
    { what: 'p99 of the answer at half of that rate, open loop, ms', figure: p99(half) },
  ]
}

const tellLoad = (figures: LoadFigures): string[] => [
  ...markdown(
    [
      'orders through the public door',
      'offered/s',
      'accepted/s',
      '202',
      '429',
      '503',
      'failed',
      'yes: p50 ms',
      'p99',
      'no: p99',
      'late: p99',
      'in hand',
      'MB gateway / order / financing',
    ],
    [...figures.closedLoop, ...figures.steps].map(rowOf),
  ),
  '',
  `100 % is ${Math.round(figures.capacityPerSecond)} orders per second, the most that was accepted in a closed loop (${figures.capacityAtCallers} callers); ${
    isSaturated(figures.closedLoop)
      ? 'twice as many callers and twice as many again brought no more than 5 %'
      : `at ${CALLERS_MOST} callers, the most that are tried, it was not saturated, so that it may take more`
  }.`,
  'Delays run from the moment at which an order was due; how late the sender was is in them and beside them.',
  `Uploads beside single orders: ${Math.round(figures.uploadedLinesPerSecond)} lines per second.`,
  `After a ten-fold burst of ${figures.plan.shortSeconds} s everything accepted was folded within ${tellMs(figures.caughtUpAfterMs)} ms.`,
]
