/** How far desks are behind the log: what stands on their topics and is in none of their journal entries yet. */
import { commandsTopic, desks as deskTable, partitionsOf } from '@triflow/contracts'
import { deskId, openEntry, type Log, type Store } from '@triflow/desk'
import { connectMongo, openKafkaLog, openStore, systemClock } from '@triflow/platform'
import { silent } from '../surroundings.ts'

const PAGE = 500

export interface Behind {
  readonly desk: string
  readonly topic: string
  readonly records: number
}

export interface LagReader {
  /** Every desk and topic with records that were not taken in yet. */
  behind(): Promise<Behind[]>
  close(): Promise<void>
}

/** A desk's journal is folded once: later readings go on where the one before ended. */
const positionsIn = (store: Store) => {
  const known = new Map<string, { sequence: number; next: Map<string, number> }>()
  return async (desk: string): Promise<ReadonlyMap<string, number>> => {
    const at = known.get(desk) ?? { sequence: 0, next: new Map<string, number>() }
    known.set(desk, at)
    for (;;) {
      const page = await store.entries(desk, at.sequence + 1, PAGE)
      for (const entry of page) {
        for (const { topic, to } of openEntry(entry).inputs) at.next.set(topic, Number(to) + 1)
        at.sequence = entry.sequence
      }
      if (page.length < PAGE) return at.next
    }
  }
}

const behindOf = async (log: Log, positions: ReturnType<typeof positionsIn>, desks: number): Promise<Behind[]> => {
  const bounds = new Map<string, ReadonlyMap<number, { readonly high: number }>>()
  const found: Behind[] = []
  for (const kind of deskTable) {
    const { name, hears } = kind
    const heard = [commandsTopic(name), ...hears]
    for (const topic of heard) if (!bounds.has(topic)) bounds.set(topic, await log.bounds(topic))
    for (let partition = 0; partition < partitionsOf(kind, desks); partition++) {
      const desk = deskId(name, partition)
      const next = await positions(desk)
      for (const topic of heard) {
        const records = (bounds.get(topic)!.get(partition)?.high ?? 0) - (next.get(topic) ?? 0)
        if (records > 0) found.push({ desk, topic, records })
      }
    }
  }
  return found
}

export const openLagReader = async (env: Readonly<Record<string, string | undefined>>): Promise<LagReader> => {
  const mongo = await connectMongo({ url: env.TRIFLOW_MONGO_URL ?? '', clock: systemClock, witness: silent })
  const log = await openKafkaLog({
    brokers: (env.TRIFLOW_KAFKA_BROKERS ?? '').split(','),
    clientId: 'triflow-lag',
    clock: systemClock,
    witness: silent,
  })
  const positions = positionsIn(await openStore(mongo))
  const desks = Number(env.TRIFLOW_DESKS ?? 4)
  return {
    behind: () => behindOf(log, positions, desks),
    close: async () => {
      await log.close()
      await mongo.close()
    },
  }
}
