/** The bank as a client of the gateway: proves with its own key who it is, and gets a token for a while. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importJWK, SignJWT, type JWK } from 'jose'

/** No key yet, or the gateway does not know it yet: not an error, only too early. */
export class NotYet extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'NotYet'
  }
}

export interface ClientToken {
  /** A token good for a while. Throws NotYet while the key or its registration is missing. */
  token(): Promise<string>
  /** The gateway refused it. */
  drop(): void
}

const ASSERTION_SECONDS = 50
/** A token is renewed this long before it ends. */
const EARLY_MS = 30_000
const ANSWER_WITHIN_MS = 10_000

export const openClientToken = (options: {
  readonly gatewayUrl: string
  readonly keysDir: string
  readonly actor: string
  readonly now: () => number
}): ClientToken => {
  const { gatewayUrl, keysDir, actor, now } = options
  let held: { readonly token: string; readonly until: number } | undefined

  const keyOf = async (): Promise<JWK> => {
    try {
      return JSON.parse(await readFile(join(keysDir, `${actor}.jwk`), 'utf8')) as JWK
    } catch (error) {
      throw new NotYet(`no key of ${actor} yet: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`)
    }
  }

  /** The name the gateway goes by is its own to say. */
  const issuer = async (): Promise<string> => {
    const answer = await fetch(`${gatewayUrl}/.well-known/oauth-authorization-server`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    if (!answer.ok) throw new NotYet(`the gateway's metadata: HTTP ${answer.status}`)
    return ((await answer.json()) as { issuer: string }).issuer
  }

  const ask = async (): Promise<string> => {
    const key = await keyOf()
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...(key.kid ? { kid: key.kid } : {}) })
      .setIssuer(actor)
      .setSubject(actor)
      .setAudience(await issuer())
      .setJti(crypto.randomUUID())
      .setIssuedAt(Math.floor(now() / 1_000))
      .setExpirationTime(Math.floor(now() / 1_000) + ASSERTION_SECONDS)
      .sign(await importJWK(key, 'ES256'))
    const answer = await fetch(`${gatewayUrl}/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    if (!answer.ok) throw new NotYet(`no token for ${actor}: HTTP ${answer.status}`)
    const { access_token, expires_in } = (await answer.json()) as { access_token: string; expires_in: number }
    held = { token: access_token, until: now() + expires_in * 1_000 - EARLY_MS }
    return access_token
  }

  return {
    token: async () => (held && held.until > now() ? held.token : ask()),
    drop: () => {
      held = undefined
    },
  }
}
