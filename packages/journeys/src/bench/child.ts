/** A program that is measured: a process of its own that ends with this one. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { JourneyProblem } from '../surroundings.ts'

const GRACE_MS = 20_000

export interface Running {
  readonly pid: number
  /** Throws when it has ended by itself. */
  check(): void
  /** Lets it finish what it holds. */
  stop(): Promise<void>
}

export const startChild = (
  command: string,
  args: readonly string[],
  options: { readonly logFile: string; readonly env?: NodeJS.ProcessEnv },
): Running => {
  mkdirSync(dirname(options.logFile), { recursive: true })
  const log = openSync(options.logFile, 'a')
  const child = spawn(command, args, { env: options.env ?? process.env, stdio: ['ignore', log, log] })
  closeSync(log)
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  void ended.then(() => process.removeListener('exit', kill))
  if (child.pid === undefined) throw new JourneyProblem(`${command} cannot be run.`)
  return {
    pid: child.pid,
    check: () => {
      if (child.exitCode === null && child.signalCode === null) return
      throw new JourneyProblem(`${command} ended during its run.`, `Its last lines are in ${options.logFile}.`)
    },
    stop: async () => {
      child.kill('SIGTERM')
      const late = setTimeout(kill, GRACE_MS)
      await ended
      clearTimeout(late)
    },
  }
}
