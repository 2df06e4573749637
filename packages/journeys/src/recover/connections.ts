/** What every recovery stands on: the engines, and the certainty that nobody else works on them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log, Witness } from '@triflow/desk'
import {
  checkDeskCount,
  connectMongo,
  connectorReader,
  listedConnectors,
  openKafkaLog,
  openLogUpkeep,
  PartitionsDiffer,
  systemClock,
  topicsFor,
  viewsReader,
  type LogUpkeep,
  type Mongo,
} from '@triflow/platform'
import { JourneyProblem, required, silent } from '../surroundings.ts'
import { allDesks } from '../verify/desks.ts'
import { allServices } from '../verify/services.ts'

export interface Connections {
  readonly mongo: Mongo
  readonly log: Log
  readonly upkeep: LogUpkeep
  readonly witness: Witness
  /** Desks of each kind. */
  readonly desks: number
  readonly codeVersion: string
  /** Makes topics that are missing; refuses those with other partitions. */
  ensureTopics(): Promise<void>
  close(): Promise<void>
}

/** Names of the readers of a service, whose positions are saved by partition. */
export const readersOf = (service: (typeof allServices)[number]): readonly string[] => [
  viewsReader(service.name),
  ...listedConnectors(service).map(({ name }) => connectorReader(service.name, name)),
]

/** Groups of what must not run now: desks, views, connectors. */
const ownGroups = new Set([
  ...allDesks.map(({ name }) => `triflow.${name}`),
  ...allServices.flatMap((service) => readersOf(service)),
])

/** A process that was killed stays a member until its session is over. */
const GONE_WITHIN_MS = 12_000
const LOOK_AGAIN_MS = 500

export const refuseWhileServicesRun = async (upkeep: LogUpkeep, say: (sentence: string) => void): Promise<void> => {
  const until = Date.now() + GONE_WITHIN_MS
  for (let told = false; ; told = true) {
    const active = (await upkeep.activeGroups()).filter((group) => ownGroups.has(group))
    if (active.length === 0) return
    if (Date.now() > until)
      throw new JourneyProblem(
        `Services are running: ${active.length} of their groups have members (${active.slice(0, 3).join(', ')} …).`,
        'Stop all services on all machines first, and leave the engines up: a recovery works alone.',
      )
    if (!told) say('Somebody is still a member of the services’ groups; waiting for sessions of stopped ones to end.')
    await sleep(LOOK_AGAIN_MS)
  }
}

/** A broker that has just started, or topics that are just being made or forgotten, do not answer at once. */
const PATIENCE_MS = 60_000

const patiently = async <T>(ask: () => Promise<T>): Promise<T> => {
  for (const until = Date.now() + PATIENCE_MS; ; await sleep(LOOK_AGAIN_MS)) {
    try {
      return await ask()
    } catch (error) {
      if (error instanceof PartitionsDiffer || Date.now() > until) throw error
    }
  }
}

const patient = (log: Log): Log => ({
  ...log,
  bounds: (topic) => patiently(() => log.bounds(topic)),
  ensureTopics: (topics) => patiently(() => log.ensureTopics(topics)),
})

/** Connects, checks what services check at their start, and that none of them runs. */
export const connect = async (env: NodeJS.ProcessEnv, say: (sentence: string) => void): Promise<Connections> => {
  const [url, brokers] = [required(env, 'TRIFLOW_MONGO_URL'), required(env, 'TRIFLOW_KAFKA_BROKERS').split(',')]
  const desks = Number(env['TRIFLOW_DESKS'] ?? 4)
  const mongo = await connectMongo({ url, clock: systemClock, witness: silent })
  const opened: { close(): Promise<void> }[] = [mongo]
  const close = async (): Promise<void> => {
    for (const one of opened.toReversed()) await one.close()
  }
  try {
    await checkDeskCount(mongo, desks)
    const upkeep = await openLogUpkeep(brokers, silent)
    opened.push(upkeep)
    await refuseWhileServicesRun(upkeep, say)
    const log = patient(
      await openKafkaLog({ brokers, clientId: 'triflow-recover', clock: systemClock, witness: silent }),
    )
    opened.push(log)
    const names = allDesks.map(({ name }) => name)
    const heard = allServices.flatMap((service) => service.views.flatMap(({ definition }) => definition.hears))
    return {
      mongo,
      log,
      upkeep,
      witness: silent,
      desks,
      codeVersion: env['TRIFLOW_CODE_VERSION'] ?? 'dev',
      ensureTopics: () => log.ensureTopics(topicsFor(names, heard, desks)),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
