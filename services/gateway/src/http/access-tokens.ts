/** Access tokens: short, signed by the gateway, saying who the caller is and in which roles. */
import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { roles, type Actor, type Role } from './authorise.ts'
import type { IssuerKey } from './keys.ts'

export const ACCESS_SECONDS = 300

export interface AccessTokens {
  issue(actor: Actor): Promise<string>
  /** The caller; undefined when the token is not good. */
  verify(token: string): Promise<Actor | undefined>
}

const REMEMBERED_MAX = 10_000

export const accessTokens = (key: IssuerKey, issuer: string): AccessTokens => {
  // A client uses one token for hundreds of requests; its signature need not be checked anew for each.
  const verified = new Map<string, { readonly actor: Actor; readonly until: number }>()
  return {
    issue: (actor) =>
      new SignJWT({ roles: actor.roles, client_id: actor.partyId })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setSubject(actor.partyId)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(`${ACCESS_SECONDS}s`)
        .sign(key.privateKey),
    verify: async (token) => {
      const known = verified.get(token)
      if (known && known.until > Date.now()) return known.actor
      verified.delete(token)
      try {
        const { payload } = await jwtVerify(token, key.publicKey, {
          algorithms: ['ES256'],
          typ: 'at+jwt',
          issuer,
          audience: issuer,
          requiredClaims: ['sub', 'exp', 'iat', 'jti', 'roles'],
          maxTokenAge: '10m',
          clockTolerance: 10,
        })
        const claimed: unknown[] = Array.isArray(payload['roles']) ? payload['roles'] : []
        const actor = { partyId: payload.sub!, roles: roles.filter((role: Role) => claimed.includes(role)) }
        if (verified.size >= REMEMBERED_MAX) verified.delete(verified.keys().next().value!)
        verified.set(token, { actor, until: payload.exp! * 1000 })
        return actor
      } catch {
        return undefined
      }
    },
  }
}
