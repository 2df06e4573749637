/** The two losses that no process survives: the database is set back to a backup, or the log is gone. And their recovery. */
import {
  laneName,
  placesOf,
  rebuildLog,
  rebuildTail,
  RecoveryRefused,
  straysOf,
  takeReadersBack,
  type ConnectorDefinition,
} from '@triflow/desk'
import { backUp, memoryPorts, type MemoryPorts } from '@triflow/desk/memory'
import { allDesks } from '@triflow/journeys/verify/desks'
import { allServices } from '@triflow/journeys/verify/services'
import { connectorReader, viewsReader } from '@triflow/platform'
import { codeVersion } from '../town/house.ts'
import type { Town } from '../town/town.ts'

export interface Disaster {
  readonly kind: 'database restored' | 'log lost'
  /** Virtual time from the beginning of the story to the backup, and from there to the loss. */
  readonly backupAfterMs: number
  readonly lossAfterMs: number
}

/** What became of a disaster, once it has struck. */
export interface Recovery {
  entries: number
  records: number
  /** Facts whose entry nobody has: the recovery then ends, as an operator's does, and so does the story. */
  strays: number
  done: boolean
}

/** Requests of the dead land within this time; an operator, too, waits until nothing of what ran is left. */
const LANDED_MS = 10_000

/** Calls that are asked again when no answer comes; of the others the recovery itself must know what became of them. */
const repeatable = new Set([
  'bounds',
  'entry',
  'entries',
  'snapshot',
  'archive',
  'archived',
  'list',
  'position',
  'savePosition',
])

/** An operator's command is patient with engines that do not answer, as the real one is. */
const patient = <P extends object>(port: P): P =>
  new Proxy(port, {
    get: (target, name) => {
      const call = Reflect.get(target, name) as (...given: unknown[]) => Promise<unknown>
      if (!repeatable.has(String(name))) return call
      return async (...given: unknown[]) => {
        for (let attempt = 1; ; attempt++) {
          try {
            return await call(...given)
          } catch (error) {
            if (attempt === 20) throw error
          }
        }
      }
    },
  })

/** Refusals because a stranger wrote meanwhile: the operator begins again. */
const strangers = new Set(['log-shared', 'log-not-empty'])

/** Lets a disaster happen in a town. Houses are opened again only when it has been recovered from. */
export const planDisaster = (town: Town, { kind, backupAfterMs, lossAfterMs }: Disaster): Recovery => {
  const { world, engines } = town
  const recovery: Recovery = { entries: 0, records: 0, strays: 0, done: false }
  const operator = world.process('operator')
  const made = memoryPorts(engines, operator)
  const { log, store, views, keys } = made
  const ports = { ...made, log: patient(log), store: patient(store), views: patient(views), keys: patient(keys) }
  void (async () => {
    await operator.clock.sleep(backupAfterMs)
    const restore = backUp(engines.database)
    await operator.clock.sleep(lossAfterMs)
    const reopen = town.shut()
    await operator.clock.sleep(LANDED_MS)
    const lose = kind === 'log lost' ? engines.broker.topics.lose : restore
    const recover = kind === 'log lost' ? recoverLog : recoverJournals
    lose()
    // Calls of an operator fail like anybody's; then he runs the command again.
    for (let attempt = 1; !recovery.done; attempt++) {
      try {
        await recover(town, ports, `recovery-${attempt}`, recovery)
        recovery.done = true
      } catch (error) {
        if (attempt === 100 || (error instanceof RecoveryRefused && !strangers.has(error.code))) throw error
        if (kind === 'log lost') lose()
      }
    }
    if (recovery.strays === 0) reopen()
  })()
  return recovery
}

const recoverJournals = async (
  { options: { desks } }: Town,
  { log, store, clock }: MemoryPorts,
  reader: string,
  recovery: Recovery,
): Promise<void> => {
  const tails = new Map<string, number>()
  for (const { desk, partition, id } of placesOf(allDesks, desks)) {
    const options = { desk, partition, desks, log, store, clock, codeVersion, reader }
    const { before, through } = await rebuildTail(options)
    recovery.entries += through - before
    tails.set(id, through)
  }
  recovery.strays = (await straysOf(log, reader, tails)).length
}

const recoverLog = async (
  { options: { desks } }: Town,
  { log, store, keys, views, clock }: MemoryPorts,
  reader: string,
  recovery: Recovery,
): Promise<void> => {
  const { consumed, said, commands, exact } = await rebuildLog({
    desks: allDesks,
    desksPerKind: desks,
    log,
    store,
    keys,
    clock,
    reader,
  })
  const lanes = allServices.flatMap(({ name, connectors }) =>
    [
      viewsReader(name),
      ...((connectors ?? []) as readonly ConnectorDefinition[]).map((connector) =>
        connectorReader(name, connector.name),
      ),
    ].flatMap((reader) => Array.from({ length: desks }, (_, partition) => laneName(reader, partition))),
  )
  await takeReadersBack(views, lanes, exact)
  recovery.records = consumed + said + commands
}
