/** POST /oauth2/token: client credentials, proven by an assertion that the client signed with its own key (private_key_jwt). */
import type { Request, Response } from 'express'
import { decodeJwt, importJWK, jwtVerify, type JWK, type JWTPayload } from 'jose'
import type { Doors } from '../doors/service-doors.ts'
import { textsOf, views } from '../doors/views.ts'
import { ACCESS_SECONDS, type AccessTokens } from './access-tokens.ts'
import { roles, type Actor } from './authorise.ts'
import { readBody, requireContentType, type BodyLimits } from './body.ts'
import { decodeText } from './json.ts'
import { Refused, type Refusal } from './problems.ts'
import type { UsedTokens } from './used-tokens.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** An assertion lives a minute at most: long enough for a slow link, too short to be collected and kept. */
const ASSERTION_SECONDS_MAX = 60
const CLOCK_TOLERANCE_SECONDS = 10

export const tokenPath = '/oauth2/token'

export interface TokenEndpoint {
  readonly doors: Doors
  readonly tokens: AccessTokens
  readonly usedTokens: UsedTokens
  readonly issuer: string
  readonly operatorKey: () => Promise<JWK | undefined>
  readonly limits: BodyLimits
}

const no = (status: number, error: string, detail: string): never => {
  throw new Refused({ status, code: error, detail, kind: 'token' })
}

/** Parameters of a form, each at most once (RFC 6749, 3.2). */
const parametersOf = (text: string): Map<string, string> => {
  const parameters = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (parameters.has(name)) no(400, 'invalid_request', `${name.slice(0, 50)} is given twice`)
    parameters.set(name, value)
  }
  return parameters
}

interface Client {
  readonly keys: readonly JWK[]
  readonly actor: Actor
}

const clientOf = async (
  id: string,
  atLeast: string,
  { doors, operatorKey }: TokenEndpoint,
): Promise<Client | undefined> => {
  if (id === 'operator') {
    const key = await operatorKey()
    return key && { keys: [key], actor: { partyId: id, roles: ['operator'] } }
  }
  const party = await doors.read(views.parties.service, views.parties.view, id, atLeast)
  if (!party) return undefined
  const held = textsOf(party.json, 'roles')
  const keys = textsOf(party.json, 'clientKeys').flatMap((written) => {
    try {
      return [JSON.parse(written) as JWK]
    } catch {
      return []
    }
  })
  return { keys, actor: { partyId: id, roles: roles.filter((role) => held.includes(role)) } }
}

/** What the assertion says, if one of the client's keys signed it and it is meant for us, now. */
const verified = async (
  assertion: string,
  id: string,
  keys: readonly JWK[],
  issuer: string,
): Promise<JWTPayload | undefined> => {
  for (const { kty, crv, x, y } of keys) {
    try {
      const { payload } = await jwtVerify(assertion, await importJWK({ kty, crv, x, y }, 'ES256'), {
        algorithms: ['ES256'],
        issuer: id,
        subject: id,
        audience: [issuer, `${issuer}${tokenPath}`],
        requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
        maxTokenAge: ASSERTION_SECONDS_MAX,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      })
      return payload
    } catch {
      continue
    }
  }
  return undefined
}

/** The client that signed the assertion. Says no more than that it is not good: who guesses learns nothing. */
const authenticated = async (
  assertion: string,
  claimedId: string | undefined,
  atLeast: string,
  endpoint: TokenEndpoint,
): Promise<Actor> => {
  const notGood = (): never => no(401, 'invalid_client', 'The client assertion is not good.')
  let id = ''
  try {
    id = decodeJwt(assertion).sub ?? ''
  } catch {
    return notGood()
  }
  if (!/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(id) || (claimedId !== undefined && claimedId !== id))
    return notGood()
  const client = await clientOf(id, atLeast, endpoint)
  if (!client || client.keys.length === 0) return notGood()
  const payload = (await verified(assertion, id, client.keys, endpoint.issuer)) ?? notGood()
  const now = Date.now() / 1000
  if (payload.exp! - now > ASSERTION_SECONDS_MAX + CLOCK_TOLERANCE_SECONDS) return notGood()
  if (typeof payload.jti !== 'string' || payload.jti.length < 1 || payload.jti.length > 200) return notGood()
  // Claimed last: an assertion that is not good must not use up the id of one that is.
  const first = await endpoint.usedTokens
    .claim(`${id} ${payload.jti}`, new Date((payload.exp! + CLOCK_TOLERANCE_SECONDS + 60) * 1000))
    .catch(() => no(503, 'temporarily_unavailable', 'Used assertions cannot be looked up at the moment.'))
  if (!first) return no(401, 'invalid_client', 'The client assertion was used before.')
  return client.actor
}

export const issueToken = async (
  request: Request,
  response: Response,
  endpoint: TokenEndpoint,
  atLeast: string,
): Promise<void> => {
  requireContentType(request, 'application/x-www-form-urlencoded')
  const parameters = parametersOf(decodeText(await readBody(request, endpoint.limits)))
  if (parameters.get('grant_type') !== 'client_credentials')
    no(400, 'unsupported_grant_type', 'The grant type must be client_credentials.')
  if (parameters.get('client_assertion_type') !== ASSERTION_TYPE)
    no(400, 'invalid_request', `The client assertion type must be ${ASSERTION_TYPE}.`)
  const assertion = parameters.get('client_assertion') ?? no(400, 'invalid_request', 'A client assertion is needed.')
  const actor = await authenticated(assertion, parameters.get('client_id'), atLeast, endpoint)
  response
    .status(200)
    .setHeader('cache-control', 'no-store')
    .json({ access_token: await endpoint.tokens.issue(actor), token_type: 'Bearer', expires_in: ACCESS_SECONDS })
}

/** OAuth clients look for `error`; the rest is there for people, as in every other answer. */
export const tokenProblem = (refusal: Refusal, requestId: string) => ({
  error: /^[a-z_]+$/.test(refusal.code)
    ? refusal.code
    : refusal.headers?.['retry-after']
      ? 'temporarily_unavailable'
      : 'invalid_request',
  error_description: refusal.detail,
  code: refusal.code,
  requestId,
})

/** RFC 8414. */
export const serverMetadata = (issuer: string) => ({
  issuer,
  token_endpoint: `${issuer}${tokenPath}`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  response_types_supported: [],
  grant_types_supported: ['client_credentials'],
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['ES256'],
  service_documentation: `${issuer}/reference`,
})
