/** Sends what is due, signed as Standard Webhooks say, and reports what the receiver answered. */
import { factsTopic } from '@triflow/contracts'
import type { Clock, ConnectorDefinition } from '@triflow/desk'
import type { WebhookSecrets } from '@triflow/platform'
import { Webhook } from 'standardwebhooks'
import type { DeliveryDue, ReportDelivery } from '../desks/index.ts'

export interface Message {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The receiver's HTTP status, or 0 and in a few words why there is none. */
export interface Answer {
  readonly status: number
  readonly detail: string
}

/** Never rejects for what the outside world does. */
export type Post = (message: Message) => Promise<Answer>

export interface SenderDeps {
  readonly post: Post
  readonly secrets: WebhookSecrets
  readonly clock: Pick<Clock, 'now'>
}

const GONE = 410

const resultOf = (status: number): 'delivered' | 'gone' | 'failed' => {
  if (status >= 200 && status < 300) return 'delivered'
  return status === GONE ? 'gone' : 'failed'
}

const messageOf = (due: DeliveryDue, secrets: WebhookSecrets, at: number): Message => {
  const sentAt = new Date(Math.floor(at / 1_000) * 1_000)
  const signatures = due.secretVersions.map((version) =>
    new Webhook(secrets(due.webhookId, version)).sign(due.eventId, sentAt, due.body),
  )
  return {
    url: due.url,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Triflow-Webhooks/1',
      'webhook-id': due.eventId,
      'webhook-timestamp': String(sentAt.getTime() / 1_000),
      'webhook-signature': signatures.join(' '),
    },
    body: due.body,
  }
}

export const sender = ({ post, secrets, clock }: SenderDeps): ConnectorDefinition => ({
  name: 'sender',
  hears: [factsTopic('webhook.endpoint')],
  wants: (fact) => fact.type === 'DeliveryDue',
  act: async (fact) => {
    const due = fact as unknown as DeliveryDue
    const { webhookId, eventId, attempt } = due
    const { status, detail } = await post(messageOf(due, secrets, clock.now()))
    const result = resultOf(status)
    const command: ReportDelivery = { type: 'ReportDelivery', webhookId, eventId, attempt, result, status, detail }
    return [{ id: `${webhookId}/${eventId}/${attempt}`, command: { ...command } }]
  },
})
