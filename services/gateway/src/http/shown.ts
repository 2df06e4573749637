/** What a caller is shown: a document, or rows of a page, each only to those it concerns. Knows nothing of HTTP. */
import type { WebhookSecrets } from '@triflow/platform'
import type { ListOperation, ReadOperation } from '../doors/operation.ts'
import { ownershipOf, type OwnershipMemory } from '../doors/ownership.ts'
import type { Document, Doors } from '../doors/service-doors.ts'
import { policy, type Actor } from './authorise.ts'

export interface Sources {
  readonly doors: Doors
  readonly memory: OwnershipMemory
  readonly webhookSecrets: WebhookSecrets
}

/**
 * Undefined when there is none or it is not the caller's, which must not be told apart.
 * @param params as the operation's own schema gives them
 */
export const documentFor = async (
  operation: ReadOperation,
  params: never,
  actor: Actor,
  sources: Sources,
  atLeast: string,
): Promise<Document | undefined> => {
  const document = await sources.doors.read(operation.service, operation.view, operation.id(params), atLeast)
  if (!document) return undefined
  const ownership = ownershipOf(sources.doors, sources.memory, '')
  const verdict = policy(actor, operation.action, await operation.resource(document.json, ownership, params, actor))
  if (!verdict.may) return undefined
  const shown = operation.shown?.[verdict.as]
  return shown ? { ...document, json: shown(document.json, sources) } : document
}

/** Pages of the view that are looked through for what the caller may see, before the answer says "go on from here". */
const LOOKS_MAX = 10

export interface Rows {
  readonly documents: Record<string, unknown>[]
  readonly next: string
}

/** Rows that the caller may see; the view is read in the page size asked for, so that a cursor never skips a row. */
export const rowsFor = async (
  operation: ListOperation,
  actor: Actor,
  { doors, memory }: Pick<Sources, 'doors' | 'memory'>,
  query: { value: string; limit: number; after: string; atLeast: string },
): Promise<Rows> => {
  const ownership = ownershipOf(doors, memory, '', false)
  const documents: Record<string, unknown>[] = []
  let { after } = query
  for (let look = 0; look < LOOKS_MAX; look++) {
    const limit = query.limit - documents.length
    const { service, view, field } = operation
    const page = await doors.list(service, { view, field, ...query, limit, after })
    for (const document of page.documents)
      if (policy(actor, operation.action, await operation.resource(document, ownership)).may) documents.push(document)
    after = page.next
    if (after === '' || documents.length >= query.limit) break
  }
  return { documents, next: after }
}
