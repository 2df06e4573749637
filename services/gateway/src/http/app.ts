/** Puts the door together: the table of operations becomes routes; what matches none is refused in the same shape. */
import { randomBytes } from 'node:crypto'
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import helmet from 'helmet'
import { bulkOperations, operations } from '../doors/table.ts'
import { DoorUnavailable } from '../doors/service-doors.ts'
import { openApiDocument } from '../openapi.ts'
import type { Kind } from './admission.ts'
import { bulkHandler } from './bulk.ts'
import {
  atLeastOf,
  callerOf,
  nameRequest,
  nameRoute,
  requestIdOf,
  routeOf,
  type Gateway,
  type Handler,
} from './exchange.ts'
import type { IssuerKey } from './keys.ts'
import { Refused, refuse, sendProblem, type Refusal } from './problems.ts'
import { addressOf, rateLimiters, type RateLimits } from './rate-limits.ts'
import { listHandler, readHandler } from './reads.ts'
import { indexPage, referenceFiles } from './reference.ts'
import { issueToken, serverMetadata, tokenPath, tokenProblem, type TokenEndpoint } from './token-endpoint.ts'
import { writeHandler } from './writes.ts'

export interface AppOptions {
  readonly gateway: Gateway
  readonly issuerKey: IssuerKey
  readonly issuer: string
  readonly usedTokens: TokenEndpoint['usedTokens']
  readonly operatorKey: TokenEndpoint['operatorKey']
  readonly rateLimits: RateLimits
}

type Method = 'get' | 'post' | 'put'
type Route = Partial<Record<Method, Handler>>

/** In a place of its kind, shared by tenant. Who shows no good token needs none: it is refused at once, its body unread. */
const asTenant =
  (kind: Kind, handler: Handler): Handler =>
  async (request, response, gateway) => {
    const caller = await callerOf(request, gateway.tokens)
    if (!caller) return await handler(request, response, gateway)
    await gateway.admission.within(kind, caller.partyId, response, () => handler(request, response, gateway))
  }

/** All paths with what may be done there. */
const routeTable = (extra: Readonly<Record<string, Route>>): Map<string, Route> => {
  const table = new Map<string, Route>(Object.entries(extra))
  const add = (path: string, method: Method, handler: Handler) =>
    table.set(path, { ...table.get(path), [method]: handler })
  for (const operation of operations) {
    if (operation.kind === 'write') add(operation.path, operation.method, asTenant('write', writeHandler(operation)))
    else {
      const handler = operation.kind === 'read' ? readHandler(operation) : listHandler(operation)
      add(operation.path, 'get', asTenant('read', handler))
    }
  }
  for (const operation of bulkOperations)
    add(`/v1/bulk/${operation.bulk}`, 'post', asTenant('upload', bulkHandler(operation)))
  return table
}

const allowed = (route: Route): string =>
  Object.keys(route)
    .flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))
    .join(', ')

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

const traceparentOf = (request: Request): string => {
  const given = request.headers['traceparent']
  return typeof given === 'string' && TRACEPARENT.test(given) ? given : ''
}

/** Every request has an id from its first moment, also one that matches nothing. */
const opening =
  (gateway: Gateway): RequestHandler =>
  (request, response, next) => {
    const started = performance.now()
    nameRequest(request, TRACEPARENT.exec(traceparentOf(request))?.[1] ?? randomBytes(16).toString('hex'))
    response.on('close', () => {
      const labels = { route: routeOf(request), method: request.method, code: String(response.statusCode) }
      gateway.witness.observe('triflow_http_request_duration_seconds', (performance.now() - started) / 1000, labels)
      if (response.getHeader('idempotent-replayed')) gateway.witness.count('triflow_idempotent_replays_total', 1)
    })
    next()
  }

/** The path as the router will decode it: nothing malformed, no NUL or other control. */
const cleanPath: RequestHandler = (request, _response, next) => {
  let path: string
  try {
    path = decodeURIComponent(request.path)
  } catch {
    return next(new Refused({ status: 400, code: 'PathMalformed', detail: 'The path is not valid percent-encoding.' }))
  }
  if (/[\u0000-\u001f\u007f]/.test(path))
    return next(new Refused({ status: 400, code: 'PathMalformed', detail: 'The path holds a control character.' }))
  next()
}

