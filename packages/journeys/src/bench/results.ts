/** What workloads have shown, kept in `bench/results`: a page and its figures for each, and one table over all of them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdown } from '../report/markdown.ts'
import { showingOf, type Showing } from '../reliability/record.ts'

const folder = join(import.meta.dirname, '../../../../bench/results')

/** Every workload that can be kept, in the order of the one table. */
export const titles = {
  match: 'The match of three flows, beside Kafka Streams',
  financing: 'The whole financing path, with limits that are reached and released',
  'open-loop': 'From the last leg to the decision, at shares of each contender’s own rate',
  rate: 'From the last leg to the decision, at a fixed rate of legs',
  restart: 'kill -9 with many open trades, until every desk decides again',
  load: 'The public door: authenticated orders with idempotency keys, answered by their desk',
  replay: 'Journals folded without snapshots, and decided again',
  growth: 'What an event costs as open trades and partitions grow',
  drain: 'A backlog of trades through the financing service',
  rules: 'The trade desk’s rules by themselves',
} as const
export type WorkloadName = keyof typeof titles

/** A figure that the one table tells. */
export interface Headline {
  readonly what: string
  readonly figure: string
}

/** What a workload came to. */
export interface Outcome {
  /** Lines of Markdown. */
  readonly table: readonly string[]
  /** What was not as it must be, in sentences: with any of them there is no figure. */
  readonly wrong: readonly string[]
  readonly headlines: readonly Headline[]
  /** Everything that was measured, for programs. */
  readonly result: unknown
}

export interface Recorded extends Showing<unknown> {
  readonly workload: WorkloadName
  readonly headlines: readonly Headline[]
}

/** Amounts are bigints, which JSON does not know. */
const json = (value: unknown): string =>
  `${JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part), 2)}\n`

const pageOf = ({ workload, command, commit, date, node, cores }: Recorded, table: readonly string[]): string[] => [
  `# ${titles[workload]}`,
  '',
  `\`${command}\`, ${date}, commit ${commit}, Node ${node}, ${cores} cores that everything shares, the bench included. How to read it: [README](../README.md).`,
  '',
  ...table,
]

/** Replaces what the last recorded run of this workload showed, and the table over all; resolves with the file of its page. */
export const record = (workload: WorkloadName, command: string, { table, headlines, result }: Outcome): string => {
  const recorded: Recorded = { workload, headlines, ...showingOf(command, result) }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${workload}.json`), json(recorded))
  const page = join(folder, `${workload}.md`)
  writeFileSync(page, `${pageOf(recorded, table).join('\n')}\n`)
  const all = readAll()
  writeFileSync(join(folder, 'README.md'), `${overview(all).join('\n')}\n`)
  writeFileSync(join(folder, 'all.json'), json(all.map(({ result: _, ...told }) => told)))
  return page
}

const readAll = (): Recorded[] =>
  (Object.keys(titles) as WorkloadName[]).flatMap((workload) => {
    try {
      return [JSON.parse(readFileSync(join(folder, `${workload}.json`), 'utf8')) as Recorded]
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  })

/** The one table as it is now. */
export const overviewNow = (): string[] => overview(readAll())

/** The one table. Workloads may have been run apart: each names its command, its day and its code. */
export const overview = (all: readonly Recorded[]): string[] => [
  '# All workloads',
  '',
  'Written by `./triflow bench`, and by `./triflow bench WORKLOAD --record`, from what each workload last showed with its gate',
  'green. Figures of different days or machines do not compare. The same for programs: `all.json`.',
  '',
  ...markdown(
    ['workload', 'what', 'figure', 'command', 'date, commit'],
    all.flatMap(({ workload, headlines, command, date, commit }) =>
      headlines.map(({ what, figure }, index) =>
        index === 0
          ? [`[${workload}](${workload}.md)`, what, figure, `\`${command}\``, `${date}, ${commit}`]
          : ['', what, figure, '', ''],
      ),
    ),
  ),
]
