/** Doors of the webhook service: where a party wants to be told, its secret, and what became of telling it. */
import { eventKinds, type EventKind } from '@triflow/contracts'
import { z } from 'zod'
import type { Resource } from '../http/authorise.ts'
import { read, write, type ListOperation } from './operation.ts'
import { textOf, views } from './views.ts'
import { partyId } from './words.ts'

const area = 'Webhooks'

const name = partyId.describe('Name of the webhook, chosen by its owner.')
const params = z.strictObject({ partyId, name })
const url = z
  .string()
  .max(2_000)
  .regex(/^https?:\/\/[^\s/@?#]+(?:[/?][^\s#]*)?$/, 'an http(s) URL without user and fragment')
  .describe('Called with POST; https on port 443 or 8443, on the public network.')
const kinds = z
  .array(z.enum(eventKinds as [EventKind, ...EventKind[]]))
  .min(1)
  .max(eventKinds.length)
  .refine((all) => new Set(all).size === all.length, 'a kind is named twice')
const eventId = z
  .string()
  .regex(/^[a-z]{1,30}\.[a-z]{1,30}-[0-9]{1,4}\.[0-9]{1,15}\.[0-9]{1,9}$/, 'like financing.obligor-02.118.3')
  .describe('The webhook-id header of what was sent.')
const webhookIdText = z
  .string()
  .regex(/^[a-z0-9-]{1,64}\/[a-z0-9-]{1,64}$/, 'party id / name')
  .describe('Party id / name of the webhook.')

const idOf = (of: { partyId: string; name: string }): string => `${of.partyId}/${of.name}`
const pathOf = (of: { partyId: string; name: string }): string => `/v1/parties/${of.partyId}/webhooks/${of.name}`

/** A webhook's id begins with its owner. */
const ownerOf = (document: Record<string, unknown>): Resource => ({
  partyId: textOf(document, 'webhookId')?.split('/')[0],
})

const example = { partyId: 'nordwind-components', name: 'bookkeeping' }
const exampleEvent = 'financing.obligor-02.118.3'

export const webhookDoors = [
  write({
    method: 'post',
    path: '/v1/parties/{partyId}/webhooks',
    area,
    action: 'webhook.register',
    summary: 'Register a URL that is told of events, signed as Standard Webhooks say',
    creates: false,
    params: z.strictObject({ partyId }),
    body: z.strictObject({ name, url, kinds }),
    example: {
      params: { partyId: example.partyId },
      body: {
        name: example.name,
        url: 'https://erp.nordwind.example/triflow',
        kinds: ['ClaimFinanced', 'AdvanceDisbursed', 'CashAllocated'],
      },
    },
    resource: (values) => ({ partyId: values.params.partyId }),
    command: ({ params: { partyId: owner }, body }) => ({
      type: 'RegisterWebhook',
      webhookId: idOf({ partyId: owner, name: body.name }),
      partyId: owner,
      url: body.url,
      kinds: body.kinds,
    }),
    made: ({ webhookId, partyId: owner }, { body }) => ({
      id: webhookId,
      location: pathOf({ partyId: owner, name: body.name }),
    }),
  }),
  read({
    path: '/v1/parties/{partyId}/webhooks/{name}',
    area,
    action: 'webhook.read',
    summary: 'Read a webhook: URL, kinds of events, whether it is on and why',
    params,
    example: { params: example },
    ...views.webhooks,
    id: idOf,
    resource: (_document, _ownership, of) => ({ partyId: of.partyId }),
  }),
  write({
    method: 'put',
    path: '/v1/parties/{partyId}/webhooks/{name}',
    area,
    action: 'webhook.change',
    summary: 'Change a webhook, or switch it off and on',
    creates: false,
    params,
    body: z.strictObject({ url, kinds, enabled: z.boolean() }),
    example: {
      params: example,
      body: { url: 'https://erp.nordwind.example/triflow', kinds: ['ClaimFinanced'], enabled: true },
    },
    resource: (values) => ({ partyId: values.params.partyId }),
    command: (values) => ({ type: 'ChangeWebhook', webhookId: idOf(values.params), ...values.body }),
    made: ({ webhookId }, values) => ({ id: webhookId, location: pathOf(values.params) }),
  }),
  read({
    path: '/v1/parties/{partyId}/webhooks/{name}/secret',
    area,
    action: 'webhook.secret',
    summary: 'Read the secret that signs a webhook',
    params,
    example: { params: example },
    ...views.webhooks,
    id: idOf,
    resource: (_document, _ownership, of) => ({ partyId: of.partyId }),
    shown: {
      anyone: (document, { webhookSecrets }) => ({
        id: document['id'],
        version: document['secretVersion'],
        secret: webhookSecrets(String(document['id']), Number(document['secretVersion'])),
      }),
    },
  }),
  write({
    method: 'post',
    path: '/v1/parties/{partyId}/webhooks/{name}/secret',
    area,
    action: 'webhook.roll-secret',
    summary: 'Roll the secret; the one before it signs as well for a day',
    creates: false,
    params,
    body: z.strictObject({}),
    example: { params: example, body: {} },
    resource: (values) => ({ partyId: values.params.partyId }),
    command: (values) => ({ type: 'RollWebhookSecret', webhookId: idOf(values.params) }),
    made: ({ webhookId }, values) => ({ id: webhookId, location: `${pathOf(values.params)}/secret` }),
  }),
  {
    kind: 'list',
    method: 'get',
    path: '/v1/webhook-deliveries',
    area,
    action: 'webhook.deliveries',
    summary: 'What became of telling a webhook of each event',
    query: z.strictObject({ webhookId: webhookIdText }),
    example: { query: { webhookId: idOf(example) } },
    ...views.deliveries,
    field: 'webhookId',
    resource: ownerOf,
  } satisfies ListOperation,
  {
    kind: 'list',
    method: 'get',
    path: '/v1/webhook-dead-letters',
    area,
    action: 'webhook.dead-letters',
    summary: 'Events that a webhook could not be told of',
    query: z.strictObject({ webhookId: webhookIdText }),
    example: { query: { webhookId: idOf(example) } },
    ...views.deliveries,
    field: 'abandonedOf',
    resource: ownerOf,
  } satisfies ListOperation,
  read({
    path: '/v1/webhook-deliveries/{partyId}/{name}/{eventId}',
    area,
    action: 'webhook.delivery',
    summary: 'Read a delivery: payload, attempts, the last answer, and when it is tried again',
    params: z.strictObject({ partyId, name, eventId }),
    example: { params: { ...example, eventId: exampleEvent } },
    ...views.deliveries,
    id: (of) => `${idOf(of)}/${of.eventId}`,
    resource: (_document, _ownership, of) => ({ partyId: of.partyId }),
  }),
  write({
    method: 'post',
    path: '/v1/webhook-deliveries/{partyId}/{name}/{eventId}',
    area,
    action: 'webhook.resend',
    summary: 'Send an event again, under the id that it had',
    creates: false,
    params: z.strictObject({ partyId, name, eventId }),
    body: z.strictObject({}),
    example: { params: { ...example, eventId: exampleEvent }, body: {} },
    resource: (values) => ({ partyId: values.params.partyId }),
    command: (values) => ({
      type: 'ResendDelivery',
      webhookId: idOf(values.params),
      eventId: values.params.eventId,
    }),
    made: (command) => ({
      id: command.eventId,
      location: `/v1/webhook-deliveries/${command.webhookId}/${command.eventId}`,
    }),
  }),
]
