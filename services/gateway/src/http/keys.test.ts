/** Key files: made once, whoever comes first, readable by their owner only. */
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { issuerKey, operatorKey } from './keys.ts'

const folder = () => mkdtemp(join(tmpdir(), 'triflow-keys-'))

describe('the issuer’s key', () => {
  it('is made once, also when several gateways start at the same moment, and is for its owner only', async () => {
    const dir = join(await folder(), 'keys')
    const keys = await Promise.all(Array.from({ length: 8 }, () => issuerKey(dir)))
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1)
    expect(new Set(keys.map(({ secret }) => secret)).size).toBe(1)
    expect(await readdir(dir)).toEqual(['issuer.jwk'])
    expect((await stat(join(dir, 'issuer.jwk'))).mode & 0o777).toBe(0o600)
    expect((await issuerKey(dir)).kid).toBe(keys[0]!.kid)
  })

  it('is not replaced when the file holds something else', async () => {
    const dir = await folder()
    await writeFile(join(dir, 'issuer.jwk'), '{"kty":"RSA"}')
    await expect(issuerKey(dir)).rejects.toThrow('not a private ES256 key')
    expect(await readFile(join(dir, 'issuer.jwk'), 'utf8')).toBe('{"kty":"RSA"}')
  })

  it('is public without its secret', async () => {
    expect((await issuerKey(await folder())).publicJwk).not.toHaveProperty('d')
  })
})

describe('the operator’s key', () => {
  it('may come later, and never more than its public half is taken', async () => {
    const dir = await folder()
    expect(await operatorKey(dir)).toBeUndefined()
    await writeFile(
      join(dir, 'operator.public.jwk'),
      JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'secret' }),
    )
    expect(await operatorKey(dir)).toEqual({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' })
  })
})
