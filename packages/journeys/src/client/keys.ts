/** The actors' ES256 keys: files in the keys folder, made when missing, so that a job run again is the same client. */
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'

/** The public half as a party registers it. */
export interface PublicKey {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly alg: 'ES256'
  readonly use: 'sig'
}

export interface ActorKey {
  readonly actor: string
  readonly privateKey: CryptoKey
  readonly publicKey: PublicKey
}

/** The client that exists before any party does; the gateway reads its public key from a file. */
export const OPERATOR = 'operator'

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const readText = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Appears whole or not at all; when two make the same file at once, the first wins and both use it. */
const putOnce = async (file: string, text: string, mode: number): Promise<string> => {
  const mine = `${file}.${randomUUID()}`
  await writeFile(mine, text, { mode, flag: 'wx' })
  try {
    await link(mine, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(mine)
  }
  return await readFile(file, 'utf8')
}

const makeKey = async (file: string): Promise<string> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return putOnce(file, `${JSON.stringify(await exportJWK(privateKey))}\n`, 0o600)
}

const keyOf = async (actor: string, text: string): Promise<ActorKey> => {
  const { kty, crv, x, y, d } = JSON.parse(text) as JWK
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y || !d) throw new Error(`${actor}.jwk is not a private ES256 key`)
  const kid = await calculateJwkThumbprint({ kty, crv, x, y })
  return {
    actor,
    privateKey: (await importJWK({ kty, crv, x, y, d }, 'ES256')) as CryptoKey,
    publicKey: { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' },
  }
}

const fileOf = (keysDir: string, actor: string) => join(keysDir, `${actor}.jwk`)

/** The actor's key if there is one. */
export const heldKey = async (keysDir: string, actor: string): Promise<ActorKey | undefined> => {
  const text = await readText(fileOf(keysDir, actor))
  return text === undefined ? undefined : keyOf(actor, text)
}

/** The actor's key, made when missing; the operator's public half is put where the gateway looks for it. */
export const actorKey = async (keysDir: string, actor: string): Promise<ActorKey> => {
  await mkdir(keysDir, { recursive: true })
  const file = fileOf(keysDir, actor)
  const key = await keyOf(actor, (await readText(file)) ?? (await makeKey(file)))
  if (actor === OPERATOR) {
    const publicFile = join(keysDir, 'operator.public.jwk')
    const published = await readText(publicFile)
    if (published === undefined || (JSON.parse(published) as JWK).x !== key.publicKey.x)
      await writeFile(publicFile, `${JSON.stringify(key.publicKey)}\n`)
  }
  return key
}
