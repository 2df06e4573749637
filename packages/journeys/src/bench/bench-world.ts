/** A private world in which only the engines and, when asked for, the financing service run. */
import { deskEntry } from '@triflow/contracts'
import type { Log, Witness } from '@triflow/desk'
import { openKafkaLog, systemClock, topicsFor } from '@triflow/platform'
import { openWorld, services, stateFor } from '../chaos/world.ts'

/** A takeover of very many open trades included. */
const READY_WITHIN_MS = 180_000

export const silent: Witness = { say: () => {}, count: () => {}, observe: () => {} }

export interface BenchWorld {
  /** Desks of each kind. */
  readonly desks: number
  /** The bench's own connection, apart from the service's. */
  readonly log: Log
  readonly adminUrl: string
  readonly mongoUrl: string
  readonly enginePids: Readonly<Record<string, number>>
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
  options: { readonly say: (sentence: string) => void; readonly profile?: string | undefined },
  work: (world: BenchWorld) => Promise<T>,
): Promise<T> => {
  options.say('Starting engines of its own.')
  const world = await openWorld(stateFor('bench'), {
    // The compiler that a short life of the store cannot pay back is the one that a long load needs.
    TRIFLOW_ENGINES_JVM: 'steady',
  })
  const { startService, stopService, waitUntilReady } = await import('../../../../launcher/processes.js')
  const within = { world: world.world }
  try {
    await Promise.all(services.map((name) => stopService(name, within)))
    // Only the service that is measured is started after this.
    if (options.profile) process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${options.profile}`
    const desks = Number(world.env.TRIFLOW_DESKS)
    const log = await openKafkaLog({
      brokers: world.env.TRIFLOW_KAFKA_BROKERS!.split(','),
      clientId: 'bench',
      clock: systemClock,
      witness: silent,
    })
    const adminUrl = world.env.TRIFLOW_FINANCING_ADMIN!
    try {
      await log.ensureTopics(topicsFor(financingDesks, [], desks))
      return await work({
        desks,
        log,
        adminUrl,
        mongoUrl: world.env.TRIFLOW_MONGO_URL!,
        enginePids: { kafka: world.pidOf('kafka') ?? 0, mongo: world.pidOf('mongo') ?? 0 },
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
  }
}

/** Kinds of desks that the measured service has. */
export const financingDesks = ['financing.trade', 'financing.obligor'] as const

/** How many desks of the financing service consume a record of this topic. */
export const consumersOf = (topic: string): number =>
  financingDesks.filter((name) => deskEntry(name).hears.includes(topic)).length
