/** Which deliveries go out next, and what one attempt's end means. */
import { accept, nothing, reject, type Decision } from '@triflow/kernel'
import { OLD_SECRET_SIGNS_MS, OPEN_MOST, placesOf, retryDelayMs } from './schedule.ts'
import type {
  Delivery,
  DeliveryAbandoned,
  DeliveryDue,
  EndpointFact,
  EndpointRejection,
  FinishedDelivery,
  ReportDelivery,
  RequestDelivery,
  ResendDelivery,
  Webhook,
} from './vocabulary.ts'

/** Deliveries abandoned per decision when a webhook is switched off; the rest follows on the next tick. */
const ABANDONED_PER_DECISION = 100

const no = (code: EndpointRejection, detail: string) => reject(code, detail)

export const archiveKeyOf = (webhookId: string, eventId: string): string => `delivery/${webhookId}/${eventId}`

const finishedOf = (
  webhook: Webhook,
  eventId: string,
  loaded: ReadonlyMap<string, unknown>,
): FinishedDelivery | undefined =>
  webhook.finished.get(eventId) ??
  (loaded.get(archiveKeyOf(webhook.webhookId, eventId)) as FinishedDelivery | undefined)

/** The newest first; the one before it as long as receivers may not have taken up the new one. */
const secretVersionsOf = ({ secretVersion, secretRolledAt }: Webhook, at: number): number[] =>
  secretVersion > 1 && at < secretRolledAt + OLD_SECRET_SIGNS_MS ? [secretVersion, secretVersion - 1] : [secretVersion]

const due = (
  webhook: Webhook,
  eventId: string,
  { kind, body, attempt }: Pick<Delivery, 'kind' | 'body' | 'attempt'>,
  at: number,
): DeliveryDue => ({
  type: 'DeliveryDue',
  webhookId: webhook.webhookId,
  eventId,
  kind,
  body,
  attempt: attempt + 1,
  url: webhook.url,
  secretVersions: secretVersionsOf(webhook, at),
})

const abandoned = (
  webhookId: string,
  eventId: string,
  { kind, body }: Pick<Delivery, 'kind' | 'body'>,
  reason: DeliveryAbandoned['reason'],
): DeliveryAbandoned => ({ type: 'DeliveryAbandoned', webhookId, eventId, kind, body, reason })

const underWay = (webhook: Webhook): number => {
  let count = 0
  for (const { status } of webhook.open.values()) if (status === 'sent') count++
  return count
}

const isReady = (delivery: Delivery, at: number): boolean =>
  delivery.status === 'queued' || (delivery.status === 'waiting' && delivery.nextAttemptAt <= at)

/** Attempts that nobody has told the end of; no failures, for nobody knows. */
const unreported = (webhook: Webhook, at: number): readonly DeliveryDue[] => {
  const facts: DeliveryDue[] = []
  for (const [eventId, delivery] of webhook.open)
    if (delivery.status === 'sent' && delivery.nextAttemptAt <= at) facts.push(due(webhook, eventId, delivery, at))
  return facts
}

/** As many of those that are ready as there are places, oldest first; `ended` has just given up its own. */
const next = (webhook: Webhook, at: number, places: number, ended?: string): readonly DeliveryDue[] => {
  const facts: DeliveryDue[] = []
  for (const [eventId, delivery] of webhook.open) {
    if (facts.length >= places) break
    if (eventId !== ended && isReady(delivery, at)) facts.push(due(webhook, eventId, delivery, at))
  }
  return facts
}

/** An event that the webhook asked to be told of; told once, however often it is handed in. */
export const requested = (
  { webhookId, eventId, kind, body }: RequestDelivery,
  webhook: Webhook,
  loaded: ReadonlyMap<string, unknown>,
  at: number,
): Decision<EndpointFact> => {
  if (!webhook.kinds.includes(kind)) return nothing
  if (webhook.open.has(eventId) || finishedOf(webhook, eventId, loaded)) return nothing
  if (!webhook.enabled) return accept([abandoned(webhookId, eventId, { kind, body }, 'disabled')])
  if (webhook.open.size >= OPEN_MOST) return accept([abandoned(webhookId, eventId, { kind, body }, 'too-many-open')])
  return accept([comesIn(webhook, eventId, { kind, body, attempt: 0 }, at)])
}

