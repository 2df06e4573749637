/**
 * I15: what a party subscribed to reached its server or stands on the list of what could not be delivered, signed, under
 * one id and in the same words however often it was sent. And I14, of what leaves by this door: only what is the party's.
 */
import { events, eventKinds, type EventKind } from '@triflow/contracts'
import { deskNameOf } from '@triflow/desk'
import { bodyOf, partiesOf } from '@triflow/webhook/connectors'
import { Webhook } from 'standardwebhooks'
import type { Subscription } from '../players/subscriber.ts'
import { collectionName } from '../town/service-views.ts'
import { webhookSecrets, type Town } from '../town/town.ts'
import type { Received } from '../town/receivers.ts'
import type { Finder } from './findings.ts'
import type { Fact, Journals } from './journals.ts'

interface Event {
  readonly kind: EventKind
  readonly fact: Fact
  readonly body: string
}

/** Everything that somebody could have subscribed to, by the id that it is sent under. */
const eventsIn = ({ factsOf }: Journals): ReadonlyMap<string, Event> =>
  new Map(
    eventKinds.flatMap((kind) =>
      factsOf(kind)
        .filter(({ desk }) => deskNameOf(desk) === events[kind].desk)
        .map((fact) => [
          `${fact.desk}.${fact.entry}.${fact.index}`,
          { kind, fact, body: bodyOf(kind, fact.message, fact.at) },
        ]),
    ),
  )

const webhookOf = ({ url }: Received): string => {
  const [partyId, name] = new URL(url).pathname.split('/').slice(1)
  return `${partyId}/${name}`
}

/** Of two secrets that may live: the first, or what it was rolled to. */
const isSigned = ({ headers, body }: Received, webhookId: string): boolean => {
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000)
  const given = headers['webhook-signature']!.split(' ')
  const good = [1, 2].map((version) =>
    new Webhook(webhookSecrets(webhookId, version)).sign(headers['webhook-id']!, at, body),
  )
  return given.length > 0 && given.every((signature) => good.includes(signature))
}

export const checkWebhooks = (
  town: Town,
  subscriptions: readonly Subscription[],
  journals: Journals,
  finder: Finder,
): void => {
  const known = eventsIn(journals)
  const reached = new Set<string>()
  for (const received of town.receivers.received) {
    const eventId = received.headers['webhook-id']!
    const webhookId = webhookOf(received)
    const event = known.get(eventId)
    if (received.status === 200) reached.add(`${webhookId}/${eventId}`)
    finder.must('I15', event !== undefined, () => `${webhookId} was told of ${eventId}, which nobody said`)
    if (!event) continue
    finder.must('I15', event.body === received.body, () => `${webhookId} was told ${received.body} of ${eventId}`)
    finder.must(
      'I15',
      isSigned(received, webhookId),
      () => `what ${webhookId} was told of ${eventId} is not signed well`,
    )
    finder.must(
      'I14',
      partiesOf(event.kind, event.fact.message).includes(webhookId.split('/')[0]!),
      () => `${webhookId} was told of ${eventId}, which does not concern it`,
    )
  }
  const deliveries = town.engines.database.views.get(collectionName('webhook', 'deliveries')) ?? new Map()
  for (const { webhookId, partyId, kinds, since } of subscriptions)
    for (const [eventId, { kind, fact }] of known) {
      if (!kinds.includes(kind) || fact.entry <= (since.get(fact.desk) ?? 0)) continue
      if (!partiesOf(kind, fact.message).includes(partyId)) continue
      const id = `${webhookId}/${eventId}`
      const status = deliveries.get(id)?.body['status']
      finder.must(
        'I15',
        reached.has(id) ? status === 'delivered' || status === 'abandoned' : status === 'abandoned',
        () =>
          `${webhookId} subscribed to ${kind}, ${eventId} ${reached.has(id) ? 'reached it' : 'never reached it'} and is ${String(status)}`,
      )
    }
}
