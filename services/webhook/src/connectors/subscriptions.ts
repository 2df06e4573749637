/** Who wants to be told of what, as the webhooks view says it; looked up once a second, not once an event. */
import type { EventKind } from '@triflow/contracts'
import type { Clock, Views } from '@triflow/desk'
import { webhooksViewName, type WebhookBody } from '../views/webhooks.ts'

export interface Subscriptions {
  /** Webhooks of these parties that want this kind, and did when it happened, in the order of their ids. */
  of(
    parties: readonly string[],
    kind: EventKind,
    happenedAt: number,
    views: Pick<Views, 'list'>,
  ): Promise<readonly string[]>
}

const FRESH_MS = 1_000
const PAGE = 500
/**
 * What is older than a subscription by more than this is not told: it is heard only when the log is read from its beginning,
 * and nobody asked for years of it. Less may be the difference of two clocks, and what was asked for must not be lost.
 */
export const CLOCKS_DIFFER_MS = 10 * 60_000

type Wants = ReadonlyMap<string, readonly { readonly webhookId: string; readonly since: ReadonlyMap<string, number> }[]>

const readAll = async (views: Pick<Views, 'list'>): Promise<Wants> => {
  const wants = new Map<string, { webhookId: string; since: ReadonlyMap<string, number> }[]>()
  for (let after = ''; ;) {
    const page = await views.list(webhooksViewName, { after, limit: PAGE })
    for (const { id, body } of page) {
      // Documents of before this was kept lack it; they are told as they were.
      const { partyId, kinds, since = [] } = body as unknown as WebhookBody
      const webhook = { webhookId: id, since: new Map(kinds.map((kind, index) => [kind, since[index] ?? 0])) }
      const known = wants.get(partyId)
      if (known) known.push(webhook)
      else wants.set(partyId, [webhook])
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
    of: async (parties, kind, happenedAt, views) => {
      const wants = await current(views)
      const found = new Set<string>()
      for (const party of parties)
        for (const { webhookId, since } of wants.get(party) ?? []) {
          const from = since.get(kind)
          if (from !== undefined && happenedAt >= from - CLOCKS_DIFFER_MS) found.add(webhookId)
        }
      return [...found].sort()
    },
  }
}
