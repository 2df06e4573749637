/** Makes `docs/reliability.md` of what runs have shown: every figure in it was printed by a command that it names. */
import type { LoadFigures } from '../bench/load.ts'
import { markdown } from '../report/markdown.ts'
import { count } from '../report/tables.ts'
import type { Showing } from './record.ts'
import type { DefectShowing, FaultsShowing, RecoveryShowing, SimulationShowing } from './showings.ts'

export interface Showings {
  readonly simulation: Showing<SimulationShowing> | undefined
  readonly defects: Showing<readonly DefectShowing[]> | undefined
  readonly faults: Showing<FaultsShowing> | undefined
  readonly recovery: Showing<RecoveryShowing> | undefined
  readonly load: Showing<LoadFigures> | undefined
}

const number = (value: number): string => count(Math.round(value))

const table = (...of: Parameters<typeof markdown>): string => markdown(...of).join('\n')

const shownBy = ({ command, commit, date, node, cores }: Showing<unknown>): string =>
  `\`${command}\` on ${date}, commit ${commit}, Node ${node}, ${cores} cores.`

/** A part of the document, or the command that would fill it. */
const part = <T>(
  title: string,
  showing: Showing<T> | undefined,
  ask: string,
  tell: (result: T) => readonly string[],
): string =>
  [`## ${title}`, ...(showing ? [shownBy(showing), ...tell(showing.result)] : [`Not shown yet: \`${ask}\`.`])].join(
    '\n\n',
  )

const tellSimulation = (shown: SimulationShowing): string[] => {
  const { seeds, bad, trades, steps, entries, tradesPerSecondAndCore, faults, checked, pairs } = shown
  return [
    `${number(trades)} trades in ${number(seeds)} seeds, ${number(steps)} steps, ${number(entries)} journal entries; ${bad === 0 ? 'every invariant held in every seed' : `seeds that broke an invariant: ${bad}`}. ${tradesPerSecondAndCore} trades a second and core, played and checked. ${number(pairs.met)} of ${number(pairs.possible)} pairs of step and fault were met.`,
    table(
      ['fault', 'struck'],
      Object.entries(faults).map(([name, count]) => [name, number(count)]),
    ),
    table(
      ['invariant', 'looked at'],
      Object.entries(checked).map(([name, count]) => [name, number(count)]),
    ),
  ]
}

const tellDefects = (shown: readonly DefectShowing[]): string[] => [
  `${shown.filter(({ caught }) => caught).length} of ${shown.length} were caught.`,
  table(
    ['defect', 'what it takes away', 'caught by', 'after trades'],
    shown.map(({ defect, meaning, caught, invariants, trades }) => [
      defect,
      meaning,
      caught ? invariants.join(' ') : '**not caught**',
      number(trades),
    ]),
  ),
]

const tellFaults = ({ faults, history, seconds }: FaultsShowing): string[] => {
  const results = [...new Set(faults.map(({ result }) => result))]
  const counts = results.map((result) => `${faults.filter((fault) => fault.result === result).length} ${result}`)
  return [
    `${counts.join(', ')}, in ${number(seconds)} s. After each fault was healed everything had to come to rest within 30 s, every acknowledged wish had to get its answer again, and \`verify\` had to be green.`,
    table(
      ['', 'fault', 'how it is made', 'what must hold', 'result', 'at rest after'],
      faults.map(({ id, fault, how, mustHold, result, recoverySeconds, note }) => [
        id,
        fault,
        how,
        mustHold,
        note ? `${result}: ${note}` : result,
        recoverySeconds === undefined ? '' : `${recoverySeconds} s`,
      ]),
    ),
    `What clients were told, judged from its file alone (\`./triflow check-history\`): ${history.join('; ')}.`,
  ]
}

const tellRecovery = ({ trades, database, log, acknowledged, payouts, differences }: RecoveryShowing): string[] => [
  table(
    ['lost', 'rebuilt', 'recovered in', 'services ready after'],
    [
      [
        `the database, set back to a backup: ${number(database.desksRefused)} desks refused to decide`,
        `${number(database.entriesRebuilt)} journal entries, from the log`,
        `${database.recoverySeconds} s`,
        `${database.readySeconds} s`,
      ],
      [
        'the whole log',
        `${number(log.recordsRebuilt)} records, from the journals`,
        `${log.recoverySeconds} s`,
        `${log.readySeconds} s`,
      ],
    ],
  ),
  `Both in the middle of a story of ${number(trades)} trades: ${number(acknowledged)} acknowledged wishes got the same answer again, ${number(payouts)} payouts agree with the bank's book, and ${differences.length === 0 ? 'verify was green' : `${differences.length} things differed`}.`,
]

const tellLoad = ({ capacityPerSecond, steps, caughtUpAfterMs }: LoadFigures): string[] => [
  `Capacity found: ${number(capacityPerSecond)} orders a second, engines on the same machine. After a ten-fold burst everything accepted could be read ${number(caughtUpAfterMs)} ms later.`,
  table(
    ['step', 'offered/s', 'accepted/s', '429', '503', 'p50', 'p99'],
    steps.map(({ name, offeredPerSecond, acceptedPerSecond, tenantBusy, overloaded, acceptedAfter }) => [
      name,
      number(offeredPerSecond),
      number(acceptedPerSecond),
      number(tenantBusy),
      number(overloaded),
      acceptedAfter ? `${number(acceptedAfter.p50)} ms` : '',
      acceptedAfter ? `${number(acceptedAfter.p99)} ms` : '',
    ]),
  ),
]

export const documentOf = ({ simulation, defects, faults, recovery, load }: Showings): string =>
  `${[
    '# Reliability',
    'Made by `./triflow reliability` from the files in `docs/reliability/`, which the commands below write with `--record`. What the invariants and faults are called is said in the parts; how each is checked: `packages/simulation/README.md`, `packages/journeys/README.md`.',
    part(
      'The platform in one process, from seeds',
      simulation,
      './triflow simulate --minutes 60 --record',
      tellSimulation,
    ),
    part('Planted defects', defects, './triflow simulate --defects --record', tellDefects),
    part('Real processes and engines under faults', faults, './triflow chaos --faults all --record', tellFaults),
    part('Database or log lost', recovery, './triflow recover drill --record', tellRecovery),
    part('More than it can take', load, './triflow bench load --record', tellLoad),
  ].join('\n\n')}\n`
