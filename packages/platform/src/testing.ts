/** What int tests share: engines from the environment, names nobody else uses, a witness that keeps quiet. */
import type { Witness } from '@triflow/desk'

export const engines = {
  brokers: process.env.TRIFLOW_KAFKA_BROKERS?.split(',') ?? [],
  mongoUrl: process.env.TRIFLOW_MONGO_URL ?? '',
}

/** Why tests of an engine are left out: only where nobody has started one. `./triflow test` always does. */
export const withoutKafka = engines.brokers.length === 0 && 'TRIFLOW_KAFKA_BROKERS is not set'
export const withoutMongo = engines.mongoUrl === '' && 'TRIFLOW_MONGO_URL is not set'

/** A database of the engine that no other run uses. */
export const databaseUrl = (name: string): string => {
  const url = new URL(engines.mongoUrl)
  url.pathname = `/${name}-${Date.now().toString(36)}-${process.pid}`
  return url.toString()
}

export const unheard: Witness = { say: () => {}, count: () => {}, observe: () => {} }
