/** `triflow bench`: figures of the product as shipped, on engines of its own, with what they cost. */
import type { Command } from 'commander'
import { atLeastOne } from '../whole-number.ts'
import { consoleProgress, type Progress } from '../report/progress.ts'
import { keepShowing } from '../reliability/record.ts'
import { inBenchWorld, type BenchWorld } from './bench-world.ts'
import { usualContenders } from './match/usual-contenders.ts'

const WRONG_SHOWN = 10

interface Measured {
  readonly table: readonly string[]
  readonly wrong: readonly string[]
}

/** Prints the table of a workload, or, when something was not as it must be, why there is none. */
const told = async (work: (progress: Progress) => Promise<Measured>): Promise<void> => {
  const progress = consoleProgress(process.stderr)
  try {
    const { table, wrong } = await work(progress)
    progress.end()
    if (wrong.length === 0) return table.forEach((line) => console.log(line))
    console.error(`No figure, because not everything was as it must be (differences: ${wrong.length}).`)
    for (const sentence of wrong.slice(0, WRONG_SHOWN)) console.error(`  ${sentence}`)
    process.exitCode = 1
  } finally {
    progress.end()
  }
}

/** Runs a workload against the financing service alone. */
const measure = (
  profile: string | undefined,
  work: (world: BenchWorld, progress: Progress) => Promise<Measured>,
): Promise<void> => told((progress) => inBenchWorld({ say: progress.say, profile }, (world) => work(world, progress)))

interface Shape {
  readonly debtors: number
  readonly lines: number
  readonly profile?: string
}

/** What all workloads are told. */
const workload = (bench: Command, name: string, description: string, isDefault = false): Command =>
  bench
    .command(name, { isDefault })
    .description(description)
    .option('--debtors <n>', 'debtors that trades are spread over', atLeastOne, 40)
    .option('--lines <n>', 'lines per order', atLeastOne, 5)
    .option('--profile <dir>', 'write a CPU profile of the service there')

const shapeOf = ({ desks }: BenchWorld, { debtors, lines }: Shape) => ({ desks, debtors, linesPerOrder: lines })

/** What `--full` stands for. */
const full = { orders: 500_000, window: 50_000, rounds: 5 }

interface MatchOptions extends Shape {
  readonly orders: number
  readonly window: number
  readonly rounds: number
  readonly seed: number
  readonly contenders: string
  readonly full?: boolean
  readonly claims: boolean
  readonly record?: boolean
}

