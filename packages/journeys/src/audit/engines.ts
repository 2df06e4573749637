/** Journals, anchors, topic and file of the world that a job runs in; what seals, proves and exports works on these. */
import { type Sealer, type ServiceDesks } from '@triflow/audit'
import { deskIds } from '@triflow/desk'
import { connectMongo, openAnchorFile, openAnchors, openKafkaLog, openStore, systemClock } from '@triflow/platform'
import { required, silent } from '../surroundings.ts'
import { allDesks } from '../verify/desks.ts'

/** Every service that keeps journals, in the order in which facts flow. */
export const servicesOf = (desks: number): readonly ServiceDesks[] => {
  const services = new Map<string, string[]>()
  for (const { name } of allDesks) {
    const service = name.slice(0, name.indexOf('.'))
    services.set(service, [...(services.get(service) ?? []), ...deskIds(name, desks)])
  }
  return [...services].map(([service, names]) => ({ service, desks: names }))
}

export type World = Omit<Sealer, 'service' | 'desks'> & { readonly services: readonly ServiceDesks[] }

/** Opens them, lends them, and closes them again. */
export const withJournals = async <T>(env: NodeJS.ProcessEnv, work: (world: World) => Promise<T>): Promise<T> => {
  const clock = systemClock
  const mongo = await connectMongo({ url: required(env, 'TRIFLOW_MONGO_URL'), clock, witness: silent })
  try {
    const brokers = required(env, 'TRIFLOW_KAFKA_BROKERS').split(',')
    const log = await openKafkaLog({ brokers, clientId: 'triflow-audit', clock, witness: silent })
    try {
      return await work({
        services: servicesOf(Number(env['TRIFLOW_DESKS'] ?? 4)),
        store: await openStore(mongo),
        anchors: openAnchors(mongo),
        log,
        file: openAnchorFile(required(env, 'TRIFLOW_ANCHORS_DIR')),
        clock,
      })
    } finally {
      await log.close()
    }
  } finally {
    await mongo.close()
  }
}
