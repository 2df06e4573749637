/** The platform's engines from behind: what a fault writes, deletes or compares where no public door leads. */
import { connectMongo, openKafkaLog, systemClock } from '@triflow/platform'
import { readTopics, type Log, type LogRecord } from '@triflow/desk'
import type { PrivateWorld } from '../world.ts'
import { silent } from '../../surroundings.ts'

type Database = NonNullable<Awaited<ReturnType<typeof connectMongo>>['connection']['db']>

export const brokersOf = ({ env }: PrivateWorld): string[] => env.TRIFLOW_KAFKA_BROKERS!.split(',')
export const desksIn = ({ env }: PrivateWorld): number => Number(env.TRIFLOW_DESKS ?? 4)

export const withDatabase = async <T>(world: PrivateWorld, work: (db: Database) => Promise<T>): Promise<T> => {
  const mongo = await connectMongo({ url: world.env.TRIFLOW_MONGO_URL!, clock: systemClock, witness: silent })
  try {
    return await work(mongo.connection.db!)
  } finally {
    await mongo.close()
  }
}

export const withLog = async <T>(world: PrivateWorld, work: (log: Log) => Promise<T>): Promise<T> => {
  const log = await openKafkaLog({
    brokers: brokersOf(world),
    clientId: 'triflow-faults',
    clock: systemClock,
    witness: silent,
  })
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

/** All records of topics. */
export const recordsOn = (world: PrivateWorld, topics: readonly string[]): Promise<LogRecord[]> =>
  withLog(world, async (log) => {
    const records: LogRecord[] = []
    await readTopics(log, topics, (record) => records.push(record))
    return records
  })

interface ViewRow {
  readonly _id: string
  readonly body: unknown
}

const isView = (name: string): boolean => name.startsWith('view.')

const written = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)

/** What every view says, by collection and id; versions and marks tell of the way there, not of what is said. */
export const viewsOf = (world: PrivateWorld): Promise<Map<string, string>> =>
  withDatabase(world, async (db) => {
    const said = new Map<string, string>()
    for (const { name } of await db.listCollections().toArray()) {
      if (!isView(name)) continue
      for await (const { _id, body } of db.collection<ViewRow>(name).find())
        said.set(`${name} ${_id}`, JSON.stringify(body, written))
    }
    return said
  })

/** Documents in which two readings of all views differ, each by its name. */
export const differingViews = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name))

/** Readers forget how far they came: they hear everything again from the first record. */
export const forgetPositions = (world: PrivateWorld): Promise<number> =>
  withDatabase(world, async (db) => (await db.collection('readers').deleteMany({})).deletedCount)

export const dropViews = (world: PrivateWorld): Promise<number> =>
  withDatabase(world, async (db) => {
    let dropped = 0
    for (const { name } of await db.listCollections().toArray())
      if (isView(name)) {
        await db.collection(name).deleteMany({})
        dropped += 1
      }
    return dropped
  })

/** Somebody else writes the next version of up to so many documents of a view, saying the same: their writer loses. */
export const takeVersions = (world: PrivateWorld, view: string, most: number): Promise<number> =>
  withDatabase(world, async (db) => {
    const collection = db.collection<{ _id: string; v: number }>(view)
    const found = await collection.find().limit(most).toArray()
    for (const { _id, v } of found) await collection.updateOne({ _id, v }, { $set: { v: v + 1 } })
    return found.length
  })

/** How many instructions the bank has, ever. */
export const instructionCount = (world: PrivateWorld): Promise<number> =>
  withDatabase(world, (db) => db.collection('sandboxBankInstructions').countDocuments())
