/** `triflow bench`: figures of the product as shipped, on engines of its own, with what they cost. */
import { InvalidArgumentError, type Command } from 'commander'
import { atLeastOne } from '../whole-number.ts'
import { shaped, shapeOf, workload, type Kept, type Shaped } from './options.ts'
import { inWorld, told } from './running.ts'
import { usualContenders } from './match/usual-contenders.ts'

const names = (text: string): string[] => text.split(',')

/** "0.5,0.8": parts of a rate. */
const shares = (text: string): number[] =>
  text.split(',').map((part) => {
    const share = Number(part)
    if (!(share > 0 && share <= 2)) throw new InvalidArgumentError('Each must be above 0 and at most 2, as in 0.5,0.8.')
    return share
  })

interface Backlog extends Shaped {
  readonly trades: number
  readonly window: number
}

const backlogOf = (bench: Command, name: string, description: string, full: string, trades: number): Command =>
  shaped(bench, name, description, full)
    .option('--trades <n>', 'trades in the backlog', atLeastOne, trades)
    .option('--window <n>', 'trades whose legs are interleaved', atLeastOne, 5_000)

const registerMatch = (bench: Command): void => {
  const full = { orders: 500_000, window: 50_000, rounds: 5 }
  interface Given extends Shaped {
    readonly orders: number
    readonly window: number
    readonly rounds: number
    readonly seed: number
    readonly contenders: string[]
    readonly claims: boolean
  }
  shaped(
    bench,
    'match',
    'the match of three flows by the product and by a Kafka Streams peer, on the same bytes',
    `${full.orders} orders, shuffled within ${full.window}, ${full.rounds} rounds`,
  )
    .option('--orders <n>', 'orders in the backlog', atLeastOne, 20_000)
    .option('--window <n>', 'orders whose legs arrive shuffled', atLeastOne, 5_000)
    .option('--rounds <n>', 'runs of each contender, in turn', atLeastOne, 2)
    .option('--contenders <names>', 'which ones, with commas, or all', names, usualContenders)
    .option('--seed <n>', 'of oddities and arrival', atLeastOne, 1)
    .option('--no-claims', 'tell debtors nothing of the invoices: the product matches, and finances nothing')
    .action(async (given: Given) => {
      const { contenders, contendersNamed } = await import('./match/contenders.ts')
      // A name that nobody has is told before anything is started.
      const chosen = given.contenders.includes('all') ? contenders : contendersNamed(given.contenders)
      await inWorld('match', given, async (world, progress) => {
        const { match } = await import('./match/match.ts')
        const { orders, window, rounds } = given.full ? full : given
        const plan = { ...shapeOf(world, given), orders, window, seed: given.seed, withClaims: given.claims }
        return match(world, plan, { contenders: chosen, rounds }, progress)
      })
    })
}

const registerFinancing = (bench: Command): void => {
  const full = { trades: 200_000, window: 20_000 }
  backlogOf(
    bench,
    'financing',
    'the whole financing path: one hot debtor, limits that are reached and released, cash that comes back',
    `${full.trades} trades`,
    10_000,
  )
    .option('--hot <percent>', 'of the trades that one debtor has', atLeastOne, 30)
    .action((given: Backlog & { hot: number }) =>
      inWorld('financing', given, async (world, progress) => {
        const { financing } = await import('./financing/financing.ts')
        const { trades, window } = given.full ? full : given
        const plan = { ...shapeOf(world, given), trades, window, hotPercent: given.hot }
        return financing(world, plan, progress)
      }),
    )
}

const registerDrain = (bench: Command): void => {
  const full = { trades: 200_000, window: 20_000 }
  const description = 'events per second through the financing service, from a preloaded backlog, without limits'
  backlogOf(bench, 'drain', description, `${full.trades} trades`, 20_000).action((given: Backlog) =>
    inWorld('drain', given, async (world, progress) => {
      const { drain } = await import('./drain.ts')
      const { trades, window } = given.full ? full : given
      return drain(world, { ...shapeOf(world, given), trades, window }, progress)
    }),
  )
}

