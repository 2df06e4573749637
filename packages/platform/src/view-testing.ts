/** For tests of a service's views: documents after facts, as the follower writes them and as the store gives them back. */
import assert from 'node:assert/strict'
import mongoose from 'mongoose'
import type { AnyView, Said } from '@triflow/desk'
import type { Typed } from '@triflow/kernel'

/**
 * Documents of a view after facts, by id; each fact is said a second after the one before. Throws where a document holds
 * anything but what the view's fields declare: in production nothing is cast on its way into the store.
 */
export const shown = (
  view: { readonly definition: AnyView; readonly fields: object },
  facts: readonly Typed[],
): Record<string, object> => {
  const documents: Record<string, object> = {}
  facts.forEach((typed, n) => {
    const fact = typed as Typed & Record<string, unknown>
    const said = { at: n * 1_000 } as Said
    for (const id of view.definition.idsOf(fact, said)) {
      const body = view.definition.fold(documents[id], fact, said, id)
      if (body) documents[id] = body
    }
  })
  const declared = stored(view, documents)
  for (const [id, document] of Object.entries(documents))
    assert.deepEqual(comparable(document), comparable(declared[id]), `${view.definition.name} ${id}`)
  return documents
}

/** Plain JSON that still tells an amount from a count. */
const comparable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)))

/** Documents as the store gives them back: what a view's fields do not declare is silently dropped. */
export const stored = (
  view: { readonly fields: object },
  documents: Record<string, object>,
): Record<string, unknown> => {
  const model = new mongoose.Mongoose().model(
    'stored',
    new mongoose.Schema(view.fields, { _id: false, minimize: false }),
  )
  return Object.fromEntries(Object.entries(documents).map(([id, body]) => [id, model.castObject(body)]))
}
