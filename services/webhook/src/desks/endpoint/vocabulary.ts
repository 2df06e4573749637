/** Words of the endpoint desk: where a party wants to be told, and what became of telling it. */

/** Queued: waits for its turn. Sent: an attempt is under way. Waiting: the last attempt failed, and the next has its time. */
type DeliveryStatus = 'queued' | 'sent' | 'waiting'

export interface Delivery {
  readonly kind: string
  readonly body: string
  status: DeliveryStatus
  /** The last one made, counted from 1; 0 before the first. Goes on when it is sent again, so that each has its own report. */
  attempt: number
  /** Attempts that failed since it was asked for, or asked for again. */
  failed: number
  /** Milliseconds since 1970 of the next attempt: of one that waits, or whose attempt under way is never reported. */
  nextAttemptAt: number
}

/** What is kept of a delivery that is over, so that it can be sent again. */
export interface FinishedDelivery {
  readonly kind: string
  readonly body: string
  readonly attempt: number
  readonly status: 'delivered' | 'abandoned'
}

export interface Webhook {
  readonly kind: 'webhook'
  readonly webhookId: string
  readonly partyId: string
  url: string
  kinds: string[]
  enabled: boolean
  secretVersion: number
  /** Milliseconds since 1970; 0 while the first secret stands. */
  secretRolledAt: number
  /** Attempts that failed since one last succeeded. */
  failures: number
  /** By event id, in the order in which they came. */
  readonly open: Map<string, Delivery>
  /** Lately ended ones by event id; older ones are asked of the archive. */
  readonly finished: Map<string, FinishedDelivery>
}

export type EndpointState = { readonly kind: 'nothing' } | Webhook

export interface RegisterWebhook {
  readonly type: 'RegisterWebhook'
  readonly webhookId: string
  readonly partyId: string
  readonly url: string
  readonly kinds: string[]
}

export interface ChangeWebhook {
  readonly type: 'ChangeWebhook'
  readonly webhookId: string
  readonly url: string
  readonly kinds: string[]
  readonly enabled: boolean
}

export interface RollWebhookSecret {
  readonly type: 'RollWebhookSecret'
  readonly webhookId: string
}

export interface RequestDelivery {
  readonly type: 'RequestDelivery'
  readonly webhookId: string
  readonly eventId: string
  readonly kind: string
  readonly body: string
}

export interface ReportDelivery {
  readonly type: 'ReportDelivery'
  readonly webhookId: string
  readonly eventId: string
  readonly attempt: number
  /** delivered, failed or gone. */
  readonly result: string
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly detail: string
}

export interface ResendDelivery {
  readonly type: 'ResendDelivery'
  readonly webhookId: string
  readonly eventId: string
}

export type EndpointCommand =
  RegisterWebhook | ChangeWebhook | RollWebhookSecret | RequestDelivery | ReportDelivery | ResendDelivery

export interface WebhookRegistered extends Omit<RegisterWebhook, 'type'> {
  readonly type: 'WebhookRegistered'
}

export interface WebhookChanged extends Omit<ChangeWebhook, 'type'> {
  readonly type: 'WebhookChanged'
  /** changed by its owner, or gone when its URL said that it is. */
  readonly reason: string
}

export interface WebhookSecretRolled {
  readonly type: 'WebhookSecretRolled'
  readonly webhookId: string
  readonly secretVersion: number
}

export interface DeliveryQueued extends Omit<RequestDelivery, 'type'> {
  readonly type: 'DeliveryQueued'
  /** Made so far. */
  readonly attempts: number
}

export interface DeliveryDue extends Omit<RequestDelivery, 'type'> {
  readonly type: 'DeliveryDue'
  readonly attempt: number
  readonly url: string
  /** Secrets that sign it, the newest first. */
  readonly secretVersions: number[]
}

export interface DeliverySucceeded {
  readonly type: 'DeliverySucceeded'
  readonly webhookId: string
  readonly eventId: string
  readonly attempt: number
  readonly status: number
}

export interface DeliveryFailed {
  readonly type: 'DeliveryFailed'
  readonly webhookId: string
  readonly eventId: string
  readonly attempt: number
  readonly status: number
  readonly detail: string
  readonly nextAttemptAtMs: bigint
}

export interface DeliveryAbandoned extends Omit<RequestDelivery, 'type'> {
  readonly type: 'DeliveryAbandoned'
  readonly reason: 'attempts-exhausted' | 'disabled' | 'too-many-open'
}

export type EndpointFact =
  | WebhookRegistered
  | WebhookChanged
  | WebhookSecretRolled
  | DeliveryQueued
  | DeliveryDue
  | DeliverySucceeded
  | DeliveryFailed
  | DeliveryAbandoned

export type EndpointRejection =
  | 'PartyMalformed'
  | 'WebhookIdMismatch'
  | 'UrlMalformed'
  | 'KindsMissing'
  | 'KindMalformed'
  | 'WebhookAlreadyRegistered'
  | 'WebhookUnknown'
  | 'SecretRolledLately'
  | 'DeliveryUnknown'
  | 'DeliveryUnderWay'
  | 'WebhookDisabled'
  | 'ResultUnknown'
