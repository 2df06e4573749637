/** The endpoint desk's rules, as sentences. */
import { deepStrictEqual, ok } from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { specification } from '@triflow/kernel/specification'
import { archiveKeyOf } from './deliveries.ts'
import { endpointRules } from './rules.ts'
import { OLD_SECRET_SIGNS_MS, OPEN_MOST, REPORTED_WITHIN_MS, retryDelayMs, retryDelaysMs } from './schedule.ts'
import type {
  DeliveryAbandoned,
  DeliveryDue,
  DeliveryFailed,
  DeliveryQueued,
  DeliverySucceeded,
  EndpointFact,
  RegisterWebhook,
  ReportDelivery,
  RequestDelivery,
  WebhookChanged,
  WebhookRegistered,
} from './vocabulary.ts'

const webhookId = 'litware/books'
const url = 'https://litware.example/hooks'
const at = 1_700_000_000_000
const { given } = specification(endpointRules, webhookId)

const register: RegisterWebhook = {
  type: 'RegisterWebhook',
  webhookId,
  partyId: 'litware',
  url,
  kinds: ['ClaimFinanced'],
}
const registered: WebhookRegistered = { ...register, type: 'WebhookRegistered' }
const changed = (to: Partial<WebhookChanged>): WebhookChanged => ({
  type: 'WebhookChanged',
  webhookId,
  url,
  kinds: ['ClaimFinanced'],
  enabled: true,
  reason: 'changed by its owner',
  ...to,
})

const event = (n: number) => ({
  webhookId,
  eventId: `financing.obligor-0.${n}.0`,
  kind: 'ClaimFinanced',
  body: `{"n":${n}}`,
})
const request = (n: number): RequestDelivery => ({ type: 'RequestDelivery', ...event(n) })
const queued = (n: number): DeliveryQueued => ({ type: 'DeliveryQueued', ...event(n), attempts: 0 })
const due = (n: number, attempt = 1, secretVersions = [1]): DeliveryDue => ({
  type: 'DeliveryDue',
  ...event(n),
  attempt,
  url,
  secretVersions,
})
const succeeded = (n: number, attempt = 1): DeliverySucceeded => ({
  type: 'DeliverySucceeded',
  webhookId,
  eventId: event(n).eventId,
  attempt,
  status: 200,
})
const failed = (n: number, attempt: number): DeliveryFailed => ({
  type: 'DeliveryFailed',
  webhookId,
  eventId: event(n).eventId,
  attempt,
  status: 503,
  detail: 'Service Unavailable',
  nextAttemptAtMs: BigInt(at + retryDelayMs(event(n).eventId, attempt)!),
})
const abandoned = (n: number, reason: DeliveryAbandoned['reason']): DeliveryAbandoned => ({
  type: 'DeliveryAbandoned',
  ...event(n),
  reason,
})
const report = (n: number, result: string, attempt = 1, status = 200): ReportDelivery => ({
  type: 'ReportDelivery',
  webhookId,
  eventId: event(n).eventId,
  attempt,
  result,
  status,
  detail: result === 'failed' ? 'Service Unavailable' : 'OK',
})
const resend = (n: number) => ({ type: 'ResendDelivery' as const, webhookId, eventId: event(n).eventId })

const many = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index)

describe('registering a webhook', () => {
  it('takes its kinds sorted and each once, and the same again without a fact', () => {
    given([])
      .when({ ...register, kinds: ['OrderAccepted', 'ClaimFinanced', 'OrderAccepted'] })
      .then([{ ...registered, kinds: ['ClaimFinanced', 'OrderAccepted'] }])
    given([registered]).when(register).thenNothing()
  })

  it.each([
    [{ webhookId: 'fabrikam/books' }, 'WebhookIdMismatch'],
    [{ webhookId: 'litware' }, 'WebhookIdMismatch'],
    [{ webhookId: 'litware/Books' }, 'WebhookIdMismatch'],
    [{ webhookId: 'litware/books/more' }, 'WebhookIdMismatch'],
    [{ partyId: 'Litware' }, 'PartyMalformed'],
    [{ url: 'ftp://litware.example' }, 'UrlMalformed'],
    [{ url: 'https://user:secret@litware.example/' }, 'UrlMalformed'],
    [{ url: 'https://litware.example/#part' }, 'UrlMalformed'],
    [{ url: `https://litware.example/${'x'.repeat(2_000)}` }, 'UrlMalformed'],
    [{ kinds: [] }, 'KindsMissing'],
    [{ kinds: ['claim financed'] }, 'KindMalformed'],
  ] as const)('refuses %o', (wrong, code) =>
    given([])
      .when({ ...register, ...wrong, kinds: [...('kinds' in wrong ? wrong.kinds : register.kinds)] })
      .thenRejected(code),
  )

  it('refuses another URL under the same name, which is a change', () => {
    given([registered])
      .when({ ...register, url: 'https://elsewhere.example/' })
      .thenRejected('WebhookAlreadyRegistered')
    given([registered])
      .when({
        type: 'ChangeWebhook',
        webhookId,
        url: 'https://elsewhere.example/',
        kinds: ['ClaimFinanced'],
        enabled: true,
      })
      .then([changed({ url: 'https://elsewhere.example/' })])
  })

  it('knows nothing of what was never registered', () => {
    given([]).when(request(1)).thenRejected('WebhookUnknown')
    given([]).when({ type: 'RollWebhookSecret', webhookId }).thenRejected('WebhookUnknown')
  })
})

