/** What the handlers of one request share: who asks, its trace, and what it has seen before. */
import type { Request, Response } from 'express'
import type { Doors } from '../doors/service-doors.ts'
import type { OwnershipMemory } from '../doors/ownership.ts'
import type { Witness } from '@triflow/desk'
import type { WebhookSecrets } from '@triflow/platform'
import type { AccessTokens } from './access-tokens.ts'
import type { Admission } from './admission.ts'
import { mayEver, type Action, type Actor } from './authorise.ts'
import type { Cursors } from './cursor.ts'
import { refuse } from './problems.ts'

export interface Limits {
  readonly bodyMaxBytes: number
  readonly bodyTimeoutMs: number
  readonly bulkMaxBytes: number
  readonly bulkMaxLines: number
  /** Commands that go to a service in one call. */
  readonly bulkChunkLines: number
  /** How long a door may wait for a desk's outcome before the answer is 202. */
  readonly answerWithinMs: number
}

/** Spans around requests; given by the platform, so that one trace leads from here to the payout. */
export interface Tracing {
  /** Runs work as a span below a traceparent, or as the root of a new trace when it is ''. */
  span<T>(
    name: string,
    attributes: Readonly<Record<string, string>>,
    traceparent: string,
    work: () => Promise<T>,
  ): Promise<T>
  /** The traceparent of the work under way. */
  current(): string
}

export interface Gateway {
  readonly admission: Admission
  readonly tracing: Tracing
  readonly doors: Doors
  readonly tokens: AccessTokens
  readonly memory: OwnershipMemory
  readonly cursors: Cursors
  readonly webhookSecrets: WebhookSecrets
  readonly limits: Limits
  readonly witness: Witness
}

const requestIds = new WeakMap<Request, string>()
const counted = new WeakMap<Request, string>()

/** The trace id, which is also how people name the request when they ask about it. */
export const requestIdOf = (request: Request): string => requestIds.get(request) ?? ''
export const nameRequest = (request: Request, traceId: string): void => void requestIds.set(request, traceId)

/** The route a request took, for its metrics; ids never become labels. */
export const routeOf = (request: Request): string => counted.get(request) ?? 'none'
export const nameRoute = (request: Request, route: string): void => void counted.set(request, route)

const challenge = (error?: string) => ({
  'www-authenticate': `Bearer realm="triflow"${error ? `, error="${error}"` : ''}`,
})

/** Whose request it is, before anything is said about whether it may do what it asks; undefined for whoever shows no good token. */
export const callerOf = async (request: Request, tokens: AccessTokens): Promise<Actor | undefined> => {
  const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1]
  return token === undefined ? undefined : await tokens.verify(token)
}

/** The caller, or 401. */
export const authenticate = async (request: Request, tokens: AccessTokens): Promise<Actor> => {
  if (request.headers.authorization === undefined)
    return refuse(401, 'TokenMissing', 'An access token is needed.', { headers: challenge() })
  return (
    (await callerOf(request, tokens)) ??
    refuse(401, 'TokenInvalid', 'The access token is not good or no longer good.', {
      headers: challenge('invalid_token'),
    })
  )
}

/** 403 when no role of the caller may ever do this. */
export const requireRole = (actor: Actor, action: Action): void => {
  if (!mayEver(actor, action)) refuse(403, 'RoleMissing', `None of the caller's roles may do this (${action}).`)
}

/** "order.order-02#817": what the caller has seen and wants to be able to see again. */
export const atLeastOf = (request: Request): string => {
  const position = request.headers['triflow-position']
  if (position === undefined) return ''
  if (typeof position !== 'string' || !/^[a-z]{1,30}\.[a-z]{1,30}-[0-9]{1,4}#[0-9]{1,15}$/.test(position))
    return refuse(400, 'PositionInvalid', 'A Triflow-Position looks like order.order-02#817.')
  return position
}

/** How long the caller will wait for an outcome (RFC 7240), within what we allow. */
export const waitOf = (request: Request, allowedMs: number): number => {
  const preference = request.headers['prefer']
  const seconds =
    typeof preference === 'string' ? /(?:^|[,;\s])wait=([0-9]{1,3})(?:$|[,;\s])/.exec(preference)?.[1] : undefined
  return seconds === undefined ? allowedMs : Math.min(Number(seconds) * 1000, 30_000)
}

/** 406 when none of the forms that we would answer in is welcome. */
export const requireAcceptable = (request: Request, ...types: string[]): void => {
  if (request.headers.accept !== undefined && !request.accepts([...types, 'application/problem+json']))
    refuse(406, 'NotAcceptable', `The answer is ${types.join(' or ')}.`)
}

export type Handler = (request: Request, response: Response, gateway: Gateway) => Promise<void>
