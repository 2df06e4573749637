/** Hears what happens on the platform, and has it delivered to the webhooks of the parties that it concerns. */
import { events, eventKinds, factsTopic, isEventKind, type EventKind } from '@triflow/contracts'
import type { Clock, ConnectorDefinition, Said } from '@triflow/desk'
import type { RequestDelivery } from '../desks/index.ts'
import { openSubscriptions } from './subscriptions.ts'

/** The same for the same fact, whoever hears it and however often; safe in a URL and in a header. */
export const eventIdOf = ({ desk, entry, index }: Pick<Said, 'desk' | 'entry' | 'index'>): string =>
  `${desk}.${entry}.${index}`

interface Entry {
  readonly partiesOf: (fact: object) => readonly string[]
  readonly data: (fact: object) => Readonly<Record<string, string>>
}

/** The JSON that is sent: what happened, when, and of what; the rest is read through the API. */
export const bodyOf = (kind: EventKind, fact: object, at: number): string =>
  JSON.stringify({
    type: kind,
    timestamp: new Date(at).toISOString(),
    data: (events[kind] as unknown as Entry).data(fact),
  })

export const partiesOf = (kind: EventKind, fact: object): readonly string[] =>
  (events[kind] as unknown as Entry).partiesOf(fact)

/** A webhook is told what is heard from about a second after the view shows it. */
export const notifier = (clock: Pick<Clock, 'now'>): ConnectorDefinition => {
  const subscriptions = openSubscriptions(clock)
  return {
    name: 'notifier',
    hears: [...new Set(eventKinds.map((kind) => factsTopic(events[kind].desk)))],
    wants: (fact) => isEventKind(fact.type),
    act: async (fact, said, views) => {
      const kind = fact.type as EventKind
      const wanting = await subscriptions.of(partiesOf(kind, fact), kind, said.at, views)
      if (wanting.length === 0) return []
      const eventId = eventIdOf(said)
      const body = bodyOf(kind, fact, said.at)
      return wanting.map((webhookId) => {
        const command: RequestDelivery = { type: 'RequestDelivery', webhookId, eventId, kind, body }
        return { id: `${webhookId}/${eventId}`, command: { ...command } }
      })
    },
  }
}
