/** The `Views` port over the in-memory database, for one process. */
import type { ReaderPosition, ViewDocument, Views } from '../ports.ts'
import type { Database } from './database.ts'
import type { Process } from './world.ts'

const copyDocument = (document: ViewDocument): ViewDocument => structuredClone(document)

const copyPosition = (position: ReaderPosition): ReaderPosition => structuredClone(position)

const ascending = (a: ViewDocument, b: ViewDocument): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

export const createMemoryViews = (database: Database, process: Process): Views => {
  const collection = (view: string): Map<string, ViewDocument> => {
    const found = database.views.get(view) ?? new Map<string, ViewDocument>()
    database.views.set(view, found)
    return found
  }

  const saveOne = (view: string, document: ViewDocument): boolean => {
    const stored = collection(view).get(document.id)
    if ((stored?.version ?? 0) !== document.version - 1) return false
    collection(view).set(document.id, document)
    return true
  }

  return {
    load: (view, ids) =>
      process.call(`views.load ${view} x${ids.length}`, () => {
        const found = ids.map((id) => collection(view).get(id)).filter((document) => document !== undefined)
        return new Map(found.map((document) => [document.id, copyDocument(document)]))
      }),
    save: (view, documents) => {
      const copies = documents.map(copyDocument)
      return process.call(
        `views.save ${view} x${documents.length}`,
        () => copies.filter((document) => !saveOne(view, document)).map((document) => document.id),
        () => copies.filter(() => database.world.random() < 0.7).forEach((document) => saveOne(view, document)),
      )
    },
    list: (view, { field, value, after, limit }) =>
      process.call(`views.list ${view}`, () =>
        [...collection(view).values()]
          .filter((document) => document.id > after && (field === undefined || document.body[field] === value))
          .sort(ascending)
          .slice(0, limit)
          .map(copyDocument),
      ),
    position: (reader) =>
      process.call(`views.position ${reader}`, () => {
        const found = database.positions.get(reader)
        return found && copyPosition(found)
      }),
    savePosition: (reader, position) => {
      const copy = copyPosition(position)
      return process.call(`views.savePosition ${reader}`, () => {
        if ((database.positions.get(reader)?.version ?? 0) !== copy.version - 1) return false
        database.positions.set(reader, copy)
        return true
      })
    },
  }
}
