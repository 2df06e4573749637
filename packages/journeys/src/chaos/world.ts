/** A world of a journey's own: fresh engines and services in a folder, every part killed and started by name. */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineName, ServiceName, World } from '../../../../launcher/processes.js'
import { JourneyProblem, surroundings, type Surroundings } from '../surroundings.ts'

const repository = join(import.meta.dirname, '../../../..')

/** The launcher is plain JavaScript; loaded when a world is wanted. */
const launcher = async () => ({
  ...(await import('../../../../launcher/processes.js')),
  ...((await import(/* @vite-ignore */ join(repository, 'launcher/world.js'))) as {
    jobEnv(world: World): Record<string, string>
  }),
})

export type Part = ServiceName | EngineName

export const services: readonly ServiceName[] = [
  'party',
  'order',
  'logistics',
  'financing',
  'payment',
  'webhook',
  'sandbox-bank',
  'gateway',
]
/** Those with desks, which are on the log: neither the bank nor the gateway is. */
export const deskServices: readonly ServiceName[] = services.filter(
  (name) => name !== 'sandbox-bank' && name !== 'gateway',
)
export const engines: readonly EngineName[] = ['kafka', 'mongo']
export const parts: readonly Part[] = [...engines, ...services]

const isEngine = (part: Part): part is EngineName => (engines as readonly string[]).includes(part)

export interface PrivateWorld {
  readonly state: string
  readonly world: World
  /** What a job in this world is told: engines, doors, keys, code version. */
  readonly env: Readonly<Record<string, string>>
  readonly surroundings: Surroundings
  pidOf(part: Part): number | undefined
  /** False only for a part of which we know that its process is gone; a container is not looked into. */
  lives(part: Part): boolean
  /** SIGKILL to all of them in the same moment; resolves when they are gone. */
  kill(victims: readonly Part[]): Promise<void>
  /** Starts a part that is not running. An engine is awaited until it serves, a service is not. */
  start(part: Part, more?: Readonly<Record<string, string>>): Promise<void>
  /** SIGKILL to services and a start, with what is to be done while they are down; resolves when all services are ready. */
  restart(victims: readonly ServiceName[], whileDown?: () => Promise<void>): Promise<void>
  /** SIGTERM, and SIGKILL when the grace is over. */
  stop(part: Part, graceMs?: number): Promise<'absent' | 'stopped' | 'killed'>
  /** Any signal to a part that runs. */
  signal(part: Part, signal: NodeJS.Signals): void
  /** From its next start on, a service is told these addresses instead of the true ones. */
  reroute(seenBy: (service: ServiceName) => World): void
  /** Where a service tells of its health and its metrics. */
  adminUrl(service: ServiceName): string
  /** Until every service says that it is ready. */
  allReady(timeoutMs?: number): Promise<void>
  /** Log lines of a service, parsed; what is no JSON is left out. */
  logOf(service: ServiceName): Record<string, unknown>[]
  /** Stops everything, data kept. */
  down(): Promise<void>
  /** Stops everything and deletes what it stored. */
  erase(): Promise<void>
}

/** Variables that name another world; a private one plans its own. */
const foreign =
  /^TRIFLOW_(KAFKA_BROKERS|MONGO_URL|GATEWAY_URL|KEYS_DIR|ANCHORS_DIR|STATE_DIR|ISSUER|[A-Z_]+_(GRPC|ADMIN))$/

const ownEnv = (state: string, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
  ...more,
  TRIFLOW_STATE_DIR: state,
})

const lastLines = (file: string, count: number): string =>
  readFileSync(file, 'utf8').split('\n').slice(-count).join('\n')

/** One verb of the launcher, its output kept in a file beside the world. */
const launch = async (
  verb: 'up' | 'down' | 'reset',
  state: string,
  env: NodeJS.ProcessEnv,
  ...options: string[]
): Promise<void> => {
  mkdirSync(state, { recursive: true })
  const file = join(state, 'launcher.log')
  const log = openSync(file, 'a')
  try {
    const child = spawn(process.execPath, [join(repository, 'launcher/main.js'), verb, ...options], {
      env,
      stdio: ['ignore', log, log],
    })
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', resolve)
    })
    if (code !== 0) throw new JourneyProblem(`./triflow ${verb} ended with ${code}:\n${lastLines(file, 20)}`)
  } finally {
    closeSync(log)
  }
}

/** Pids of whatever runs in the worlds of this process: a world dies with the job that it was opened for. */
const running = new Set<() => (number | undefined)[]>()

let armed = false

const endWithUs = (pids: () => (number | undefined)[]): void => {
  if (!armed) {
    armed = true
    process.on('exit', () => {
      for (const pid of [...running].flatMap((of) => of())) if (pid) ignoreAbsent(() => process.kill(pid, 'SIGKILL'))
    })
    // Without a handler a signal ends a process before it can clean up, and one typed at a terminal comes twice: to the
    // whole group, and from the launcher, which passes it on.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))
  }
  running.add(pids)
}

