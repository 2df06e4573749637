/** The life of a process: configuration, start, signals, an orderly end within its time, and an honest exit code. */
import { flushCompileCache } from 'node:module'
import type { Environment } from './config.ts'

/** Below the orchestrator's own grace period, so that the end is ours. */
const STOP_WITHIN_MS = 25_000
/** Where compiled code is cached (NODE_COMPILE_CACHE), also a process that will be killed leaves it to its successor. */
const COMPILED_AFTER_MS = 10_000

export interface Running {
  stop(): Promise<void>
  /** Settles when the service ends by itself; rejects with the reason when it cannot go on. */
  readonly done?: Promise<void>
}

/**
 * Runs a service as this process. SIGTERM or SIGINT: stop in order, exit 0. A second signal, 25 s without an end, an
 * uncaught error or a service that cannot go on: exit 1, for the journal makes a restart safe.
 */
export const serveMain = async <C>(
  start: (config: C) => Promise<Running>,
  configFrom: (env: Environment) => C,
): Promise<void> => {
  const die = (event: string, error: unknown): void => {
    process.stderr.write(
      `${JSON.stringify({ level: 'error', event, cause: error instanceof Error ? { message: error.message, stack: error.stack } : String(error) })}\n`,
    )
    process.exit(1)
  }
  process.on('uncaughtException', (error) => die('uncaught exception', error))
  process.on('unhandledRejection', (error) => die('unhandled rejection', error))
  let running: Running | undefined
  let stopping = false
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) return die('second signal', signal)
    stopping = true
    if (!running) return void process.exit(0)
    setTimeout(() => die('did not stop in time', signal), STOP_WITHIN_MS).unref()
    running.stop().then(
      () => process.exit(0),
      (error) => die('did not stop cleanly', error),
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  try {
    running = await start(configFrom(process.env))
    setTimeout(flushCompileCache, COMPILED_AFTER_MS).unref()
    await running.done
  } catch (error) {
    if (!stopping) die('cannot go on', error)
  }
}
