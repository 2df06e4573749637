/** What the endpoint desk says yes and no to: a webhook's life, and its deliveries. */
import { accept, isPartyId, nothing, reject, type Context, type Decision, type Input } from '@triflow/kernel'
import { reported, requested, resent, woken } from './deliveries.ts'
import { OLD_SECRET_SIGNS_MS } from './schedule.ts'
import type {
  ChangeWebhook,
  EndpointCommand,
  EndpointFact,
  EndpointRejection,
  EndpointState,
  RegisterWebhook,
  Webhook,
} from './vocabulary.ts'

const no = (code: EndpointRejection, detail: string) => reject(code, detail)

const URL_LONGEST = 2_000
const KINDS_MOST = 50

/** Where it may lead is the sender's to say, at the moment of sending: a name can point elsewhere tomorrow. */
const flawOf = ({
  url,
  kinds,
}: Pick<RegisterWebhook, 'url' | 'kinds'>): readonly [EndpointRejection, string] | undefined => {
  const isUrl = /^https?:\/\/[^\s/@?#]+(?:[/?][^\s#]*)?$/.test(url) && url.length <= URL_LONGEST
  if (!isUrl) return ['UrlMalformed', 'an http(s) URL without user and fragment']
  if (kinds.length === 0 || kinds.length > KINDS_MOST) return ['KindsMissing', `1 to ${KINDS_MOST} kinds of events`]
  const wrong = kinds.find((kind) => !/^[A-Z][A-Za-z]{2,63}$/.test(kind))
  return wrong === undefined ? undefined : ['KindMalformed', `no kind of event: ${wrong}`]
}

const sorted = (kinds: readonly string[]): string[] => [...new Set(kinds)].sort()

const isAlike = (webhook: Webhook, { url, kinds }: { url: string; kinds: readonly string[] }): boolean =>
  webhook.url === url && webhook.kinds.join() === sorted(kinds).join()

const register = (command: RegisterWebhook, state: EndpointState): Decision<EndpointFact> => {
  const { webhookId, partyId, url } = command
  if (!isPartyId(partyId)) return no('PartyMalformed', 'a party is named by its party id')
  const [owner, name, more] = webhookId.split('/')
  if (owner !== partyId || !name || !isPartyId(name) || more !== undefined)
    return no('WebhookIdMismatch', `the id of a webhook is ${partyId}/ and its name`)
  const flaw = flawOf(command)
  if (flaw) return no(...flaw)
  const kinds = sorted(command.kinds)
  if (state.kind === 'webhook')
    return isAlike(state, command) && state.enabled
      ? nothing
      : no('WebhookAlreadyRegistered', `${webhookId} was registered with other content; change it`)
  return accept([{ type: 'WebhookRegistered', webhookId, partyId, url, kinds }])
}

const change = (command: ChangeWebhook, webhook: Webhook): Decision<EndpointFact> => {
  const flaw = flawOf(command)
  if (flaw) return no(...flaw)
  if (isAlike(webhook, command) && webhook.enabled === command.enabled) return nothing
  const { webhookId, url, enabled } = command
  return accept([
    { type: 'WebhookChanged', webhookId, url, kinds: sorted(command.kinds), enabled, reason: 'changed by its owner' },
  ])
}

/** Only two secrets live at once, so the one before must have died before a third is made. */
const roll = (webhook: Webhook, at: number): Decision<EndpointFact> => {
  if (webhook.secretVersion > 1 && at < webhook.secretRolledAt + OLD_SECRET_SIGNS_MS)
    return no('SecretRolledLately', 'a secret can be rolled once a day')
  const { webhookId, secretVersion } = webhook
  return accept([{ type: 'WebhookSecretRolled', webhookId, secretVersion: secretVersion + 1 }])
}

export const decide = (
  input: Input<EndpointCommand, never, never>,
  state: EndpointState,
  { key, at, loaded }: Context<unknown>,
): Decision<EndpointFact> => {
  if (input.kind === 'tick') return state.kind === 'webhook' ? woken(state, at) : nothing
  if (input.kind !== 'command') return nothing
  const { command } = input
  if (command.type === 'RegisterWebhook') return register(command, state)
  if (state.kind !== 'webhook') return no('WebhookUnknown', `there is no ${key}`)
  switch (command.type) {
    case 'ChangeWebhook':
      return change(command, state)
    case 'RollWebhookSecret':
      return roll(state, at)
    case 'RequestDelivery':
      return requested(command, state, loaded, at)
    case 'ReportDelivery':
      return reported(command, state, loaded, at)
    case 'ResendDelivery':
      return resent(command, state, loaded, at)
  }
}
