/** Sends what is due, signed as Standard Webhooks say, and reports what the receiver answered. */
import { factsTopic } from '@triflow/contracts'
import type { Clock, ConnectorDefinition, Views, Witness } from '@triflow/desk'
import type { WebhookSecrets } from '@triflow/platform'
import { Webhook } from 'standardwebhooks'
import type { DeliveryDue, ReportDelivery } from '../desks/index.ts'
import { deliveriesViewName, type DeliveryBody } from '../views/deliveries.ts'

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
  readonly witness: Pick<Witness, 'count'>
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

/**
 * What the view already knows the end of, or a later attempt at, is not sent again: after a crash facts are heard anew, and
 * whoever reads the log from its beginning hears all of them. A view that lags costs a repeat.
 */
const isOver = async ({ webhookId, eventId, attempt }: DeliveryDue, views: Pick<Views, 'load'>): Promise<boolean> => {
  const id = `${webhookId}/${eventId}`
  const known = (await views.load(deliveriesViewName, [id])).get(id)?.body as DeliveryBody | undefined
  if (!known || known.attempts < attempt) return false
  return known.attempts > attempt || known.status !== 'sent'
}

export const sender = ({ post, secrets, clock, witness }: SenderDeps): ConnectorDefinition => ({
  name: 'sender',
  hears: [factsTopic('webhook.endpoint')],
  wants: (fact) => fact.type === 'DeliveryDue',
  act: async (fact, _said, views) => {
    const due = fact as unknown as DeliveryDue
    if (await isOver(due, views)) return []
    const { webhookId, eventId, attempt } = due
    const { status, detail } = await post(messageOf(due, secrets, clock.now()))
    const result = resultOf(status)
    witness.count('triflow_webhook_attempts_total', 1, { result })
    const command: ReportDelivery = { type: 'ReportDelivery', webhookId, eventId, attempt, result, status, detail }
    return [{ id: `${webhookId}/${eventId}/${attempt}`, command: { ...command } }]
  },
})
