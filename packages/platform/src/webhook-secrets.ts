/**
 * Secrets that sign webhooks. Each is derived from one key of the cluster, so that none is stored: not in a journal, which
 * is never rewritten, nor in a view.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { keyFile } from './key-file.ts'

/** As Standard Webhooks write a secret: whsec_ and base64 of 32 bytes. */
export type WebhookSecrets = (webhookId: string, version: number) => string

export const webhookSecretsFrom =
  (key: Uint8Array): WebhookSecrets =>
  (webhookId, version) =>
    `whsec_${createHmac('sha256', key).update(`${webhookId}\n${version}`).digest('base64')}`

/** From $TRIFLOW_KEYS_DIR/webhooks.key, created when it is not there. Whoever loses it gives every webhook a new secret. */
export const openWebhookSecrets = async (keysDir: string): Promise<WebhookSecrets> => {
  const written = (await keyFile(keysDir, 'webhooks.key', () => `${randomBytes(32).toString('base64')}\n`)).trim()
  const key = Buffer.from(written, 'base64')
  if (key.length !== 32) throw new Error('webhooks.key does not hold 32 bytes in base64')
  return webhookSecretsFrom(key)
}