const registerRules = (bench: Command): void => {
  const full = { orders: 50_000, window: 20_000 }
  const description = "what the trade desk's rules cost by themselves, in this process: CPU, bytes told, bytes kept"
  shaped(bench, 'rules', description, `${full.orders} orders`)
    .option('--orders <n>', 'orders whose flows are matched, as bench match tells them', atLeastOne, 10_000)
    .option('--window <n>', 'orders whose legs arrive shuffled', atLeastOne, 5_000)
    .option('--rounds <n>', 'runs that are timed', atLeastOne, 9)
    .action((given: Shaped & { orders: number; window: number; rounds: number }) =>
      told('rules', given.record, async (progress) => {
        const { rules } = await import('./rules.ts')
        const { tradeRules } = await import('@triflow/financing/desks')
        const { orders, window } = given.full ? full : given
        const { rounds, debtors, lines } = given
        const bar = progress.bar('rounds', rounds)
        const plan = { desks: 1, debtors, linesPerOrder: lines, orders, window, rounds }
        return rules(tradeRules, plan, () => bar.advance(1))
      }),
    )
}

const registerOpenLoop = (bench: Command): void => {
  const full = { orders: 100_000, seconds: 60, warmUp: 15 }
  interface Given extends Shaped {
    readonly rate: number
    readonly seconds: number
    readonly warmUp: number
    readonly spread: number
    readonly seed: number
    readonly contender?: string[]
    readonly share: number[]
    readonly orders: number
  }
  shaped(
    bench,
    'open-loop',
    'delay from the last leg of a trade to its decision, legs being due at a fixed rate',
    `${full.seconds} s after ${full.warmUp} s, capacity from ${full.orders} orders`,
  )
    .option('--rate <n>', 'legs per second, over all topics: the product alone', atLeastOne, 200)
    .option('--contender <names>', 'these, with commas, each at shares of its own rate, instead of --rate', names)
    .option('--share <parts>', 'which shares of a contender’s rate, with commas', shares, [0.5, 0.8])
    .option('--orders <n>', 'in the backlog from which a contender’s rate is taken', atLeastOne, 10_000)
    .option('--seconds <n>', 'that are counted', atLeastOne, 20)
    .option('--warm-up <n>', 'seconds at the same rate that are not', atLeastOne, 10)
    .option('--spread <n>', 'seconds over which the legs of one trade come', atLeastOne, 2)
    .option('--seed <n>', 'of the order in which legs come', atLeastOne, 1)
    .action(async (given: Given) => {
      const { seconds, warmUp, orders } = given.full ? full : given
      const times = { seconds, warmUpSeconds: warmUp, spreadSeconds: given.spread, seed: given.seed }
      if (!given.contender)
        return inWorld('rate', given, async (world, progress) => {
          const { openLoop } = await import('./open-loop.ts')
          return openLoop(world, { ...shapeOf(world, given), ...times, ratePerSecond: given.rate }, progress)
        })
      const { decidersNamed } = await import('./match/contenders.ts')
      const contenders = decidersNamed(given.contender)
      await inWorld('open-loop', given, async (world, progress) => {
        const { openLoopOf } = await import('./match/open-loop-match.ts')
        const plan = {
          ...shapeOf(world, given),
          orders,
          window: Math.min(orders, 5_000),
          seed: given.seed,
          withClaims: true,
        }
        return openLoopOf(world, { match: plan, times, shares: given.share }, contenders, progress)
      })
    })
}

const registerRestart = (bench: Command): void => {
  const full = { trades: 1_000_000, window: 20_000, sample: 2_000 }
  backlogOf(
    bench,
    'restart',
    'time from kill -9 of the financing service until all its desks decide again',
    `${full.trades} open trades`,
    50_000,
  )
    .option('--sample <n>', 'open trades that are completed afterwards', atLeastOne, 500)
    .action((given: Backlog & { sample: number }) =>
      inWorld('restart', given, async (world, progress) => {
        const { restart } = await import('./restart.ts')
        const { trades, window, sample } = given.full ? full : given
        return restart(world, { ...shapeOf(world, given), trades, window, sample }, progress)
      }),
    )
}

