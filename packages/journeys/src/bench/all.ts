/** All workloads in turn, each as the command that repeats it alone, in a process of its own. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { overviewNow } from './results.ts'

const cli = join(import.meta.dirname, '../cli.ts')

const alike = (...args: string[]) => ({ short: args, full: args })

/** In the order of running, with what the long form is told besides `--full`. */
const commands: readonly { readonly short: readonly string[]; readonly full: readonly string[] }[] = [
  { short: ['match', '--rounds', '1'], full: ['match'] },
  alike('financing'),
  alike('open-loop', '--contender', 'triflow,peer-rocksdb-eos-1'),
  alike('open-loop', '--rate', '1000'),
  alike('restart'),
  {
    short: ['load', '--no-reliability', '--seconds', '10', '--short', '3'],
    // docs/reliability.md is made anew by another command, and what it is made of is kept when that is wanted.
    full: ['load', '--no-reliability'],
  },
  alike('replay'),
  alike('growth'),
  alike('drain'),
  alike('rules'),
]

export const commandsOf = (full: boolean): readonly (readonly string[])[] =>
  commands.map((each) => [...(full ? [...each.full, '--full'] : each.short), '--record'])

/** True when every gate was green. A workload whose gate was not leaves what it showed before where it is; the others go on. */
export const runAll = async (full: boolean): Promise<boolean> => {
  const failed: string[] = []
  for (const [index, args] of commandsOf(full).entries()) {
    const told = `./triflow bench ${args.join(' ')}`
    console.error(`\n${index + 1} of ${commands.length}: ${told}`)
    const { code, interrupted } = await run(args)
    if (code !== 0) failed.push(told)
    if (interrupted) break
  }
  for (const line of overviewNow()) console.log(line)
  for (const told of failed) console.error(`Without a figure: ${told}`)
  return failed.length === 0
}

interface Ended {
  readonly code: number
  readonly interrupted: boolean
}

const signals = ['SIGINT', 'SIGTERM'] as const

const run = (args: readonly string[]): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, cli, 'bench', ...args], { stdio: 'inherit' })
    let interrupted = false
    // It takes its world down; nothing is begun after it.
    const pass = (signal: NodeJS.Signals): void => {
      interrupted = true
      child.kill(signal)
    }
    const ended = (): void => signals.forEach((signal) => void process.removeListener(signal, pass))
    signals.forEach((signal) => process.on(signal, pass))
    child.once('error', (error) => {
      ended()
      reject(error)
    })
    child.once('exit', (code) => {
      ended()
      resolve({ code: code ?? 1, interrupted })
    })
  })
