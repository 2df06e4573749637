/** So that one caller cannot take all of the door: a generous budget per client, a smaller one per address for tokens. */
import type { Request, Response } from 'express'
import { ipKeyGenerator, rateLimit } from 'express-rate-limit'
import { callerOf, routeOf, type Gateway } from './exchange.ts'
import { Refused } from './problems.ts'

export interface RateLimits {
  readonly requestsPerMinute: number
  readonly tokensPerMinute: number
}

type Limiter = (request: Request, response: Response) => Promise<void>

const WINDOW_MS = 60_000

const limiter = (
  limit: number,
  name: string,
  keyOf: (request: Request) => Promise<string>,
  gateway: Gateway,
): Limiter => {
  const tooMany = new Refused({
    status: 429,
    code: 'TooManyRequests',
    detail: 'Too many requests; wait before the next.',
  })
  const middleware = rateLimit({
    windowMs: WINDOW_MS,
    limit,
    identifier: name,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: keyOf,
    handler: (request, _response, next) => {
      gateway.witness.count('triflow_rate_limited_total', 1, { route: routeOf(request) })
      next(tooMany)
    },
  })
  return (request, response) =>
    new Promise((resolve, reject) => {
      void middleware(request, response, (error?: unknown) => (error ? reject(error) : resolve()))
    })
}

/** Who asks, as far as can be told of one who shows no token. */
export const addressOf = (request: Request): string => `ip ${ipKeyGenerator(request.ip ?? '')}`

export const rateLimiters = (limits: RateLimits, gateway: Gateway): { requests: Limiter; tokens: Limiter } => {
  const client = async (request: Request) => {
    const actor = await callerOf(request, gateway.tokens)
    return actor ? `party ${actor.partyId}` : addressOf(request)
  }
  return {
    requests: limiter(limits.requestsPerMinute, 'requests', client, gateway),
    tokens: limiter(limits.tokensPerMinute, 'tokens', async (request) => addressOf(request), gateway),
  }
}