const registerReplay = (bench: Command): void => {
  const full = { trades: 100_000, window: 20_000 }
  const description = 'entries and events per second when journals are folded without snapshots, and decided again'
  backlogOf(bench, 'replay', description, `${full.trades} trades`, 10_000).action((given: Backlog) =>
    inWorld('replay', given, async (world, progress) => {
      const { replay } = await import('./replay.ts')
      const { trades, window } = given.full ? full : given
      return replay(world, { ...shapeOf(world, given), trades, window }, progress)
    }),
  )
}

const registerGrowth = (bench: Command): void => {
  const full = { held: [10_000, 100_000, 1_000_000], partitions: [4, 16, 48], trades: 20_000, rounds: 3 }
  const numbers = (text: string): number[] => text.split(',').map(atLeastOne)
  const ascending = (text: string): number[] => [...new Set(numbers(text))].sort((a, b) => a - b)
  interface Given extends Shaped {
    readonly held: number[]
    readonly partitions: number[]
    readonly trades: number
    readonly rounds: number
  }
  shaped(
    bench,
    'growth',
    'what an event costs as open trades and partitions grow',
    `${full.held.join(', ')} open trades, ${full.partitions.join(', ')} partitions, ${full.trades} trades drained ${full.rounds} times`,
    200,
  )
    .option('--held <numbers>', 'open trades already held, with commas', ascending, [10_000, 50_000])
    .option('--partitions <numbers>', 'of each topic, with commas; the first has all of --held', numbers, [4, 16, 48])
    .option('--trades <n>', 'trades drained beside those that are held', atLeastOne, 5_000)
    .option('--rounds <n>', 'drains of each row; their median counts', atLeastOne, 2)
    .action((given: Given) =>
      told('growth', given.record, async (progress) => {
        const { growth } = await import('./growth.ts')
        const { held, partitions, trades, rounds } = given.full ? full : given
        const { debtors, lines, profile } = given
        return growth({ held, partitions, trades, rounds, debtors, linesPerOrder: lines }, profile, progress)
      }),
    )
}

const registerLoad = (bench: Command): void => {
  const full = { seconds: 60, short: 10 }
  interface Given extends Kept {
    readonly seconds: number
    readonly short: number
    readonly tenants: number
    readonly reliability: boolean
  }
  workload(
    bench,
    'load',
    'what the doors do with 50, 100 and 200 % of what the platform can take',
    `${full.seconds} s of each step`,
  )
    .option('--seconds <n>', 'of each step at a fixed rate', atLeastOne, 20)
    .option('--short <n>', 'seconds of each number of callers, and of the burst', atLeastOne, 5)
    .option('--tenants <n>', 'buyers who send, at least two', atLeastOne, 4)
    .option('--no-reliability', 'with --record: do not keep it for docs/reliability.md as well')
    .action((given: Given) =>
      told('load', given.record, async (progress) => {
        const { inLoadWorld } = await import('./load-world.ts')
        const { load } = await import('./load.ts')
        const { seconds, short } = given.full ? full : given
        const tenants = Math.max(2, given.tenants)
        const outcome = await inLoadWorld({ say: progress.say, tenants }, (world) =>
          load(world, { seconds, shortSeconds: short }, progress),
        )
        if (given.record && given.reliability && outcome.wrong.length === 0) {
          const { keepShowing } = await import('../reliability/record.ts')
          const command = `./triflow bench load --seconds ${seconds} --short ${short} --tenants ${tenants}`
          keepShowing('load', command, outcome.result)
        }
        return outcome
      }),
    )
}

const registerAll = (bench: Command): void => {
  bench
    .command('all', { isDefault: true })
    .description('every workload in turn, shortened, each kept in bench/results, with one table over all of them')
    .option('--full', 'the long form of each')
    .action(async ({ full }: { full?: boolean }) => {
      const { runAll } = await import('./all.ts')
      if (!(await runAll(full === true))) process.exitCode = 1
    })
}

export const register = (program: Command): void => {
  const bench = program.command('bench').description('measure the product as shipped')
  for (const add of [
    registerAll,
    registerMatch,
    registerFinancing,
    registerOpenLoop,
    registerRestart,
    registerLoad,
    registerReplay,
    registerGrowth,
    registerDrain,
    registerRules,
  ])
    add(bench)
}
