/** Assertion ids that were used: each is good once, on whichever instance. Kept as a unique insert. */
import type { Connection } from 'mongoose'

export interface UsedTokens {
  /** True for the first who asks; false when the id was used before. Throws when nobody can tell. */
  claim(id: string, expiresAt: Date): Promise<boolean>
}

const DUPLICATE_KEY = 11_000
const SWEEP_EVERY_MS = 10 * 60_000

export const usedTokensIn = (connection: Connection): UsedTokens & { stop(): void } => {
  const collection = connection.collection<{ _id: string; expiresAt: Date }>('gatewayJtis')
  // Swept by hand: not every document database that we run on has TTL indexes.
  const sweep = setInterval(() => {
    collection.deleteMany({ expiresAt: { $lt: new Date() } }).catch(() => {})
  }, SWEEP_EVERY_MS).unref()
  return {
    claim: async (id, expiresAt) => {
      try {
        await collection.insertOne({ _id: id, expiresAt }, { writeConcern: { w: 'majority' } })
        return true
      } catch (error) {
        if ((error as { code?: number }).code === DUPLICATE_KEY) return false
        throw error
      }
    },
    stop: () => clearInterval(sweep),
  }
}

/** For tests and single runs without a database. */
export const usedTokensInMemory = (): UsedTokens => {
  const used = new Set<string>()
  return {
    claim: async (id) => {
      const first = !used.has(id)
      used.add(id)
      return first
    },
  }
}
