/** How writes are acknowledged and how their errors are told apart. */
import { mongo } from 'mongoose'

/** Nothing counts as written before it is on a majority's journal. */
export const durable = { writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 } } as const

export const DUPLICATE_KEY = 11_000

/**
 * Runs a write in which each item is judged by itself and says which items met a key that was taken. Anything else, a
 * failed write concern above all, leaves the result unknown and is thrown.
 */
export const takenAmong = async (write: () => Promise<unknown>): Promise<ReadonlySet<number>> => {
  try {
    await write()
    return new Set()
  } catch (error) {
    if (!(error instanceof mongo.MongoBulkWriteError)) throw error
    const writeErrors = [error.writeErrors].flat()
    if (writeErrors.length === 0 || error.result.getWriteConcernError()) throw error
    if (writeErrors.some(({ code }) => code !== DUPLICATE_KEY)) throw error
    return new Set(writeErrors.map(({ index }) => index))
  }
}

export interface Versioned {
  readonly _id: string
  readonly [field: string]: unknown
  /** The version that this document becomes. */
  readonly v: number
}

export interface Replacement {
  /** The version that must be stored now; undefined when there must be none. */
  readonly from: number | undefined
  readonly document: Versioned
}

let writes = 0
const writer = crypto.randomUUID()

/**
 * Compare-and-set for many documents in one request; resolves with the ids that lost. A bulk result counts matches
 * only in total, so after a miss the documents are read back; `w` tells our write from another's with the same version.
 */
export const replaceEach = async (
  collection: mongo.Collection<Versioned>,
  replacements: readonly Replacement[],
): Promise<ReadonlySet<string>> => {
  if (replacements.length === 0) return new Set()
  const w = `${writer}/${writes++}`
  const operations = replacements.map(({ from, document }): mongo.AnyBulkWriteOperation<Versioned> => {
    const { _id, ...rest } = document
    if (from === undefined) return { insertOne: { document: { _id, ...rest, w } } }
    return { replaceOne: { filter: { _id, v: from }, replacement: { ...rest, w } } }
  })
  let matched = 0
  const taken = await takenAmong(async () => {
    const result = await collection.bulkWrite(operations, { ordered: false, ...durable }).catch((error: unknown) => {
      if (error instanceof mongo.MongoBulkWriteError) matched = error.result.matchedCount
      throw error
    })
    matched = result.matchedCount
  })
  const lost = new Set([...taken].map((index) => replacements[index]!.document._id))
  const replaced = replacements.filter(({ from }) => from !== undefined).map(({ document }) => document)
  if (matched === replaced.length) return lost
  const stored = new Map<string, { v: number; w: string }>()
  const found = collection.find({ _id: { $in: replaced.map(({ _id }) => _id) } }, { projection: { v: 1, w: 1 } })
  for await (const { _id, v, w: by } of found) stored.set(_id, { v, w: by as string })
  for (const { _id, v } of replaced) {
    const now = stored.get(_id)
    if (now?.v !== v || now.w !== w) lost.add(_id)
  }
  return lost
}
