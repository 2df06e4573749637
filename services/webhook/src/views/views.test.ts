/** What the webhook service's views show after facts. */
import { describe, expect, it } from 'vitest'
import { shown, stored } from '@triflow/platform/view-testing'
import type { EndpointFact } from '../desks/index.ts'
import { deliveriesView } from './deliveries.ts'
import { foldWebhook, webhooksView } from './webhooks.ts'

const webhookId = 'litware/books'
const url = 'https://litware.example/hooks'
const event = { webhookId, eventId: 'order.order-0.1.0', kind: 'OrderSubmitted', body: '{}' }
const id = `${webhookId}/${event.eventId}`

const registered: EndpointFact = {
  type: 'WebhookRegistered',
  webhookId,
  partyId: 'litware',
  url,
  kinds: ['OrderSubmitted'],
}
const due = (attempt: number): EndpointFact => ({ type: 'DeliveryDue', ...event, attempt, url, secretVersions: [1] })
const failed: EndpointFact = {
  type: 'DeliveryFailed',
  webhookId,
  eventId: event.eventId,
  attempt: 1,
  status: 503,
  detail: 'Service Unavailable',
  nextAttemptAtMs: 60_000n,
}
const succeeded: EndpointFact = {
  type: 'DeliverySucceeded',
  webhookId,
  eventId: event.eventId,
  attempt: 2,
  status: 200,
}

describe('webhooks', () => {
  it('shows how it is now, and why', () =>
    expect(
      shown(webhooksView, [
        registered,
        { type: 'WebhookSecretRolled', webhookId, secretVersion: 2 } satisfies EndpointFact,
        {
          type: 'WebhookChanged',
          webhookId,
          url,
          kinds: ['OrderAccepted'],
          enabled: false,
          reason: 'gone',
        } satisfies EndpointFact,
        due(1),
      ]),
    ).toEqual({
      [webhookId]: {
        partyId: 'litware',
        url,
        kinds: ['OrderAccepted'],
        since: [2_000],
        enabled: false,
        reason: 'gone',
        secretVersion: 2,
      },
    }))
})

it('a kind is told of from when it was asked for', () => {
  const changed = { type: 'WebhookChanged', webhookId, url, enabled: true, reason: '' } as const
  const more: EndpointFact = { ...changed, kinds: ['OrderAccepted', 'OrderSubmitted'] }
  expect(shown(webhooksView, [registered, due(1), more])).toMatchObject({
    [webhookId]: { kinds: ['OrderAccepted', 'OrderSubmitted'], since: [2_000, 0] },
  })
  const less: EndpointFact = { ...changed, kinds: ['OrderAccepted'] }
  expect(shown(webhooksView, [registered, less, more])).toMatchObject({ [webhookId]: { since: [1_000, 2_000] } })
})

it('a document of before that was kept is told of what it asked for then from the beginning', () => {
  const before = { partyId: 'litware', url, kinds: ['OrderSubmitted'], enabled: true, reason: '', secretVersion: 1 }
  const changed = { type: 'WebhookChanged', webhookId, url, enabled: true, reason: '' } as const
  const kinds = ['OrderAccepted', 'OrderSubmitted']
  expect(foldWebhook(before, { ...changed, kinds }, 5_000)).toMatchObject({ kinds, since: [5_000, 0] })
})

describe('deliveries', () => {
  it('shows when a failed one is tried again, and why it failed', () =>
    expect(shown(deliveriesView, [registered, due(1), failed])).toEqual({
      [id]: {
        webhookId,
        eventId: event.eventId,
        kind: 'OrderSubmitted',
        payload: '{}',
        status: 'waiting',
        attempts: 1,
        lastStatus: 503,
        detail: 'Service Unavailable',
        nextAttemptAt: '1970-01-01T00:01:00.000Z',
        changedAt: '1970-01-01T00:00:02.000Z',
        abandonedOf: '',
      },
    }))

  it('shows one that arrived at last', () =>
    expect(shown(deliveriesView, [due(1), failed, due(2), succeeded])).toMatchObject({
      [id]: { status: 'delivered', attempts: 2, lastStatus: 200, detail: '', nextAttemptAt: '' },
    }))

  it('keeps what was given up on a list of its own, until it is sent again', () => {
    const abandoned: EndpointFact = { type: 'DeliveryAbandoned', ...event, reason: 'attempts-exhausted' }
    expect(shown(deliveriesView, [due(1), failed, abandoned])).toMatchObject({
      [id]: { status: 'abandoned', abandonedOf: webhookId, detail: 'Service Unavailable', nextAttemptAt: '' },
    })
    expect(shown(deliveriesView, [{ ...abandoned, reason: 'disabled' } as EndpointFact])).toMatchObject({
      [id]: { status: 'abandoned', attempts: 0, detail: 'disabled' },
    })
    expect(shown(deliveriesView, [abandoned, due(1)])).toMatchObject({ [id]: { status: 'sent', abandonedOf: '' } })
  })
})

it('every view declares all that it folds', () => {
  for (const view of [webhooksView, deliveriesView]) {
    const documents = shown(view as never, [registered, due(1), failed])
    expect(stored(view, documents)).toEqual(documents)
  }
})
