/** Any party that wants to be told: it registers a webhook, learns its secret, and looks what became of deliveries. */
import { accepted, type Caller, type Document, type Outcome } from '../client/caller.ts'

export interface WebhookWanted {
  readonly name: string
  readonly url: string
  readonly kinds: readonly string[]
}

export const registerWebhook = async (caller: Caller, wanted: WebhookWanted): Promise<Outcome> =>
  accepted(
    `register webhook ${wanted.name}`,
    await caller.write({
      path: `/v1/parties/${caller.actor}/webhooks`,
      body: wanted,
      idempotencyKey: `webhook:${wanted.name}:${wanted.url}`,
    }),
  )

/** From here on the party is told nothing more; what it would have been told stands on its list. */
export const switchWebhookOff = async (caller: Caller, { name, url, kinds }: WebhookWanted): Promise<Outcome> =>
  accepted(
    `switch webhook ${name} off`,
    await caller.write({
      method: 'PUT',
      path: `/v1/parties/${caller.actor}/webhooks/${name}`,
      body: { url, kinds, enabled: false },
      idempotencyKey: `webhook:${name}:off`,
    }),
  )

/** @param seen position of the registration */
export const webhookSecret = async (caller: Caller, name: string, seen: string): Promise<string> => {
  const found = await caller.read(`/v1/parties/${caller.actor}/webhooks/${name}/secret`, seen)
  if (!found) throw new Error(`${caller.actor} has no webhook ${name}`)
  return String(found['secret'])
}

export const deliveriesOf = (caller: Caller, name: string): Promise<Document[]> =>
  caller.list(`/v1/webhook-deliveries?webhookId=${encodeURIComponent(`${caller.actor}/${name}`)}`)