/** A thrown anything as a refusal. What is not ours is a bug or an outage; its cause goes to the log, never to the caller. */
const refusalOf = (error: unknown, request: Request, gateway: Gateway): Refusal => {
  if (error instanceof Refused) return error.refusal
  if (error instanceof DoorUnavailable) {
    gateway.witness.say('warn', 'service unavailable', { requestId: requestIdOf(request), error, cause: error.cause })
    return {
      status: 503,
      code: 'Unavailable',
      detail: `${error.message}; send it again with the same key.`,
      headers: { 'retry-after': '2' },
    }
  }
  const status = (error as { status?: unknown } | null)?.status
  if (status === 400) return { status: 400, code: 'PathMalformed', detail: 'The request cannot be read.' }
  gateway.witness.say('error', 'request failed', { requestId: requestIdOf(request), route: routeOf(request), error })
  return {
    status: 500,
    code: 'Internal',
    detail: 'Something broke on our side; it was recorded under this request id.',
  }
}

const end = (error: unknown, request: Request, response: Response, gateway: Gateway): void => {
  const refusal = refusalOf(error, request, gateway)
  if (refusal.status >= 400) gateway.witness.count('triflow_rejected_total', 1, { kind: refusal.kind ?? refusal.code })
  // Too late for a problem: a broken stream is the only honest end.
  if (response.headersSent) return void response.destroy()
  if (routeOf(request) === tokenPath) {
    for (const [name, value] of Object.entries(refusal.headers ?? {})) response.setHeader(name, value)
    return void response
      .status(refusal.status)
      .setHeader('cache-control', 'no-store')
      .json(tokenProblem(refusal, requestIdOf(request)))
  }
  sendProblem(response, refusal, request.path, requestIdOf(request))
}

export const createApp = (options: AppOptions): Express => {
  const { gateway, issuer, issuerKey } = options
  const limiters = rateLimiters(options.rateLimits, gateway)
  const endpoint: TokenEndpoint = {
    doors: gateway.doors,
    tokens: gateway.tokens,
    usedTokens: options.usedTokens,
    operatorKey: options.operatorKey,
    issuer,
    limits: { maxBytes: gateway.limits.bodyMaxBytes, timeoutMs: gateway.limits.bodyTimeoutMs },
  }
  const openApi = JSON.stringify(openApiDocument(issuer))
  const page =
    (type: string, body: string): Handler =>
    async (_request, response) =>
      void response.status(200).type(type).send(body)

  const routes = routeTable({
    '/': { get: page('html', indexPage) },
    '/openapi.json': { get: page('json', openApi) },
    '/.well-known/oauth-authorization-server': { get: page('json', JSON.stringify(serverMetadata(issuer))) },
    '/.well-known/jwks.json': { get: page('json', JSON.stringify({ keys: [issuerKey.publicJwk] })) },
    [tokenPath]: {
      post: (request, response) =>
        gateway.admission.within('token', addressOf(request), response, () =>
          issueToken(request, response, endpoint, atLeastOf(request)),
        ),
    },
  })

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.set('case sensitive routing', true)
  app.set('strict routing', true)
  app.set('trust proxy', false)
  app.use(opening(gateway))
  app.use(helmet())
  app.use(cleanPath)
  app.use('/reference', referenceFiles())

  for (const [path, route] of routes) {
    const limiter = path === tokenPath ? limiters.tokens : limiters.requests
    app.all(path.replaceAll(/\{(\w+)\}/g, ':$1'), async (request, response) => {
      nameRoute(request, path)
      const method = (request.method === 'HEAD' ? 'get' : request.method.toLowerCase()) as Method
      const attributes = { 'http.request.method': request.method, 'http.route': path }
      await gateway.tracing.span(`${request.method} ${path}`, attributes, traceparentOf(request), async () => {
        nameRequest(request, gateway.tracing.current().slice(3, 35))
        response.setHeader('triflow-request-id', requestIdOf(request))
        try {
          if (request.method === 'OPTIONS') return void response.status(204).setHeader('allow', allowed(route)).end()
          const handler = Object.hasOwn(route, method) ? route[method] : undefined
          if (!handler)
            return refuse(405, 'MethodNotAllowed', `Allowed here: ${allowed(route)}.`, {
              headers: { allow: allowed(route) },
            })
          await limiter(request, response)
          await handler(request, response, gateway)
        } catch (error) {
          end(error, request, response, gateway)
        }
      })
    })
  }

  app.use(() => refuse(404, 'NotFound', 'There is nothing at this path.', { kind: 'NoRoute' }))
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) =>
    end(error, request, response, gateway),
  )
  return app
}
