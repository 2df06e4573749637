/** What became of telling each webhook of each event; what was given up is a list of its own. */
import { factsTopic } from '@triflow/contracts'
import type { Said, ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { EndpointFact } from '../desks/index.ts'

export const deliveriesViewName = 'deliveries'

export interface DeliveryBody {
  readonly webhookId: string
  readonly eventId: string
  readonly kind: string
  /** The JSON that is sent. */
  readonly payload: string
  readonly status: 'queued' | 'sent' | 'waiting' | 'delivered' | 'abandoned'
  readonly attempts: number
  /** HTTP status of the last answer; 0 when there was none. */
  readonly lastStatus: number
  readonly detail: string
  /** ISO 8601 in UTC; '' when nothing further is planned. */
  readonly nextAttemptAt: string
  readonly changedAt: string
  /** The webhook, while the delivery is on its list of the abandoned; else ''. */
  readonly abandonedOf: string
}

const instant = (at: number): string => new Date(at).toISOString()

export const foldDelivery = (
  body: DeliveryBody | undefined,
  fact: EndpointFact,
  at: number,
): DeliveryBody | undefined => {
  const changedAt = instant(at)
  switch (fact.type) {
    case 'DeliveryQueued':
    case 'DeliveryDue':
    case 'DeliveryAbandoned': {
      const { webhookId, eventId, kind } = fact
      const before = body ?? {
        webhookId,
        eventId,
        kind,
        payload: fact.body,
        attempts: 0,
        lastStatus: 0,
        detail: '',
      }
      const now = { ...before, changedAt, nextAttemptAt: '', abandonedOf: '' }
      if (fact.type === 'DeliveryQueued') return { ...now, status: 'queued', attempts: fact.attempts }
      if (fact.type === 'DeliveryDue') return { ...now, status: 'sent', attempts: fact.attempt }
      const detail = fact.reason === 'attempts-exhausted' && before.detail ? before.detail : fact.reason
      return { ...now, status: 'abandoned', detail, abandonedOf: webhookId }
    }
    case 'DeliverySucceeded':
      return body && { ...body, changedAt, status: 'delivered', lastStatus: fact.status, detail: '', nextAttemptAt: '' }
    case 'DeliveryFailed': {
      const { status: lastStatus, detail, nextAttemptAtMs } = fact
      const nextAttemptAt = instant(Number(nextAttemptAtMs))
      return body && { ...body, changedAt, status: 'waiting', lastStatus, detail, nextAttemptAt }
    }
    default:
      return undefined
  }
}

const definition: ViewDefinition<DeliveryBody> = {
  name: deliveriesViewName,
  hears: [factsTopic('webhook.endpoint')],
  idsOf: (fact) =>
    fact.type.startsWith('Delivery') ? [`${String(fact['webhookId'])}/${String(fact['eventId'])}`] : [],
  fold: (body, fact, said: Said) => foldDelivery(body, fact as unknown as EndpointFact, said.at),
  listedBy: ['webhookId', 'abandonedOf'],
}

export const deliveriesView = {
  definition,
  fields: {
    webhookId: String,
    eventId: String,
    kind: String,
    payload: String,
    status: String,
    attempts: Number,
    lastStatus: Number,
    detail: String,
    nextAttemptAt: String,
    changedAt: String,
    abandonedOf: String,
  },
} satisfies ServiceView
