/** The table of contenders in open loop. */
import { markdown } from '../../report/markdown.ts'
import { count } from '../../report/tables.ts'
import { tellDelays, tellMs } from '../delays.ts'
import { type Headline } from '../results.ts'
import type { OpenLoopOf, StepFigures } from './sending-on.ts'

export interface ContenderFigures {
  readonly name: string
  readonly title: string
  /** By its drain, once warm: records that a match needs. */
  readonly eventsPerSecond: number
  readonly steps: readonly StepFigures[]
}

/** Below this part of the rate asked for, what is measured is the sender. */
const KEPT_UP = 0.98

const tellStep = ({ financed, lateness, cores, ...step }: StepFigures): string[] => {
  const { sender = 0, ...box } = cores
  const hasKeptUp = step.reachedPerSecond >= step.legsPerSecond * KEPT_UP
  return [
    `${step.share * 100} %`,
    `${count(step.legsPerSecond)}, ${count(step.reachedPerSecond)}${hasKeptUp ? '' : ' (the sender or the log did not keep up)'}`,
    tellDelays(step.matched),
    financed ? tellDelays(financed) : '–',
    lateness ? tellMs(lateness.p99) : '–',
    Object.values(box).map(String).join(' / '),
    String(sender),
  ]
}

export const tellOpenLoopOf = ({ match, times }: OpenLoopOf, contenders: readonly ContenderFigures[]): string[] => [
  `Each contender first drains ${count(match.orders)} orders, which gives its own rate and warms it; then legs are due at shares of that rate,`,
  `for ${times.seconds} s after ${times.warmUpSeconds} s, those of one order over ${times.spreadSeconds} s. Delays run from the moment at which the last leg was due, whenever it was sent.`,
  'The peer stops at the match, which Triflow tells, too; its decision to finance is one desk further. The sender shares the cores.',
  '',
  ...markdown(
    [
      'contender, its rate in events per second',
      'share',
      'legs per second: due, on the log',
      'last matching leg due → match seen, ms: p50 / p90 / p99 / p99.9 / max',
      'last leg due → financing decision seen, ms',
      'sender late, p99 ms',
      'cores: application / broker / store',
      'sender',
    ],
    contenders.flatMap(({ title, eventsPerSecond, steps }) =>
      steps.map((step, index) => [index === 0 ? `${title}, ${count(eventsPerSecond)}` : '', ...tellStep(step)]),
    ),
  ),
]

/** For the table over all workloads. */
export const openLoopHeadlines = ({ title, eventsPerSecond, steps }: ContenderFigures): Headline[] =>
  steps.map(({ share, matched }) => ({
    what: `${title} at ${share * 100} % of its ${count(eventsPerSecond)} events per second: last leg due → match seen, ms: p50 / p99 / max`,
    figure: matched ? [matched.p50, matched.p99, matched.most].map(tellMs).join(' / ') : 'none',
  }))