describe('a secret', () => {
  const rolled = { type: 'WebhookSecretRolled' as const, webhookId, secretVersion: 2 }

  it('is rolled once a day, for two live at most', () => {
    given([registered]).when({ type: 'RollWebhookSecret', webhookId }).then([rolled])
    given([registered, rolled]).when({ type: 'RollWebhookSecret', webhookId }).thenRejected('SecretRolledLately')
  })

  it('signs beside its successor for a day', () => {
    given([registered, rolled])
      .when(request(1))
      .then([due(1, 1, [2, 1])])
    const later = at + OLD_SECRET_SIGNS_MS
    given([registered, rolled, queued(1)])
      .whenWoken(later)
      .then([due(1, 1, [2])])
  })
})

describe('an event', () => {
  it('is sent at once, and only once however often it is handed in', () => {
    given([registered])
      .when(request(1))
      .then([due(1)])
    given([registered, due(1)])
      .when(request(1))
      .thenNothing()
    given([registered, due(1), succeeded(1)])
      .when(request(1))
      .thenNothing()
    const later = given([registered])
    later.archived(archiveKeyOf(webhookId, event(1).eventId), {
      kind: 'ClaimFinanced',
      body: '',
      attempt: 1,
      status: 'delivered',
    })
    later.when(request(1)).thenNothing()
  })

  it('of a kind that nobody asked for is not sent', () =>
    given([registered])
      .when({ ...request(1), kind: 'OrderAccepted' })
      .thenNothing())

  it('waits when eight are under way, and goes when one of them ends', () => {
    const eight = many(8).map((n) => due(n))
    given([registered, ...eight])
      .when(request(8))
      .then([queued(8)])
    given([registered, ...eight, queued(8)])
      .when(report(3, 'delivered'))
      .then([succeeded(3), due(8)])
  })

  it('does not overtake one that waits', () =>
    given([registered, queued(1)])
      .when(request(2))
      .then([queued(2)]))
})