export const register = (program: Command): void => {
  const bench = program.command('bench').description('measure the product as shipped')

  workload(bench, 'drain', 'events per second through the financing service, from a preloaded backlog', true)
    .option('--trades <n>', 'trades in the backlog', atLeastOne, 40_000)
    .option('--window <n>', 'trades whose legs are interleaved', atLeastOne, 5_000)
    .action((given: Shape & { trades: number; window: number }) =>
      measure(given.profile, async (world, progress) => {
        const { drain, tellDrain } = await import('./drain.ts')
        const { trades, window } = given
        const figures = await drain(world, { ...shapeOf(world, given), trades, window }, progress)
        return { table: tellDrain(figures), wrong: [] }
      }),
    )

  workload(bench, 'open-loop', 'delay from the last leg of a trade to its decision, at a fixed rate of legs')
    .option('--rate <n>', 'legs per second, over all topics', atLeastOne, 200)
    .option('--seconds <n>', 'that are counted', atLeastOne, 60)
    .option('--warm-up <n>', 'seconds at the same rate that are not', atLeastOne, 10)
    .option('--spread <n>', 'seconds over which the legs of one trade come', atLeastOne, 2)
    .option('--seed <n>', 'of the order in which legs come', atLeastOne, 1)
    .action((given: Shape & { rate: number; seconds: number; warmUp: number; spread: number; seed: number }) =>
      measure(given.profile, async (world, progress) => {
        const { openLoop, tellOpenLoop } = await import('./open-loop.ts')
        const { rate, seconds, warmUp, spread, seed } = given
        const times = { ratePerSecond: rate, seconds, warmUpSeconds: warmUp, spreadSeconds: spread, seed }
        const { figures, wrong } = await openLoop(world, { ...shapeOf(world, given), ...times }, progress)
        return { table: tellOpenLoop(figures), wrong }
      }),
    )

  workload(bench, 'restart', 'time from kill -9 of the financing service until all its desks decide again')
    .option('--trades <n>', 'open trades that it holds', atLeastOne, 100_000)
    .option('--window <n>', 'trades whose legs are interleaved', atLeastOne, 5_000)
    .option('--sample <n>', 'open trades that are completed afterwards', atLeastOne, 500)
    .action((given: Shape & { trades: number; window: number; sample: number }) =>
      measure(given.profile, async (world, progress) => {
        const { restart, tellRestart } = await import('./restart.ts')
        const { trades, window, sample } = given
        const plan = { ...shapeOf(world, given), trades, window, sample }
        const { figures, wrong } = await restart(world, plan, progress)
        return { table: tellRestart(figures), wrong }
      }),
    )

  bench
    .command('rules')
    .description("what the trade desk's rules cost by themselves, in this process: CPU, bytes told, bytes kept")
    .option('--orders <n>', 'orders whose flows are matched, as bench match tells them', atLeastOne, 10_000)
    .option('--window <n>', 'orders whose legs arrive shuffled', atLeastOne, 5_000)
    .option('--rounds <n>', 'runs that are timed', atLeastOne, 9)
    .option('--debtors <n>', 'debtors that orders are spread over', atLeastOne, 40)
    .option('--lines <n>', 'lines per order', atLeastOne, 5)
    .action((given: Shape & { orders: number; window: number; rounds: number }) =>
      told(async (progress) => {
        const { measureRules, tellRules } = await import('./rules.ts')
        const { tradeRules } = await import('@triflow/financing/desks')
        const { orders, window, rounds, debtors, lines } = given
        const plan = { desks: 1, debtors, linesPerOrder: lines, orders, window, rounds }
        const bar = progress.bar('rounds', rounds)
        const { figures, wrong } = measureRules(tradeRules, plan, () => bar.advance(1))
        return { table: tellRules(figures), wrong }
      }),
    )

  bench
    .command('load')
    .description('what the doors do with 50, 100 and 200 % of what the platform can take')
    .option('--seconds <n>', 'of each step at a fixed rate', atLeastOne, 20)
    .option('--short <n>', 'seconds of each number of callers, and of the burst', atLeastOne, 5)
    .option('--tenants <n>', 'buyers who send, at least two', atLeastOne, 4)
    .option('--record', 'keep the figures for docs/reliability.md', false)
    .action(
      ({ seconds, short, tenants, record }: { seconds: number; short: number; tenants: number; record: boolean }) =>
        told(async (progress) => {
          const { inLoadWorld } = await import('./load-world.ts')
          const { load, tellLoad } = await import('./load.ts')
          const { figures, wrong } = await inLoadWorld({ say: progress.say, tenants: Math.max(2, tenants) }, (world) =>
            load(world, { seconds, shortSeconds: short }, progress),
          )
          if (record && wrong.length === 0)
            keepShowing(
              'load',
              `./triflow bench load --seconds ${seconds} --short ${short} --tenants ${tenants}`,
              figures,
            )
          return { table: tellLoad(figures), wrong }
        }),
    )

  workload(bench, 'match', 'the match of three flows by the product and by a Kafka Streams peer, on the same bytes')
    .option('--orders <n>', 'orders in the backlog', atLeastOne, 20_000)
    .option('--window <n>', 'orders whose legs arrive shuffled', atLeastOne, 5_000)
    .option('--rounds <n>', 'runs of each contender, in turn', atLeastOne, 2)
    .option('--full', `the whole set: ${full.orders} orders, shuffled within ${full.window}, ${full.rounds} rounds`)
    .option('--contenders <names>', 'which ones, with commas, or all', usualContenders.join(','))
    .option('--seed <n>', 'of oddities and arrival', atLeastOne, 1)
    .option('--no-claims', 'tell debtors nothing of the invoices: the product matches, and finances nothing')
    .option('--record', 'replace bench/results/match.md and match.json')
    .action(async (given: MatchOptions) => {
      const { contenders, contendersNamed } = await import('./match/contenders.ts')
      // A name that nobody has is told before anything is started.
      const chosen = given.contenders === 'all' ? contenders : contendersNamed(given.contenders.split(','))
      await measure(given.profile, async (world, progress) => {
        const { match } = await import('./match/match.ts')
        const { recordMatch, tellMatch } = await import('./match/match-table.ts')
        const { orders, window, rounds } = given.full ? full : given
        const plan = { ...shapeOf(world, given), orders, window, seed: given.seed, withClaims: given.claims }
        const { result, wrong } = await match(world, plan, { contenders: chosen, rounds }, progress)
        if (given.record && wrong.length === 0) {
          const typed = process.argv.slice(process.argv.indexOf('bench')).join(' ')
          progress.say(`Written to ${recordMatch(`./triflow ${typed}`, result)}.`)
        }
        return { table: tellMatch(result), wrong }
      })
    })
}
