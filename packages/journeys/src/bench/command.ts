/** `triflow bench`: figures of the product as shipped, on engines of its own, with what they cost. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Command } from 'commander'
import { drain, type DrainFigures } from './drain.ts'

const repository = join(import.meta.dirname, '../../../..')

interface Options {
  readonly trades: string
  readonly debtors: string
  readonly lines: string
  readonly window: string
  readonly profile?: string
}

const launcher = (state: string, ...args: string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, TRIFLOW_STATE_DIR: state, TRIFLOW_ENGINES_JVM: 'steady', TRIFLOW_LOG_LEVEL: 'warn' }
    const child = spawn(join(repository, 'triflow'), args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`./triflow ${args.join(' ')} ended with ${code}`)),
    )
  })

const runDrain = async (options: Options): Promise<void> => {
  const state = join(repository, '.triflow', 'bench')
  await launcher(state, 'reset')
  await launcher(state, 'up')
  process.env.TRIFLOW_STATE_DIR = state
  const { pidOf, readWorld, serviceNames, startService, stopService } =
    await import('../../../../launcher/processes.js')
  try {
    for (const name of serviceNames) await stopService(name)
    // Only the service that is measured is started after this.
    if (options.profile) process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${options.profile}`
    const world = readWorld(state)!
    const desks = Number(process.env.TRIFLOW_DESKS ?? 4)
    const figures = await drain({
      env: { ...process.env, TRIFLOW_KAFKA_BROKERS: world.engines.kafka.address },
      plan: {
        trades: Number(options.trades),
        desks,
        debtors: Number(options.debtors),
        linesPerOrder: Number(options.lines),
        window: Number(options.window),
      },
      enginePids: Object.fromEntries((['kafka', 'mongo'] as const).map((name) => [name, pidOf(name) ?? 0])),
      start: () => startService('financing', { world, wait: false }),
      stop: () => stopService('financing'),
      say: (line) => process.stderr.write(`${line}\n`),
    })
    for (const line of table(figures)) console.log(line)
  } finally {
    await launcher(state, 'down')
  }
}

const table = (f: DrainFigures): string[] => {
  const cpu = Object.entries(f.cpuMicrosPerEvent)
  const whole = Math.round(cpu.reduce((sum, [, micros]) => sum + micros, 0) * 10) / 10
  return [
    `| drain of ${f.trades} trades | |`,
    '|---|---|',
    `| events through the financing service per second, whole run | ${f.eventsPerSecond} |`,
    `| after the first fifth | ${f.eventsPerSecondWarm} |`,
    `| CPU per event, µs | ${cpu.map(([name, micros]) => `${name} ${micros}`).join(', ')}; whole box ${whole} |`,
    `| facts said per event | ${f.factsPerEvent} |`,
    `| journal bytes per event | ${f.journalBytesPerEvent} |`,
    `| journal entries | ${f.entries} |`,
    `| memory of the service, MB | ${f.rssMegabytes} |`,
    `| records preloaded, seconds measured | ${f.records}, ${f.seconds.toFixed(1)} |`,
  ]
}

export const register = (program: Command): void => {
  const bench = program.command('bench').description('measure the product as shipped')
  bench
    .command('drain', { isDefault: true })
    .description('events per second through the financing service, from a preloaded backlog')
    .option('--trades <n>', 'trades in the backlog', '40000')
    .option('--debtors <n>', 'debtors that they are spread over', '40')
    .option('--lines <n>', 'lines per order', '5')
    .option('--window <n>', 'trades whose legs are interleaved', '5000')
    .option('--profile <dir>', 'write a CPU profile of the service there')
    .action(runDrain)
}
