/** Facts of the webhook service reach their readers and survive the wire; every event that can be subscribed to exists. */
import { expect, it } from 'vitest'
import { decodeMessage, encodeMessage, eventKinds, events, factsTopic, fullNameOf, topics } from '@triflow/contracts'
import type { DeliveryDue } from './desks/index.ts'
import { endpointDesk } from './wire.ts'

const due: DeliveryDue = {
  type: 'DeliveryDue',
  webhookId: 'litware/books',
  eventId: 'financing.obligor-0.7.1',
  kind: 'ClaimFinanced',
  body: '{}',
  attempt: 2,
  url: 'https://litware.example/hooks',
  secretVersions: [2, 1],
}

it('are told under the webhook’s id and come back from their bytes as they were said', () => {
  expect(endpointDesk.routes(due)).toEqual([{ topic: 'triflow.webhook.endpoint', key: 'litware/books' }])
  expect(decodeMessage(fullNameOf(due.type), encodeMessage(due))).toEqual(due)
})

it('names facts that exist, on topics that exist', () => {
  const known = topics.map(({ name }) => name)
  for (const kind of eventKinds) {
    expect(fullNameOf(kind)).toContain(kind)
    expect(known).toContain(factsTopic(events[kind].desk))
  }
})
