/** The store of a world that is measured, for reading what its desks have written. */
import type { Store } from '@triflow/desk'
import { connectMongo, openStore, systemClock } from '@triflow/platform'
import { silent } from '../surroundings.ts'
import type { BenchWorld } from './bench-world.ts'

export const withStore = async <T>({ mongoUrl }: BenchWorld, work: (store: Store) => Promise<T>): Promise<T> => {
  const mongo = await connectMongo({ url: mongoUrl, clock: systemClock, witness: silent })
  try {
    return await work(await openStore(mongo))
  } finally {
    await mongo.close()
  }
}
