/** Folds a batch of facts into the documents of one view, once each, whoever else writes the same documents. */
import { broadcastTopic } from '@triflow/contracts'
import type { ViewDocument, Views } from './ports.ts'
import type { Heard } from './reader-lane.ts'
import { markName } from './reader-numbering.ts'
import type { ViewDefinition } from './views.ts'

/** What a view folds is its own business; the follower never looks inside. */
export type AnyView = ViewDefinition<object>

/**
 * The mark in a document that covers a fact. It names the partition, since one desk may tell one document's facts on
 * several partitions of a topic, which are read at different speeds. A broadcast is the same fact on every partition:
 * the first copy is folded and its mark, without a partition, covers the others.
 */
export const documentMark = ({ said, partition }: Heard): string =>
  said.topic === broadcastTopic ? `${said.desk}>${said.topic}` : markName(said.desk, said.topic, partition)

/** A document after these facts, or undefined when none of them changed it. */
export const foldInto = (
  view: AnyView,
  id: string,
  before: ViewDocument | undefined,
  facts: readonly Heard[],
): ViewDocument | undefined => {
  let body = before?.body
  const marks: Record<string, number> = { ...before?.marks }
  let changed = false
  for (const heard of facts) {
    const mark = documentMark(heard)
    if ((marks[mark] ?? 0) >= heard.said.number) continue
    const folded = view.fold(body, heard.fact, heard.said, id) as Record<string, unknown> | undefined
    if (folded === undefined) continue
    body = folded
    marks[mark] = heard.said.number
    changed = true
  }
  return changed ? { id, version: (before?.version ?? 0) + 1, marks, body: body! } : undefined
}

/** Facts by the documents they touch, in the order heard. */
export const touchedBy = (view: AnyView, batch: readonly Heard[]): ReadonlyMap<string, readonly Heard[]> => {
  const touched = new Map<string, Heard[]>()
  for (const heard of batch) {
    if (!view.hears.includes(heard.said.topic)) continue
    for (const id of new Set(view.idsOf(heard.fact, heard.said))) {
      const facts = touched.get(id)
      if (facts) facts.push(heard)
      else touched.set(id, [heard])
    }
  }
  return touched
}

/**
 * Documents written lately under one assignment. One that somebody else has changed since costs a lost save and a reload,
 * but a fact that changes nothing of it is not saved: so none is kept that lacks a fact of its own partition.
 */
export interface RecentDocuments {
  get(id: string): ViewDocument | undefined
  put(document: ViewDocument): void
  drop(id: string): void
}

export const recentDocuments = (documentsMax: number): RecentDocuments => {
  const documents = new Map<string, ViewDocument>()
  return {
    get: (id) => documents.get(id),
    put: (document) => {
      documents.delete(document.id)
      documents.set(document.id, document)
      if (documents.size > documentsMax) documents.delete(documents.keys().next().value!)
    },
    drop: (id) => void documents.delete(id),
  }
}

/** Tries, with the losers of each try reloaded, before the whole batch is left for later. */
const TRIES_MAX = 5

/** Throws when the store does, or when others keep writing the same documents: the batch may then be folded again. */
export const foldBatch = async (
  view: AnyView,
  batch: readonly Heard[],
  store: Views,
  recent: RecentDocuments,
): Promise<number> => {
  let touched = touchedBy(view, batch)
  let written = 0
  for (let attempt = 1; touched.size > 0; attempt++) {
    if (attempt > TRIES_MAX)
      throw new Error(`${touched.size} documents of ${view.name} were lost to other writers ${TRIES_MAX} times`)
    const unknown = [...touched.keys()].filter((id) => !recent.get(id))
    const loaded = unknown.length > 0 ? await store.load(view.name, unknown) : new Map<string, ViewDocument>()
    const changed: ViewDocument[] = []
    for (const [id, facts] of touched) {
      const folded = foldInto(view, id, recent.get(id) ?? loaded.get(id), facts)
      if (folded) changed.push(folded)
    }
    if (changed.length === 0) return written
    let lost: ReadonlySet<string>
    try {
      lost = new Set(await store.save(view.name, changed))
    } catch (error) {
      // Unknown what was written: what is kept here may be neither the old nor the new document.
      for (const { id } of changed) recent.drop(id)
      throw error
    }
    for (const document of changed) {
      if (lost.has(document.id)) recent.drop(document.id)
      else recent.put(document)
    }
    written += changed.length - lost.size
    touched = new Map([...touched].filter(([id]) => lost.has(id)))
  }
  return written
}
