/** What a webhook becomes by its facts. */
import { REPORTED_WITHIN_MS } from './schedule.ts'
import type {
  Delivery,
  DeliveryDue,
  DeliveryQueued,
  EndpointFact,
  EndpointState,
  FinishedDelivery,
  Webhook,
} from './vocabulary.ts'

export const initialState = (): EndpointState => ({ kind: 'nothing' })

export const evolve = (state: EndpointState, fact: EndpointFact, at: number): EndpointState => {
  if (fact.type === 'WebhookRegistered') {
    const { webhookId, partyId, url, kinds } = fact
    return {
      kind: 'webhook',
      webhookId,
      partyId,
      url,
      kinds,
      enabled: true,
      secretVersion: 1,
      secretRolledAt: 0,
      failures: 0,
      open: new Map(),
      finished: new Map(),
    }
  }
  if (state.kind !== 'webhook') return state
  switch (fact.type) {
    case 'WebhookChanged':
      state.url = fact.url
      state.kinds = fact.kinds
      // Switched on again, it is not held to what its old URL did.
      if (fact.enabled && !state.enabled) state.failures = 0
      state.enabled = fact.enabled
      return state
    case 'WebhookSecretRolled':
      state.secretVersion = fact.secretVersion
      state.secretRolledAt = at
      return state
    case 'DeliveryQueued':
      opened(state, fact, 'queued', fact.attempts)
      return state
    case 'DeliveryDue': {
      const delivery = state.open.get(fact.eventId)
      const nextAttemptAt = at + REPORTED_WITHIN_MS
      if (delivery) Object.assign(delivery, { status: 'sent', attempt: fact.attempt, nextAttemptAt })
      else opened(state, fact, 'sent', fact.attempt, nextAttemptAt)
      return state
    }
    case 'DeliverySucceeded':
      state.failures = 0
      ended(state, fact.eventId, 'delivered', state.open.get(fact.eventId))
      return state
    case 'DeliveryFailed': {
      state.failures++
      const delivery = state.open.get(fact.eventId)
      if (!delivery) return state
      delivery.failed++
      delivery.status = 'waiting'
      delivery.nextAttemptAt = Number(fact.nextAttemptAtMs)
      return state
    }
    case 'DeliveryAbandoned':
      if (fact.reason === 'attempts-exhausted') state.failures++
      ended(state, fact.eventId, 'abandoned', state.open.get(fact.eventId) ?? { ...fact, attempt: 0 })
      return state
  }
}

const opened = (
  webhook: Webhook,
  { eventId, kind, body }: DeliveryQueued | DeliveryDue,
  status: Delivery['status'],
  attempt: number,
  nextAttemptAt = 0,
): void => {
  webhook.finished.delete(eventId)
  webhook.open.set(eventId, { kind, body, status, attempt, failed: 0, nextAttemptAt })
}

const ended = (
  webhook: Webhook,
  eventId: string,
  status: FinishedDelivery['status'],
  delivery: Pick<Delivery, 'kind' | 'body' | 'attempt'> | undefined,
): void => {
  webhook.open.delete(eventId)
  if (!delivery) return
  const { kind, body, attempt } = delivery
  webhook.finished.set(eventId, { kind, body, attempt, status })
}
