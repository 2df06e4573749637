/** Everything a process needs of the world, in memory: one broker and one database, and ports to them for each process. */
import type { Clock, Keys, Log, Store, Views } from '../ports.ts'
import { createBroker, type Broker } from './broker.ts'
import { createDatabase, type Database } from './database.ts'
import { createMemoryKeys } from './keys.ts'
import { createMemoryLog } from './log.ts'
import { createMemoryReplies, type MemoryReplies } from './replies.ts'
import { createMemoryStore } from './store.ts'
import { createMemoryViews } from './views.ts'
import type { Process, World } from './world.ts'

export interface MemoryEngines {
  readonly world: World
  readonly broker: Broker
  readonly database: Database
  readonly replies: MemoryReplies
}

export interface MemoryPorts {
  readonly log: Log
  readonly store: Store
  readonly views: Views
  readonly keys: Keys
  readonly replies: MemoryReplies
  readonly clock: Clock
}

export const createMemoryEngines = (world: World): MemoryEngines => ({
  world,
  broker: createBroker(world),
  database: createDatabase(world),
  replies: createMemoryReplies(world),
})

export const memoryPorts = (engines: MemoryEngines, process: Process): MemoryPorts => ({
  log: createMemoryLog(engines.broker, process),
  store: createMemoryStore(engines.database, process),
  views: createMemoryViews(engines.database, process),
  keys: createMemoryKeys(engines.database, process),
  replies: engines.replies,
  clock: process.clock,
})
