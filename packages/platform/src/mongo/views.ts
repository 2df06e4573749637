/** The `Views` port: one mongoose model per view, written by compare-and-set, and the positions of readers. */
import { mongo, Schema, type Connection, type Model, type SchemaDefinition } from 'mongoose'
import type { ReaderPosition, AnyView, ViewDocument, Views } from '@triflow/desk'
import type { Mongo } from './connection.ts'
import { DUPLICATE_KEY, durable, replaceEach, type Versioned } from './durable.ts'

/** A view as a service declares it: the fold, and the fields of the body it folds. Amounts are `BigInt`. */
export interface ServiceView {
  readonly definition: AnyView
  readonly fields: SchemaDefinition
}

/** What storing needs of a view. */
export interface StoredView {
  readonly name: string
  readonly listedBy: readonly string[]
  readonly fields: SchemaDefinition
}

interface Mark {
  readonly source: string
  readonly number: number
}

interface ViewModel extends Versioned {
  readonly marks: readonly Mark[]
  readonly body: Record<string, unknown>
}

interface OpenView {
  readonly model: Model<ViewModel>
  /** The model's own collection, for writes: a field without a value is left out, as the model would. */
  readonly collection: mongo.Collection<Versioned>
  readonly fields: ReadonlySet<string>
  readonly listedBy: ReadonlySet<string>
}

interface ReaderDocument {
  readonly _id: string
  /** Absent in documents from before positions had versions. */
  readonly v?: number
  readonly next: readonly { readonly partition: string; readonly offset: number }[]
  readonly marks: readonly { readonly source: string; readonly number: number; readonly hash: string }[]
}

/** Keys of marks hold dots, which not every store takes as field names: they are kept as lists. */
const schemaOf = ({ fields, listedBy }: StoredView): Schema => {
  const plain = { _id: false, minimize: false } as const
  const schema: Schema = new Schema(
    {
      _id: { type: String, required: true },
      v: { type: Number, required: true },
      w: String,
      marks: { type: [new Schema({ source: String, number: Number }, plain)], default: undefined },
      body: new Schema(fields, plain),
    },
    { ...plain, versionKey: false },
  )
  for (const field of listedBy) schema.index({ [`body.${field}`]: 1, _id: 1 })
  return schema
}

/** Models are made and indexed here; `service` keeps two services' views of one name apart in a shared database. */
export const openViews = async (
  { connection }: Pick<Mongo, 'connection'>,
  service: string,
  views: readonly StoredView[],
): Promise<Views> => {
  const open = new Map<string, OpenView>()
  for (const view of views) open.set(view.name, await openView(connection, service, view))
  const readers = connection.db!.collection<ReaderDocument>('readers')

  const named = (name: string): OpenView => {
    const view = open.get(name)
    if (!view) throw new Error(`no view is called ${name}`)
    return view
  }

  return {
    load: async (name, ids) => {
      const found = new Map<string, ViewDocument>()
      if (ids.length === 0) return found
      const { model } = named(name)
      for await (const document of model.collection.find({ _id: { $in: [...ids] } } as object)) {
        const loaded = viewDocumentOf(document as unknown as ViewModel)
        found.set(loaded.id, loaded)
      }
      return found
    },

    save: async (name, documents) => {
      const view = named(name)
      const lost = await replaceEach(
        view.collection,
        documents.map((document) => ({
          from: document.version === 1 ? undefined : document.version - 1,
          document: storedDocumentOf(name, view, document),
        })),
      )
      return documents.map(({ id }) => id).filter((id) => lost.has(id))
    },

    list: async (name, { field, value, after, limit }) => {
      const { model, listedBy } = named(name)
      if (field !== undefined && !listedBy.has(field)) throw new Error(`view ${name} cannot be listed by ${field}`)
      const filter = {
        ...(field === undefined ? {} : { [`body.${field}`]: { $eq: value } }),
        ...(after === '' ? {} : { _id: { $gt: after } }),
      }
      const documents = await model.find(filter).sort({ _id: 1 }).limit(limit).lean<ViewModel[]>()
      return documents.map(viewDocumentOf)
    },

    position: async (reader) => {
      const document = await readers.findOne({ _id: reader })
      return document ? positionOf(document) : undefined
    },

    savePosition: async (reader, position) => {
      const first = position.version === 1
      // `v: null` is met by a document without a version; where there is one with a version, the upsert meets its _id.
      const filter = { _id: reader, v: first ? null : position.version - 1 } as mongo.Filter<ReaderDocument>
      try {
        const result = await readers.replaceOne(filter, readerDocumentOf(position), { upsert: first, ...durable })
        return result.matchedCount + result.upsertedCount === 1
      } catch (error) {
        if (error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY) return false
        throw error
      }
    },
  }
}

/** Forgets what a service's views hold, and how far their reader had come: they are folded again from the first fact. */
export const forgetViews = async (
  { connection }: Pick<Mongo, 'connection'>,
  service: string,
  views: readonly string[],
  lanes: readonly string[],
): Promise<void> => {
  // Positions first: documents without a position are folded again, a position without documents would lose them.
  await connection.db!.collection<ReaderDocument>('readers').deleteMany({ _id: { $in: [...lanes] } }, durable)
  for (const view of views) await connection.db!.collection(collectionOf(service, view)).deleteMany({}, durable)
}

const collectionOf = (service: string, view: string): string => `view.${service}.${view}`

const openView = async (connection: Connection, service: string, view: StoredView): Promise<OpenView> => {
  const collection = collectionOf(service, view.name)
  const model = connection.models[collection] ?? connection.model(collection, schemaOf(view), collection)
  await model.createIndexes()
  return {
    model: model as unknown as Model<ViewModel>,
    collection: connection.db!.collection<Versioned>(collection, { ignoreUndefined: true }),
    fields: new Set(Object.keys(view.fields)),
    listedBy: new Set(view.listedBy),
  }
}

/**
 * A fold that says more than its schema is a bug and is told so. Documents are not cast by the model, which took a ninth
 * of the financing service's time: that each fold's values are what its schema declares is shown by the services' tests.
 */
const storedDocumentOf = (
  name: string,
  { fields }: OpenView,
  { id, version, marks, body }: ViewDocument,
): Versioned => {
  for (const field in body)
    if (!fields.has(field)) throw new Error(`view ${name} folds ${field}, which its fields do not declare`)
  return {
    _id: id,
    v: version,
    marks: Object.entries(marks).map(([source, number]) => ({ source, number })),
    body,
  }
}

const viewDocumentOf = ({ _id, v, marks, body }: ViewModel): ViewDocument => ({
  id: _id,
  version: v,
  marks: Object.fromEntries((marks ?? []).map(({ source, number }) => [source, number])),
  body: body ?? {},
})

const positionOf = ({ v, next, marks }: ReaderDocument): ReaderPosition => ({
  version: v ?? 0,
  next: Object.fromEntries(next.map(({ partition, offset }) => [partition, offset])),
  marks: Object.fromEntries(marks.map(({ source, number, hash }) => [source, { number, hash }])),
})

const readerDocumentOf = ({ version, next, marks }: ReaderPosition): Omit<ReaderDocument, '_id'> => ({
  v: version,
  next: Object.entries(next).map(([partition, offset]) => ({ partition, offset })),
  marks: Object.entries(marks).map(([source, { number, hash }]) => ({ source, number, hash })),
})
