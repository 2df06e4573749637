/**
 * `recover drill`: rehearses both losses on a world of its own. While a story is played, the database is set back to an
 * earlier backup, then the log is deleted; each time what runs is killed, recovered by the command's own code, and started
 * again. Whoever plays the story only waits. In the end everything is verified.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { RecoveryRefused } from '@triflow/desk'
import { keepAcknowledged, type Keeping } from '../chaos/acknowledged.ts'
import { aftermath, verified } from '../chaos/aftermath.ts'
import { eventually, openWorld, services, stateFor, type PrivateWorld } from '../chaos/world.ts'
import { openDoor } from '../client/door.ts'
import { runDemo } from '../demo/job.ts'
import type { RecoveryShowing } from '../reliability/showings.ts'
import { silentProgress } from '../report/progress.ts'
import { JourneyProblem } from '../surroundings.ts'
import { connect, type Connections } from './connections.ts'
import { recoverJournals } from './journals.ts'
import { recoverTopics } from './topics.ts'

export interface DrillOptions {
  readonly seed: number
  readonly trades: number
  readonly say: (sentence: string) => void
  readonly state?: string
}

/** Wishes acknowledged from one event of the drill to the next: enough for every service to have written. */
const BETWEEN = 30
const STORY_MS = 600_000
const REFUSED_WITHIN_MS = 60_000
const QUIET_MS = 3_000

const secondsSince = (began: number): number => Math.round((Date.now() - began) / 100) / 10

const timed = async <T>(work: () => Promise<T>): Promise<readonly [result: T, seconds: number]> => {
  const began = Date.now()
  return [await work(), secondsSince(began)]
}

const dataOf = (world: PrivateWorld, engine: 'kafka' | 'mongo'): string => join(world.state, 'data', engine)

export const runDrill = async (options: DrillOptions): Promise<RecoveryShowing> => {
  const began = Date.now()
  const { seed, trades, say, state = stateFor('drill') } = options
  say('Starting a world of its own …')
  const world = await openWorld(state)
  if (Object.values(world.world.engines).some(({ mode }) => mode !== 'local')) {
    await world.erase()
    throw new JourneyProblem(
      'The drill deletes and restores files of local engines.',
      'Run it with TRIFLOW_ENGINES=local.',
    )
  }
  const door = openDoor(world.surroundings)
  const keeping = keepAcknowledged(door)
  try {
    const playing = runDemo(keeping.door, { seed, trades }, silentProgress)
    // Whoever awaits it is told; until then it may fail unheard.
    playing.catch(() => {})
    const acknowledged = (count: number) => untilAcknowledged(keeping, playing, count)

    await acknowledged(BETWEEN)
    say('A backup of the database is taken.')
    const restore = await backUpDatabase(world)
    await acknowledged(BETWEEN)
    const database = await loseDatabase(world, restore, say)
    await acknowledged(BETWEEN)
    const log = await loseLog(world, say)

    await playing
    say('The story is over. Every acknowledged wish is said again, and everything is verified, views too.')
    // Doors have forgotten keys that are newer than the backup: the desk gives the answer that the door would have given.
    const { differences, payouts } = await aftermath(world, keeping, { fromRecord: false, views: true })
    const report = {
      trades,
      database: database.told,
      log: log.told,
      acknowledged: keeping.count(),
      payouts,
      seconds: secondsSince(began),
      differences: [...database.differences, ...log.differences, ...differences],
    }
    if (report.differences.length === 0) await world.erase()
    else await world.down()
    return report
  } catch (error) {
    await world.down()
    throw error
  } finally {
    await door.close()
  }
}

/** Until so many more wishes were acknowledged, or the story is over. */
const untilAcknowledged = async (keeping: Keeping, playing: Promise<unknown>, more: number): Promise<void> => {
  const enough = keeping.count() + more
  let over = false
  const end = (): void => void (over = true)
  playing.then(end, end)
  if (!(await eventually(() => over || keeping.count() >= enough, STORY_MS)))
    throw new JourneyProblem(`The story does not go on: ${keeping.count()} wishes were acknowledged.`)
  if (over) await playing
}

/** The store's files of one moment; services wait while it is stopped. Returns how to set the store back to it. */
const backUpDatabase = async (world: PrivateWorld): Promise<() => void> => {
  const [data, backup] = [dataOf(world, 'mongo'), join(world.state, 'backup', 'mongo')]
  await world.kill(['mongo'])
  mkdirSync(join(backup, '..'), { recursive: true })
  cpSync(data, backup, { recursive: true })
  await world.start('mongo')
  return () => {
    rmSync(data, { recursive: true, force: true })
    cpSync(backup, data, { recursive: true })
  }
}

