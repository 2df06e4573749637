/** Secrets of webhooks: derived from one key that is made once, each another, none guessed from another. */
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openWebhookSecrets } from './webhook-secrets.ts'

const folder = () => mkdtemp(join(tmpdir(), 'triflow-webhooks-'))

describe('the secrets of webhooks', () => {
  it('are the same for every process of the cluster, and another for each webhook and version', async () => {
    const dir = await folder()
    const processes = await Promise.all(Array.from({ length: 8 }, () => openWebhookSecrets(dir)))
    expect(new Set(processes.map((secretOf) => secretOf('litware/books', 1))).size).toBe(1)
    const [secretOf] = processes
    const secrets = [secretOf!('litware/books', 1), secretOf!('litware/books', 2), secretOf!('litware/orders', 1)]
    expect(new Set(secrets).size).toBe(3)
    for (const secret of secrets) expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32)
    expect((await stat(join(dir, 'webhooks.key'))).mode & 0o777).toBe(0o600)
  })

  it('are others in another cluster', async () => {
    const [here, there] = [await openWebhookSecrets(await folder()), await openWebhookSecrets(await folder())]
    expect(here('litware/books', 1)).not.toBe(there('litware/books', 1))
  })

  it('are not made of a key that was cut off, which stays as it is', async () => {
    const dir = await folder()
    await writeFile(join(dir, 'webhooks.key'), 'c2hvcnQ=\n')
    await expect(openWebhookSecrets(dir)).rejects.toThrow('does not hold 32 bytes')
    expect(await readFile(join(dir, 'webhooks.key'), 'utf8')).toBe('c2hvcnQ=\n')
  })
})
