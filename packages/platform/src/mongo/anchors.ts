/** The `AnchorStore` port: one document per anchor, inserted once; its id lets one text have a number. */
import type { AnchorStore } from '@triflow/audit'
import type { Mongo } from './connection.ts'
import { durable, takenAmong } from './durable.ts'

const NUMBER_DIGITS = 9
const PAGE = 100

interface AnchorDocument {
  readonly _id: string
  readonly text: string
}

const anchorId = (service: string, number: number): string =>
  `${service}@${String(number).padStart(NUMBER_DIGITS, '0')}`

export const openAnchors = ({ connection }: Pick<Mongo, 'connection'>): AnchorStore => {
  const anchors = connection.db!.collection<AnchorDocument>('anchors')
  return {
    insert: async (service, number, text) => {
      const document = { _id: anchorId(service, number), text }
      const taken = await takenAmong(() => anchors.insertMany([document], { ordered: false, ...durable }))
      return taken.size > 0 ? 'duplicate' : 'inserted'
    },
    all: async (service) => {
      const texts: string[] = []
      for (;;) {
        const ids = Array.from({ length: PAGE }, (_, index) => anchorId(service, texts.length + index + 1))
        const found = new Map<string, string>()
        for await (const { _id, text } of anchors.find({ _id: { $in: ids } })) found.set(_id, text)
        const gap = ids.findIndex((id) => !found.has(id))
        texts.push(...ids.slice(0, gap < 0 ? PAGE : gap).map((id) => found.get(id)!))
        if (gap >= 0) return texts
      }
    },
  }
}
