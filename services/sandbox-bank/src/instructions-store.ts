/** Instructions in the bank's own collection; the unique `_id` is the disbursement's id. */
import type { Mongo } from '@triflow/platform'
import type { Instruction, Instructions } from './instructions.ts'

type Stored = Omit<Instruction, 'id'> & { readonly _id: string }

const COLLECTION = 'sandboxBankInstructions'

/** An instruction counts as taken only when it survives the loss of a member. */
const durable = { writeConcern: { w: 'majority', journal: true, wtimeoutMS: 10_000 } } as const

const DUPLICATE_KEY = 11_000

const instructionOf = ({ _id, ...rest }: Stored): Instruction => ({
  ...rest,
  id: _id,
  amountMinor: BigInt(rest.amountMinor),
})

export const openInstructions = async ({ connection }: Pick<Mongo, 'connection'>): Promise<Instructions> => {
  const collection = connection.db!.collection<Stored>(COLLECTION)
  await collection.createIndex({ line: 1 })
  return {
    insert: async ({ id, ...rest }) => {
      try {
        await collection.insertOne({ _id: id, ...rest }, durable)
        return true
      } catch (error) {
        if ((error as { code?: number }).code === DUPLICATE_KEY) return false
        throw error
      }
    },
    find: async (id) => {
      const found = await collection.findOne({ _id: id })
      return found ? instructionOf(found as Stored) : undefined
    },
    unposted: async (limit) => {
      const found: Instruction[] = []
      for await (const stored of collection.find({ line: 'unposted' }).limit(limit))
        found.push(instructionOf(stored as Stored))
      return found
    },
    date: async (ids, valueOn) => {
      await collection.updateMany({ _id: { $in: [...ids] }, valueOn: '' }, { $set: { valueOn } }, durable)
    },
    settle: async (ids, line) => {
      await collection.updateMany({ _id: { $in: [...ids] } }, { $set: { line } }, durable)
    },
  }
}
