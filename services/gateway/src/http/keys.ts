/** The gateway's own signing key and the operator's public key: files in the keys folder. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keyFile } from '@triflow/platform'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'

export interface IssuerKey {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly publicJwk: JWK
  /** From which other secrets of this cluster are derived. */
  readonly secret: string
}

const absent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const makeIssuer = async (): Promise<string> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  return `${JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' })}\n`
}

/** $TRIFLOW_KEYS_DIR/issuer.jwk, created (0600) when it is not there. */
export const issuerKey = async (keysDir: string): Promise<IssuerKey> => {
  const written = await keyFile(keysDir, 'issuer.jwk', makeIssuer)
  const { kty, crv, x, y, d, kid: named } = JSON.parse(written) as JWK
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y || !d) throw new Error('issuer.jwk is not a private ES256 key')
  const kid = named ?? (await calculateJwkThumbprint({ kty, crv, x, y }))
  return {
    kid,
    privateKey: (await importJWK({ kty, crv, x, y, d }, 'ES256')) as CryptoKey,
    publicKey: (await importJWK({ kty, crv, x, y }, 'ES256')) as CryptoKey,
    publicJwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' },
    secret: d,
  }
}

/** The bootstrap client's key; read at each use, because it may be put there after the gateway started. */
export const operatorKey = async (keysDir: string): Promise<JWK | undefined> => {
  try {
    const { kty, crv, x, y } = JSON.parse(await readFile(join(keysDir, 'operator.public.jwk'), 'utf8')) as JWK
    return { kty, crv, x, y }
  } catch (error) {
    if (absent(error)) return undefined
    throw error
  }
}