const loseDatabase = async (world: PrivateWorld, restore: () => void, say: DrillOptions['say']) => {
  say('The machines of the services and of the database are lost; the database is restored from the backup.')
  await world.kill([...services, 'mongo'])
  restore()
  await world.start('mongo')

  say('The services are started as they are: desks whose journals are behind the log refuse to decide.')
  const logFrom = Date.now()
  await startServices(world)
  const refused = (): Set<unknown> =>
    new Set(
      services
        .flatMap((service) => world.logOf(service))
        .filter(({ event, code }) => event === 'desk-halted' && code === 'journal-behind')
        .filter(({ time }) => Date.parse(String(time)) >= logFrom)
        .map(({ desk }) => desk),
    )
  const differences: string[] = []
  if (!(await eventually(() => refused().size > 0, REFUSED_WITHIN_MS)))
    differences.push('no desk refused to decide on a journal that is behind the log')
  // All desks are taken over side by side; the last is not far behind the first.
  let [count, since] = [0, Date.now()]
  await eventually(() => {
    if (refused().size > count) [count, since] = [refused().size, Date.now()]
    return Date.now() - since > QUIET_MS
  }, REFUSED_WITHIN_MS)
  await world.kill(services)
  const desksRefused = refused().size
  say(`${desksRefused} desks refused. Recovering the journals …`)

  const [recovered, recoverySeconds] = await timed(() =>
    connected(world, (connections) => recoverJournals(connections, {}, silentProgress)),
  )
  const entriesRebuilt = recovered.tails.reduce((sum, { before, through }) => sum + through - before, 0)
  if (entriesRebuilt === 0) differences.push('the restored database had lost nothing')
  differences.push(
    ...recovered.strays.map(
      ({ desk, entry, topic }) => `${topic} holds facts of ${desk}@${entry}, whose head is missing`,
    ),
    ...(await verified(world, false)),
  )
  say(`${entriesRebuilt} entries rebuilt in ${recoverySeconds} s. The services start again.`)
  const [, readySeconds] = await timed(() => startServices(world, true))
  return {
    told: {
      desksRefused,
      entriesRebuilt,
      inputsDecidedAgain: recovered.tails.reduce((sum, { records }) => sum + records, 0),
      recoverySeconds,
      readySeconds,
    },
    differences,
  }
}

const loseLog = async (world: PrivateWorld, say: DrillOptions['say']) => {
  say('The machines of the services and the disks of the log are lost; the log starts again with nothing.')
  await world.kill([...services, 'kafka'])
  rmSync(dataOf(world, 'kafka'), { recursive: true, force: true })
  await world.start('kafka')
  say('Recovering the topics …')
  const [recovered, recoverySeconds] = await timed(() =>
    connected(world, (connections) => recoverTopics(connections, silentProgress)),
  )
  const recordsRebuilt = recovered.consumed + recovered.said + recovered.commands
  const differences = await verified(world, false)
  say(`${recordsRebuilt} records rebuilt in ${recoverySeconds} s. The services start again.`)
  const [, readySeconds] = await timed(() => startServices(world, true))
  return {
    told: { recordsRebuilt, commandsWaiting: recovered.commands, recoverySeconds, readySeconds },
    differences,
  }
}

const startServices = async (world: PrivateWorld, untilReady = false): Promise<void> => {
  await Promise.all(services.map((service) => world.start(service)))
  if (untilReady) await world.allReady(120_000)
}

const connected = async <T>(world: PrivateWorld, work: (connections: Connections) => Promise<T>): Promise<T> => {
  const connections = await connect(world.env, () => {})
  try {
    return await work(connections)
  } catch (error) {
    if (error instanceof RecoveryRefused) throw new JourneyProblem(`Refused (${error.code}): ${error.message}.`)
    throw error
  } finally {
    await connections.close()
  }
}

export const tellDrill = ({
  database,
  log,
  acknowledged,
  payouts,
  seconds,
  differences,
}: RecoveryShowing): readonly string[] => [
  '',
  `database restored  ${database.desksRefused} desks refused; ${database.entriesRebuilt} entries rebuilt from ${database.inputsDecidedAgain} inputs in ${database.recoverySeconds} s; ready ${database.readySeconds} s later`,
  `log lost           ${log.recordsRebuilt} records rebuilt, ${log.commandsWaiting} commands still waiting, in ${log.recoverySeconds} s; ready ${log.readySeconds} s later`,
  `afterwards         ${acknowledged} acknowledged wishes asked again, ${payouts} payouts compared with the bank, journals, topics, money and views verified; ${seconds} s in all`,
  differences.length === 0 ? 'drill: all is well' : `drill: ${differences.length} differences`,
  ...differences.slice(0, 10).map((difference) => `  ${difference}`),
]
