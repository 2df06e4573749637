/** Questions: one document, or a page of documents, each shown only to those it concerns. */
import type { ListOperation, ReadOperation } from '../doors/operation.ts'
import { ownershipOf } from '../doors/ownership.ts'
import { policy, type Actor } from './authorise.ts'
import { atLeastOf, authenticate, requireAcceptable, requireRole, type Gateway, type Handler } from './exchange.ts'
import { textErrors } from './json.ts'
import { fieldErrors, refuse } from './problems.ts'

const notFound = () => refuse(404, 'NotFound', 'There is no such thing, or it is not yours.')

export const readHandler =
  (operation: ReadOperation): Handler =>
  async (request, response, gateway) => {
    requireAcceptable(request, 'application/json')
    const actor = await authenticate(request, gateway.tokens)
    requireRole(actor, operation.action)
    const atLeast = atLeastOf(request)
    // What cannot be an id is nobody's id.
    const parsed = operation.params.safeParse({ ...request.params })
    if (!parsed.success || textErrors(parsed.data).length) return notFound()
    const params = parsed.data as never
    const document = await gateway.doors.read(operation.service, operation.view, operation.id(params), atLeast)
    if (!document) return notFound()
    const ownership = ownershipOf(gateway.doors, gateway.memory, '')
    const verdict = policy(actor, operation.action, await operation.resource(document.json, ownership, params, actor))
    if (!verdict.may) return notFound()
    const shown = operation.shown?.[verdict.as]
    response
      .status(200)
      .setHeader('cache-control', 'private, no-cache')
      .setHeader('vary', 'authorization')
      .setHeader('etag', `"${document.version}"`)
      .json(shown ? shown(document.json, gateway) : document.json)
  }

const PAGE_DEFAULT = 50
const PAGE_MAX = 200
/** Pages of the view that are looked through for what the caller may see, before the answer says "go on from here". */
const LOOKS_MAX = 10

const limitOf = (given: unknown): number => {
  if (given === undefined) return PAGE_DEFAULT
  const limit = typeof given === 'string' && /^[1-9][0-9]{0,2}$/.test(given) ? Number(given) : 0
  return limit >= 1 && limit <= PAGE_MAX ? limit : refuse(400, 'LimitInvalid', `A limit is 1 to ${PAGE_MAX}.`)
}

interface Found {
  readonly documents: Record<string, unknown>[]
  readonly next: string
}

/** Rows that the caller may see; the view is read in the page size asked for, so that a cursor never skips a row. */
const visible = async (
  operation: ListOperation,
  actor: Actor,
  gateway: Gateway,
  query: { value: string; limit: number; after: string; atLeast: string },
): Promise<Found> => {
  const ownership = ownershipOf(gateway.doors, gateway.memory, '', false)
  const documents: Record<string, unknown>[] = []
  let { after } = query
  for (let look = 0; look < LOOKS_MAX; look++) {
    const limit = query.limit - documents.length
    const page = await gateway.doors.list(operation.service, {
      view: operation.view,
      field: operation.field,
      ...query,
      limit,
      after,
    })
    for (const document of page.documents)
      if (policy(actor, operation.action, await operation.resource(document, ownership)).may) documents.push(document)
    after = page.next
    if (after === '' || documents.length >= query.limit) break
  }
  return { documents, next: after }
}

export const listHandler =
  (operation: ListOperation): Handler =>
  async (request, response, gateway) => {
    requireAcceptable(request, 'application/json')
    const actor = await authenticate(request, gateway.tokens)
    requireRole(actor, operation.action)
    const atLeast = atLeastOf(request)
    const { limit: limitGiven, cursor, ...rest } = request.query
    const parsed = operation.query.safeParse(rest)
    if (!parsed.success)
      return refuse(400, 'QueryInvalid', 'The query is not acceptable; see errors.', {
        errors: fieldErrors(parsed.error),
      })
    const [name, value] = Object.entries(parsed.data)[0] as [string, string]
    const limit = limitOf(limitGiven)
    const question = `${actor.partyId} ${operation.path}?${name}=${value}`
    if (cursor !== undefined && typeof cursor !== 'string')
      return refuse(400, 'CursorInvalid', 'A cursor is given once.')
    const after = cursor === undefined ? '' : gateway.cursors.read(question, cursor)
    const found = await visible(operation, actor, gateway, { value, limit, after, atLeast })
    const next = found.next === '' ? undefined : gateway.cursors.write(question, found.next)
    if (next)
      response.setHeader(
        'link',
        `<${operation.path}?${name}=${encodeURIComponent(value)}&limit=${limit}&cursor=${next}>; rel="next"`,
      )
    response
      .status(200)
      .setHeader('cache-control', 'private, no-store')
      .json({ items: found.documents, ...(next ? { next } : {}) })
  }