describe('an attempt that failed', () => {
  it('is made again later, at times that spread', () => {
    given([registered, due(1)])
      .when(report(1, 'failed', 1, 503))
      .then([failed(1, 1)])
    const nextAt = Number(failed(1, 1).nextAttemptAtMs)
    const waiting = given([registered, due(1), failed(1, 1)])
    deepStrictEqual(endpointRules.wakeAt(waiting.state()), nextAt)
    waiting.whenWoken(nextAt - 1).thenNothing()
    waiting.whenWoken(nextAt).then([due(1, 2)])
    const delays = new Set(many(50).map((n) => retryDelayMs(event(n).eventId, 1)))
    ok(delays.size > 20)
    for (const delay of delays) ok(delay! >= 4_500 && delay! <= 5_500)
  })

  it('leaves one place until an attempt succeeds', () => {
    const past: EndpointFact[] = [registered, due(1), failed(1, 1), due(2)]
    given(past)
      .when(request(3))
      .then([queued(3)])
    deepStrictEqual(endpointRules.wakeAt(given([...past, queued(3)]).state()), at + REPORTED_WITHIN_MS)
    given([...past, ...many(9, 3).map(queued)])
      .when(report(2, 'delivered'))
      .then([succeeded(2), ...many(8, 3).map((n) => due(n))])
  })

  it('is the last one after three days', () => {
    const hours = retryDelaysMs.reduce((sum, delay) => sum + delay, 0) / 3_600_000
    expect(hours).toBeGreaterThan(72)
    const last = retryDelaysMs.length + 1
    const failures = many(last - 1, 1).flatMap((attempt) => [due(1, attempt), failed(1, attempt)])
    given([registered, ...failures, due(1, last)])
      .when(report(1, 'failed', last, 0))
      .then([abandoned(1, 'attempts-exhausted')])
  })

  it('counts as delivered when word of that comes late', () => {
    given([registered, due(1), failed(1, 1)])
      .when(report(1, 'delivered'))
      .then([succeeded(1)])
    given([registered, due(1), failed(1, 1), due(1, 2)])
      .when(report(1, 'failed'))
      .thenNothing()
    given([registered, due(1), succeeded(1)])
      .when(report(1, 'failed'))
      .thenNothing()
  })

  it('whose end is never reported is made again after an hour', () => {
    const sent = given([registered, due(1)])
    sent.whenWoken(at + REPORTED_WITHIN_MS - 1).thenNothing()
    sent.whenWoken(at + REPORTED_WITHIN_MS).then([due(1, 2)])
    given([registered, due(1), due(1, 2)])
      .when(report(1, 'delivered'))
      .then([succeeded(1)])
  })

  it('says something that the desk knows', () => {
    given([registered, due(1)])
      .when(report(1, 'maybe'))
      .thenRejected('ResultUnknown')
    given([registered]).when(report(1, 'delivered')).thenRejected('DeliveryUnknown')
  })
})

describe('a webhook that is gone or switched off', () => {
  const off = changed({ enabled: false, reason: 'gone' })

  it('is switched off by 410, and what it would have been told is on the list', () => {
    given([registered, due(1)])
      .when(report(1, 'gone', 1, 410))
      .then([off, abandoned(1, 'disabled')])
    given([registered, off])
      .when(request(2))
      .then([abandoned(2, 'disabled')])
  })

  it('gives up what is open, in turns', () => {
    const past = [registered, ...many(150).map(queued), off]
    given(past)
      .whenWoken(at)
      .then(many(100).map((n) => abandoned(n, 'disabled')))
    deepStrictEqual(endpointRules.wakeAt(given([registered, due(1), off]).state()), at + REPORTED_WITHIN_MS)
    given([registered, due(1), off])
      .whenWoken(at + REPORTED_WITHIN_MS)
      .then([abandoned(1, 'disabled')])
  })

  it('never keeps more open than it has places on its list', () => {
    const full = given([registered, ...many(OPEN_MOST).map(queued)])
    full.when(request(OPEN_MOST)).then([abandoned(OPEN_MOST, 'too-many-open')])
  })
})

describe('sending again', () => {
  it('goes out under the same id, with all its repeats before it again', () => {
    given([registered, abandoned(1, 'disabled')])
      .when(resend(1))
      .then([due(1)])
    const last = retryDelaysMs.length + 1
    const exhausted = [registered, due(1, last), abandoned(1, 'attempts-exhausted')]
    given([...exhausted, succeeded(2), due(1, last + 1)])
      .when(report(1, 'failed', last + 1, 503))
      .then([{ ...failed(1, 1), attempt: last + 1 }])
    const eight = many(8, 10).map((n) => due(n))
    given([registered, due(1), succeeded(1), ...eight])
      .when(resend(1))
      .then([{ ...queued(1), attempts: 1 }])
  })

  it('counts its attempts on, so that no report is taken for one of before', () => {
    given([registered, due(1), succeeded(1)])
      .when(resend(1))
      .then([due(1, 2)])
    given([registered, due(1, 3)])
      .when(resend(1))
      .thenRejected('DeliveryUnderWay')
    given([registered]).when(resend(1)).thenRejected('DeliveryUnknown')
    given([registered, abandoned(1, 'disabled'), changed({ enabled: false })])
      .when(resend(1))
      .thenRejected('WebhookDisabled')
  })
})

it('keeps twenty ended deliveries at hand and leaves the rest to the archive', () => {
  const state = given([registered, ...many(50).flatMap((n) => [due(n), succeeded(n)])]).state()
  const retired = endpointRules.retire(state)
  deepStrictEqual(
    retired.map(({ key }) => key),
    many(30).map((n) => archiveKeyOf(webhookId, event(n).eventId)),
  )
  ok(state.kind === 'webhook' && state.finished.size === 20)
})
