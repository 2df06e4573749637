/** The `Keys` port: what doors remember of requests, one document per identity, inserted once. */
import type { mongo } from 'mongoose'
import type { KeyRecord, Keys } from '@triflow/desk'
import type { Mongo } from './connection.ts'
import { durable, takenAmong } from './durable.ts'

interface KeyDocument extends Omit<KeyRecord, 'id' | 'bodyHash' | 'command'> {
  readonly _id: string
  readonly bodyHash: Uint8Array | mongo.Binary
  readonly command: Uint8Array | mongo.Binary
  readonly at: Date
}

export const openKeys = ({ connection }: Pick<Mongo, 'connection'>): Keys => {
  const keys = connection.db!.collection<KeyDocument>('keys', { promoteBuffers: true })
  return {
    list: async (after, limit) => {
      const documents = keys.find(after === '' ? {} : { _id: { $gt: after } })
      return (await documents.sort({ _id: 1 }).limit(limit).toArray()).map(recordOf)
    },
    claim: async (records) => {
      if (records.length === 0) return []
      const at = new Date()
      const taken = await takenAmong(() =>
        keys.insertMany(
          records.map((record) => documentOf(record, at)),
          { ordered: false, ...durable },
        ),
      )
      if (taken.size === 0) return records.map(() => undefined)
      const before = new Map<string, KeyRecord>()
      const ids = [...taken].map((index) => records[index]!.id)
      for await (const document of keys.find({ _id: { $in: ids } })) before.set(document._id, recordOf(document))
      return records.map(({ id }, index) => {
        if (!taken.has(index)) return undefined
        const known = before.get(id)
        // Keys are deleted only long after their commands were judged, never between these two reads.
        if (!known) throw new Error(`key ${id} was taken and is gone`)
        return known
      })
    },
  }
}

const documentOf = ({ id, ...record }: KeyRecord, at: Date): KeyDocument => ({
  ...record,
  _id: id,
  bodyHash: Buffer.from(record.bodyHash),
  command: Buffer.from(record.command),
  at,
})

const recordOf = ({ _id, bodyHash, desk, key, type, command, actor }: KeyDocument): KeyRecord => ({
  id: _id,
  bodyHash: bytesOf(bodyHash),
  desk,
  key,
  type,
  command: bytesOf(command),
  actor,
})

const bytesOf = (stored: Uint8Array | mongo.Binary): Uint8Array =>
  stored instanceof Uint8Array ? stored : stored.value()
