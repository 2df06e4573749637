/** Access tokens by private_key_jwt: asked for when first needed, kept until shortly before they end. */
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { ActorKey } from './keys.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const RENEW_BEFORE_MS = 45_000

/** The signed statement with which a client asks for a token; usable once, for a minute. */
export const assertionOf = (key: ActorKey, audience: string): Promise<string> =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: key.publicKey.kid, typ: 'JWT' })
    .setIssuer(key.actor)
    .setSubject(key.actor)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('50s')
    .sign(key.privateKey)

export const tokenForm = (assertion: string): string =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
  }).toString()

export interface Granted {
  readonly token: string
  readonly expiresInSeconds: number
}

export interface TokenCache {
  /** A token good for at least a moment; callers that ask at once share one request. */
  token(): Promise<string>
  /** The gateway did not take this one. */
  drop(token: string): void
}

export const tokenCache = (ask: () => Promise<Granted>, now: () => number = Date.now): TokenCache => {
  let held: { token: string; until: number } | undefined
  let asking: Promise<string> | undefined
  return {
    token: async () => {
      if (held && held.until > now()) return held.token
      asking ??= ask()
        .then(({ token, expiresInSeconds }) => {
          held = { token, until: now() + expiresInSeconds * 1000 - RENEW_BEFORE_MS }
          return token
        })
        .finally(() => (asking = undefined))
      return asking
    },
    drop: (token) => {
      if (held?.token === token) held = undefined
    },
  }
}
