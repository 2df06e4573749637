/** Where each party wants to be told, for its owner and for the notifier. */
import { factsTopic } from '@triflow/contracts'
import type { Said, ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { EndpointFact } from '../desks/index.ts'

export const webhooksViewName = 'webhooks'

export interface WebhookBody {
  readonly partyId: string
  readonly url: string
  readonly kinds: readonly string[]
  /** When it asked for each of them, in milliseconds since 1970. */
  readonly since?: readonly number[]
  readonly enabled: boolean
  /** Why it is as it is; '' while it is as it was registered. */
  readonly reason: string
  readonly secretVersion: number
}

export const foldWebhook = (body: WebhookBody | undefined, fact: EndpointFact, at: number): WebhookBody | undefined => {
  if (fact.type === 'WebhookRegistered') {
    const { partyId, url, kinds } = fact
    return { partyId, url, kinds, since: kinds.map(() => at), enabled: true, reason: '', secretVersion: 1 }
  }
  if (!body) return undefined
  switch (fact.type) {
    case 'WebhookChanged': {
      const { url, kinds, enabled, reason } = fact
      // Documents of before this was kept lack it.
      const known = new Map(body.kinds.map((kind, index) => [kind, body.since?.[index] ?? 0]))
      const since = kinds.map((kind) => known.get(kind) ?? at)
      return { ...body, url, kinds, since, enabled, reason }
    }
    case 'WebhookSecretRolled':
      return { ...body, secretVersion: fact.secretVersion }
    default:
      return undefined
  }
}

const folded = new Set(['WebhookRegistered', 'WebhookChanged', 'WebhookSecretRolled'])

const definition: ViewDefinition<WebhookBody> = {
  name: webhooksViewName,
  hears: [factsTopic('webhook.endpoint')],
  idsOf: (fact) => (folded.has(fact.type) ? [String(fact['webhookId'])] : []),
  fold: (body, fact, said: Said) => foldWebhook(body, fact as unknown as EndpointFact, said.at),
  listedBy: ['partyId'],
}

export const webhooksView = {
  definition,
  fields: {
    partyId: String,
    url: String,
    kinds: [String],
    since: [Number],
    enabled: Boolean,
    reason: String,
    secretVersion: Number,
  },
} satisfies ServiceView
