/** Who wants to be told of what, as the webhooks view says it; looked up once a second, not once an event. */
import type { EventKind } from '@triflow/contracts'
import type { Clock, Views } from '@triflow/desk'
import { webhooksViewName, type WebhookBody } from '../views/webhooks.ts'

export interface Subscriptions {
  /** Webhooks of these parties that want this kind, in the order of their ids. */
  of(parties: readonly string[], kind: EventKind, views: Pick<Views, 'list'>): Promise<readonly string[]>
}

const FRESH_MS = 1_000
const PAGE = 500

type Wants = ReadonlyMap<string, readonly { readonly webhookId: string; readonly kinds: ReadonlySet<string> }[]>

const readAll = async (views: Pick<Views, 'list'>): Promise<Wants> => {
  const wants = new Map<string, { webhookId: string; kinds: ReadonlySet<string> }[]>()
  for (let after = ''; ;) {
    const page = await views.list(webhooksViewName, { after, limit: PAGE })
    for (const { id, body } of page) {
      const { partyId, kinds } = body as unknown as WebhookBody
      const known = wants.get(partyId)
      if (known) known.push({ webhookId: id, kinds: new Set(kinds) })
      else wants.set(partyId, [{ webhookId: id, kinds: new Set(kinds) }])
    }
    if (page.length < PAGE) return wants
    after = page.at(-1)!.id
  }
}

export const openSubscriptions = (clock: Pick<Clock, 'now'>): Subscriptions => {
  let known: { readonly wants: Promise<Wants>; readonly readAt: number } | undefined
  const current = (views: Pick<Views, 'list'>): Promise<Wants> => {
    const now = clock.now()
    // A clock that was set back makes nothing fresh.
    if (known && now >= known.readAt && now < known.readAt + FRESH_MS) return known.wants
    const wants = readAll(views)
    known = { wants, readAt: now }
    // What could not be read is read again by whoever asks next.
    wants.catch(() => {
      if (known?.wants === wants) known = undefined
    })
    return wants
  }
  return {
    of: async (parties, kind, views) => {
      const wants = await current(views)
      const found = new Set<string>()
      for (const party of parties)
        for (const { webhookId, kinds } of wants.get(party) ?? []) if (kinds.has(kind)) found.add(webhookId)
      return [...found].sort()
    },
  }
}
