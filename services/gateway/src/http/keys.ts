/** The gateway's own signing key and the operator's public key: files in the keys folder. */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
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

/** Two gateways may start at once; the link decides whose key it is, and a file is there whole or not at all. */
const create = async (file: string): Promise<string> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(privateKey)
  const mine = `${file}.${randomUUID()}`
  await writeFile(
    mine,
    `${JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' })}\n`,
    { mode: 0o600, flag: 'wx' },
  )
  try {
    await link(mine, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(mine)
  }
  return await readFile(file, 'utf8')
}

/** $TRIFLOW_KEYS_DIR/issuer.jwk, created (0600) when it is not there. */
export const issuerKey = async (keysDir: string): Promise<IssuerKey> => {
  const file = join(keysDir, 'issuer.jwk')
  await mkdir(keysDir, { recursive: true })
  const written = await readFile(file, 'utf8').catch((error: unknown) => {
    if (absent(error)) return create(file)
    throw error
  })
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