/** Sent at once when there is a place and nothing older waits for one. */
const comesIn = (
  webhook: Webhook,
  eventId: string,
  { kind, body, attempt }: Pick<Delivery, 'kind' | 'body' | 'attempt'>,
  at: number,
): EndpointFact => {
  const isFree = webhook.failures === 0 && underWay(webhook) < placesOf(webhook) && next(webhook, at, 1).length === 0
  if (isFree) return due(webhook, eventId, { kind, body, attempt }, at)
  return { type: 'DeliveryQueued', webhookId: webhook.webhookId, eventId, kind, body, attempts: attempt }
}

/** What came of an attempt. Only the attempt under way is judged, but a late "delivered" counts whichever it was. */
export const reported = (
  report: ReportDelivery,
  webhook: Webhook,
  loaded: ReadonlyMap<string, unknown>,
  at: number,
): Decision<EndpointFact> => {
  const { webhookId, eventId, attempt, result, status, detail } = report
  const delivery = webhook.open.get(eventId)
  if (!delivery)
    return finishedOf(webhook, eventId, loaded) ? nothing : no('DeliveryUnknown', `${webhookId} has no ${eventId}`)
  const isCurrent = delivery.status === 'sent' && delivery.attempt === attempt
  const others = underWay(webhook) - (delivery.status === 'sent' ? 1 : 0)
  switch (result) {
    case 'delivered':
      return accept([
        { type: 'DeliverySucceeded', webhookId, eventId, attempt, status },
        ...(webhook.enabled ? next(webhook, at, placesOf({ failures: 0 }) - others, eventId) : []),
      ])
    case 'gone':
      if (!isCurrent) return nothing
      return accept([
        ...(webhook.enabled
          ? [
              {
                type: 'WebhookChanged' as const,
                webhookId,
                url: webhook.url,
                kinds: webhook.kinds,
                enabled: false,
                reason: 'gone',
              },
            ]
          : []),
        abandoned(webhookId, eventId, delivery, 'disabled'),
      ])
    case 'failed': {
      if (!isCurrent) return nothing
      const delayMs = retryDelayMs(eventId, delivery.failed + 1)
      return accept([
        delayMs === undefined
          ? abandoned(webhookId, eventId, delivery, 'attempts-exhausted')
          : {
              type: 'DeliveryFailed',
              webhookId,
              eventId,
              attempt,
              status,
              detail,
              nextAttemptAtMs: BigInt(at + delayMs),
            },
        ...(webhook.enabled ? next(webhook, at, placesOf({ failures: 1 }) - others, eventId) : []),
      ])
    }
    default:
      return no('ResultUnknown', result)
  }
}

/** Whoever lost an event, or has mended what refused it, has it sent again under the id it had. */
export const resent = (
  { webhookId, eventId }: ResendDelivery,
  webhook: Webhook,
  loaded: ReadonlyMap<string, unknown>,
  at: number,
): Decision<EndpointFact> => {
  if (webhook.open.has(eventId)) return no('DeliveryUnderWay', `${eventId} is being sent`)
  const finished = finishedOf(webhook, eventId, loaded)
  if (!finished) return no('DeliveryUnknown', `${webhookId} has no ${eventId}`)
  if (!webhook.enabled) return no('WebhookDisabled', `${webhookId} is switched off`)
  return accept([comesIn(webhook, eventId, finished, at)])
}

/** Time has come: further attempts, or the end of what is open when the webhook is switched off. */
export const woken = (webhook: Webhook, at: number): Decision<EndpointFact> => {
  if (webhook.enabled)
    return accept([...unreported(webhook, at), ...next(webhook, at, placesOf(webhook) - underWay(webhook))])
  const facts: DeliveryAbandoned[] = []
  for (const [eventId, delivery] of webhook.open) {
    if (facts.length === ABANDONED_PER_DECISION) break
    if (delivery.status !== 'sent' || delivery.nextAttemptAt <= at)
      facts.push(abandoned(webhook.webhookId, eventId, delivery, 'disabled'))
  }
  return accept(facts)
}

/** When something can be done though nothing arrives. */
export const wakeAt = (webhook: Webhook): number | undefined => {
  let next: number | undefined
  const isFull = webhook.enabled && underWay(webhook) >= placesOf(webhook)
  for (const { status, nextAttemptAt } of webhook.open.values()) {
    if (isFull && status !== 'sent') continue
    const at = status === 'sent' || (webhook.enabled && status === 'waiting') ? nextAttemptAt : 0
    if (next === undefined || at < next) next = at
  }
  return next
}
