/** A private world in which only the engines and, when asked for, the financing service run. */
import { constants } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { deskEntry } from '@triflow/contracts'
import type { Log } from '@triflow/desk'
import { openKafkaLog, systemClock, topicsFor } from '@triflow/platform'
import { engines, openWorld, stateFor } from '../chaos/world.ts'
import { JourneyProblem, silent } from '../surroundings.ts'

/** A takeover of a million open trades included. */
const READY_WITHIN_MS = 600_000

export interface BenchWorld {
  /** Desks of each kind. */
  readonly desks: number
  /** Where its data and logs are. */
  readonly state: string
  readonly brokers: string
  /** The Node that services run on. */
  readonly node: string
  /** The bench's own connection, apart from the service's; another one after `putBack`. */
  readonly log: Log
  readonly adminUrl: string
  /** What the service writes into its entries. */
  readonly codeVersion: string
  readonly mongoUrl: string
  readonly enginePids: Readonly<Record<string, number>>
  /** Keeps what the engines hold now, to the byte. No service may be running. */
  keep(): Promise<void>
  /** Starts the engines anew with what was kept. */
  putBack(): Promise<void>
  /** Starts the financing service as the launcher does; resolves with its pid, at once. */
  start(): Promise<number>
  /** Throws with a sentence when the service ends or takes too long. */
  untilReady(): Promise<void>
  /** As a crash would. */
  kill(): Promise<void>
  stop(): Promise<void>
  /** What the service has logged, parsed. */
  logLines(): Record<string, unknown>[]
}

/** Takes the world down afterwards, whatever happened in it. `profile` is a folder for a CPU profile of the service. */
export const inBenchWorld = async <T>(
  options: {
    readonly say: (sentence: string) => void
    readonly profile?: string | undefined
    /** Of each kind, and partitions of each topic; as usual when left out. */
    readonly desks?: number
  },
  work: (world: BenchWorld) => Promise<T>,
): Promise<T> => {
  options.say('Starting engines of its own.')
  // The launcher reads it from this process, for itself and for every service.
  if (options.desks) process.env.TRIFLOW_DESKS = String(options.desks)
  const world = await openWorld(
    stateFor('bench'),
    // The compiler that a short life of the store cannot pay back is the one that a long load needs.
    { TRIFLOW_ENGINES_JVM: 'steady' },
    { only: 'engines' },
  )
  const { startService, stopEngine, stopService, waitUntilReady } = await import('../../../../launcher/processes.js')
  const within = { world: world.world }
  try {
    // The service that is measured is the only one that is ever started.
    if (options.profile) process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${options.profile}`
    const desks = Number(world.env.TRIFLOW_DESKS)
    const brokers = world.env.TRIFLOW_KAFKA_BROKERS!
    const connect = () =>
      openKafkaLog({ brokers: brokers.split(','), clientId: 'bench', clock: systemClock, witness: silent })
    let log = await connect()
    const live = join(world.state, 'data')
    const kept = join(world.state, 'kept')
    const copy = (from: string, to: string) =>
      cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, preserveTimestamps: true })
    const restarting = async (whileStopped: () => Promise<void>): Promise<void> => {
      await log.close()
      for (const name of engines) await stopEngine(name, within)
      await whileStopped()
      for (const name of engines) await world.start(name)
      log = await connect()
    }
    const adminUrl = world.env.TRIFLOW_FINANCING_ADMIN!
    try {
      await log.ensureTopics(topicsFor(financingDesks, [], desks))
      return await work({
        desks,
        state: world.state,
        brokers,
        node: world.world.node,
        get log() {
          return log
        },
        adminUrl,
        codeVersion: world.env.TRIFLOW_CODE_VERSION!,
        mongoUrl: world.env.TRIFLOW_MONGO_URL!,
        get enginePids() {
          return { kafka: world.pidOf('kafka') ?? 0, mongo: world.pidOf('mongo') ?? 0 }
        },
        keep: async () => {
          if (engines.some((name) => world.world.engines[name].mode !== 'local'))
            throw new JourneyProblem(
              'Runs on the very same data need engines whose files can be copied.',
              'Set TRIFLOW_ENGINES=local, and neither TRIFLOW_KAFKA_BROKERS nor TRIFLOW_MONGO_URL.',
            )
          await restarting(async () => {
            await rm(kept, { recursive: true, force: true })
            await copy(live, kept)
          })
        },
        putBack: () =>
          restarting(async () => {
            await rm(live, { recursive: true, force: true })
            await copy(kept, live)
          }),
        start: async () => (await startService('financing', { ...within, wait: false })).pid,
        untilReady: () => waitUntilReady('financing', { ...within, timeoutMs: READY_WITHIN_MS }),
        kill: () => world.kill(['financing']),
        stop: async () => void (await stopService('financing', within)),
        logLines: () => world.logOf('financing'),
      })
    } finally {
      await stopService('financing', within)
      await log.close()
    }
  } finally {
    await world.down()
    await rm(join(world.state, 'kept'), { recursive: true, force: true })
  }
}

/** Kinds of desks that the measured service has. */
export const financingDesks = ['financing.trade', 'financing.obligor'] as const

/** How many desks of the financing service consume a record of this topic. */
export const consumersOf = (topic: string): number =>
  financingDesks.filter((name) => deskEntry(name).hears.includes(topic)).length
