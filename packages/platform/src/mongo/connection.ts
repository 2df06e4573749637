/** The document database: a connection that proves at start what the desks rely on, and keeps an eye on the clock. */
import mongoose, { type Connection } from 'mongoose'
import type { Clock, Witness } from '@triflow/desk'
import { durable, replaceEach, takenAmong, type Versioned } from './durable.ts'

/** A host further off than this takes no desks: entries carry times, and other hosts would have to run behind it. */
export const CLOCK_TOLERANCE_MS = 5_000
const CLOCK_EVERY_MS = 3_000
const SELECTION_MS = 3_000
const SOCKET_MS = 20_000
const POOL = 20

export interface Mongo {
  readonly connection: Connection
  /** False on a single server, which cannot answer a linearizable read and needs none. */
  readonly isReplicaSet: boolean
  /** Milliseconds that this host's clock is ahead of the database's, as last measured; undefined while it does not answer. */
  skewMs(): number | undefined
  /** The database answers and its clock agrees with ours. */
  ready(): boolean
  /** Hears when our clock stops agreeing with the database's, and when it agrees again. A silent database says nothing of clocks. */
  onClock(listener: (agrees: boolean) => void): void
  close(): Promise<void>
}

/** The database does not do what correctness needs of it; trying again will not help. */
export class UnfitDatabase extends Error {
  constructor(what: string) {
    super(`The database cannot be used: ${what}.`)
    this.name = 'UnfitDatabase'
  }
}

/** Connects once; throws when the database does not answer, for the caller to try again. */
export const connectMongo = async (options: {
  readonly url: string
  readonly clock: Clock
  readonly witness: Witness
}): Promise<Mongo> => {
  const { url, clock, witness } = options
  const connection = mongoose.createConnection(url, {
    // Amounts are int64 and come back as bigint, whatever their size.
    useBigInt64: true,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    serverSelectionTimeoutMS: SELECTION_MS,
    connectTimeoutMS: SELECTION_MS,
    socketTimeoutMS: SOCKET_MS,
    maxPoolSize: POOL,
  })
  connection.on('error', (error: Error) => witness.say('warn', 'database connection', { error: error.message }))
  try {
    await connection.asPromise()
    const hello = await sayHello(connection)
    await selfTest(connection)
    const watch = watchClock(connection, clock, witness)
    await watch.measure()
    return {
      connection,
      isReplicaSet: typeof hello.setName === 'string' || hello.msg === 'isdbgrid',
      skewMs: watch.skewMs,
      ready: watch.ready,
      onClock: watch.onClock,
      close: async () => {
        watch.stop()
        await connection.close()
      },
    }
  } catch (error) {
    await connection.close().catch(() => {})
    throw error
  }
}

interface Hello {
  readonly localTime: Date
  readonly setName?: string
  readonly msg?: string
}

const sayHello = async (connection: Connection): Promise<Hello> =>
  (await connection.db!.command({ hello: 1 })) as unknown as Hello

const RIVALS = 20

/** One number, one winner: by insert (the pen) and by compare-and-set (views). Some compatible stores let both win. */
const selfTest = async (connection: Connection): Promise<void> => {
  const collection = connection.collection<Versioned>('selfTest')
  const _id = crypto.randomUUID()
  const rivals = Array.from({ length: RIVALS }, (_, rival) => rival)
  const inserted = await Promise.all(
    rivals.map((rival) =>
      takenAmong(() => collection.insertMany([{ _id, v: 1, rival }], { ordered: false, ...durable })),
    ),
  )
  const pens = inserted.filter((taken) => taken.size === 0).length
  if (pens !== 1) throw new UnfitDatabase(`${pens} of ${RIVALS} concurrent inserts of one _id were acknowledged`)
  const lost = await Promise.all(
    rivals.map((rival) => replaceEach(collection, [{ from: 1, document: { _id, v: 2, rival } }])),
  )
  const wins = lost.filter((ids) => ids.size === 0).length
  if (wins !== 1)
    throw new UnfitDatabase(`${wins} of ${RIVALS} concurrent replacements of one version were acknowledged`)
  const exact = 9_007_199_254_740_993n
  await collection.updateOne({ _id }, { $set: { exact } }, durable)
  if ((await collection.findOne({ _id }))?.exact !== exact) throw new UnfitDatabase('it does not keep 64-bit integers')
  await collection.deleteOne({ _id })
}

const watchClock = (connection: Connection, clock: Clock, witness: Witness) => {
  let skew: number | undefined
  let stopped = false
  let agreed = true
  const listeners: ((agrees: boolean) => void)[] = []
  const ready = (): boolean => skew !== undefined && Math.abs(skew) <= CLOCK_TOLERANCE_MS
  const measure = async (): Promise<void> => {
    const sent = clock.now()
    try {
      const { localTime } = await sayHello(connection)
      const received = clock.now()
      // A slow answer says little about the clock: the uncertainty is half the way there and back.
      const measured = (sent + received) / 2 - localTime.getTime()
      skew = Math.sign(measured) * Math.max(0, Math.abs(measured) - (received - sent) / 2)
    } catch (error) {
      if (skew !== undefined) witness.say('warn', 'database does not answer', { error: (error as Error).message })
      skew = undefined
    }
    if (stopped || skew === undefined || ready() === agreed) return
    agreed = ready()
    witness.say(
      agreed ? 'info' : 'error',
      agreed ? 'clock agrees with the database again' : 'clock is too far from the database’s',
      { skewMs: skew },
    )
    for (const listener of listeners) listener(agreed)
  }
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await clock.sleep(CLOCK_EVERY_MS)
      if (!stopped) await measure()
    }
  }
  void loop()
  return {
    measure,
    ready,
    skewMs: () => skew,
    onClock: (listener: (agrees: boolean) => void) => {
      listeners.push(listener)
      if (!agreed) listener(false)
    },
    stop: () => {
      stopped = true
    },
  }
}