/**
 * Starts from nothing in `state`. `extra` goes into the environment of every service: what a journey wants to be
 * different from the usual, as where spans go. Of `only` engines, services are started one by one by whoever wants them.
 */
export const openWorld = async (
  state: string,
  extra: Readonly<Record<string, string>> = {},
  { only }: { readonly only?: 'engines' } = {},
): Promise<PrivateWorld> => {
  const outer = ownEnv(state, extra)
  await launch('reset', state, outer)
  await launch('up', state, outer, ...(only ? ['--engines'] : []))
  const { jobEnv, gatewayUrl, pidOf, readWorld, startEngine, startService, stopEngine, stopService, waitUntilReady } =
    await launcher()
  const world = readWorld(state)
  if (!world) throw new JourneyProblem(`The launcher left no world in ${state}.`)
  const env: Record<string, string> = { ...jobEnv(world), TRIFLOW_GATEWAY_URL: gatewayUrl(world) }
  // What a part is told when it is started again comes from the environment of this process.
  Object.assign(process.env, extra, { TRIFLOW_CODE_VERSION: env.TRIFLOW_CODE_VERSION })

  const pids = () => parts.map((part) => pidOf(part, { world }))
  endWithUs(pids)

  let seenBy = (_service: ServiceName): World => world

  /** `more` is told to this part only: what it inherits from this process is put back before anything else is started. */
  const start = async (part: Part, more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const before = Object.fromEntries(Object.keys(more).map((name) => [name, process.env[name]]))
    Object.assign(process.env, more)
    try {
      if (isEngine(part)) await startEngine(part, { world })
      else await startService(part, { world: seenBy(part), wait: false })
    } finally {
      for (const [name, value] of Object.entries(before))
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
    }
  }

  const kill = async (victims: readonly Part[]): Promise<void> => {
    for (const part of victims) {
      const pid = pidOf(part, { world })
      // Gone already is what we want.
      if (pid) ignoreAbsent(() => process.kill(pid, 'SIGKILL'))
    }
    await Promise.all(
      victims.map((part) =>
        isEngine(part)
          ? stopEngine(part, { world, signal: 'SIGKILL' })
          : stopService(part, { world, signal: 'SIGKILL' }),
      ),
    )
  }

  const allReady = async (timeoutMs = 60_000): Promise<void> => {
    await Promise.all(services.map((name) => waitUntilReady(name, { world, timeoutMs })))
  }

  return {
    state,
    world,
    env,
    surroundings: surroundings(env),
    pidOf: (part) => pidOf(part, { world }),
    lives: (part) => (isEngine(part) && world.engines[part].mode !== 'local') || pidOf(part, { world }) !== undefined,
    kill,
    start,
    restart: async (victims, whileDown) => {
      await kill(victims)
      await whileDown?.()
      await Promise.all(victims.map((victim) => start(victim)))
      await allReady()
    },
    stop: (part, graceMs) => {
      const how = { world, ...(graceMs === undefined ? {} : { graceMs }) }
      return isEngine(part) ? stopEngine(part, how) : stopService(part, how)
    },
    signal: (part, signal) => {
      const pid = pidOf(part, { world })
      if (pid) ignoreAbsent(() => process.kill(pid, signal))
    },
    reroute: (next) => {
      seenBy = next
    },
    adminUrl: (service) => `http://127.0.0.1:${world.services[service].ports.admin}`,
    allReady,
    logOf: (service) =>
      readFileSync(join(state, 'logs', `${service}.log`), 'utf8')
        .split('\n')
        .flatMap((line) => {
          try {
            return [JSON.parse(line) as Record<string, unknown>]
          } catch {
            return []
          }
        }),
    down: async () => {
      await launch('down', state, outer)
      running.delete(pids)
    },
    erase: async () => {
      running.delete(pids)
      await launch('reset', state, outer)
      rmSync(join(state, 'run'), { recursive: true, force: true })
    },
  }
}

const ignoreAbsent = (work: () => void): void => {
  try {
    work()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until `done`; false when the time is over. */
export const eventually = async (
  done: () => Promise<boolean> | boolean,
  timeoutMs: number,
  everyMs = 100,
): Promise<boolean> => {
  const end = Date.now() + timeoutMs
  for (;;) {
    if (await done()) return true
    if (Date.now() > end) return false
    await sleep(everyMs)
  }
}

/** Where private worlds live: beside the world that this job was started for, never in it. */
export const stateFor = (name: string): string =>
  join(process.env.TRIFLOW_STATE_DIR ?? join(repository, '.triflow'), name)
