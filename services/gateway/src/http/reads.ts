/** Questions over HTTP: one document, or a page of documents. */
import type { ListOperation, ReadOperation } from '../doors/operation.ts'
import { atLeastOf, authenticate, requireAcceptable, requireRole, type Handler } from './exchange.ts'
import { textErrors } from './json.ts'
import { fieldErrors, refuse } from './problems.ts'
import { documentFor, rowsFor } from './shown.ts'

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
    const document = await documentFor(operation, parsed.data as never, actor, gateway, atLeast)
    if (!document) return notFound()
    response
      .status(200)
      .setHeader('cache-control', 'private, no-cache')
      .setHeader('vary', 'authorization')
      .setHeader('etag', `"${document.version}"`)
      .json(document.json)
  }

const PAGE_DEFAULT = 50
const PAGE_MAX = 200

const limitOf = (given: unknown): number => {
  if (given === undefined) return PAGE_DEFAULT
  const limit = typeof given === 'string' && /^[1-9][0-9]{0,2}$/.test(given) ? Number(given) : 0
  return limit >= 1 && limit <= PAGE_MAX ? limit : refuse(400, 'LimitInvalid', `A limit is 1 to ${PAGE_MAX}.`)
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
    const found = await rowsFor(operation, actor, gateway, { value, limit, after, atLeast })
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
