/** Parties that want to be told: they register webhooks, roll secrets, and switch one off and on again. */
import { eventKinds, type EventKind } from '@triflow/contracts'
import { memoryPorts } from '@triflow/desk/memory'
import { serviceViews } from '../town/service-views.ts'
import { urlOf } from '../town/receivers.ts'
import type { Town } from '../town/town.ts'
import { chanceOf, type Stage } from './stage.ts'

export interface Subscription {
  readonly webhookId: string
  readonly partyId: string
  readonly kinds: readonly EventKind[]
  /** What each desk's journal had come to, by desk, when the platform knew of it for sure: later facts are owed. */
  readonly since: ReadonlyMap<string, number>
}

const SUBSCRIBERS = 1_000_003
/** Longer than the notifier goes without looking who has registered. */
const KNOWN_AFTER_MS = 5_000

/** Last entry of every journal. */
const heads = (town: Town): Map<string, number> => {
  const last = new Map<string, number>()
  for (const { desk, sequence } of town.engines.database.journal.values())
    last.set(desk, Math.max(last.get(desk) ?? 0, sequence))
  return last
}

/** Resolves when all has been said; half of all seeds have no subscriber. */
export const subscribe = async (town: Town, stage: Stage): Promise<void> => {
  const { voice, cast } = stage
  const chance = chanceOf(stage, SUBSCRIBERS)
  if (chance.of(50)) return
  const { clock } = voice.process
  const views = serviceViews('webhook', memoryPorts(town.engines, voice.process).views)
  const parties = [cast.funderId, ...[...cast.debtors, ...cast.suppliers].map(({ partyId }) => partyId)]

  const isShown = async (webhookId: string): Promise<boolean> => {
    try {
      return (await views.load('webhooks', [webhookId])).has(webhookId)
    } catch {
      return false
    }
  }

  const listen = async (number: number): Promise<void> => {
    const partyId = chance.pick(parties)
    const webhookId = `${partyId}/erp-${number}`
    const kinds = eventKinds.filter(() => chance.of(40))
    if (kinds.length === 0) kinds.push('ClaimFinanced')
    const url = urlOf(webhookId, chance.of(20) ? chance.between(1, 20) : undefined)
    const register = { type: 'RegisterWebhook', webhookId, partyId, url, kinds } as const
    await voice.say(partyId, `register ${webhookId}`, register)
    while (!(await isShown(webhookId))) await clock.sleep(200)
    await clock.sleep(KNOWN_AFTER_MS)
    stage.subscriptions.push({ webhookId, partyId, kinds, since: heads(town) })
    if (chance.of(50)) {
      await chance.pause(20_000)
      await voice.say(partyId, `roll ${webhookId}`, { type: 'RollWebhookSecret', webhookId })
    }
    if (chance.of(30)) {
      const change = (enabled: boolean): Promise<unknown> =>
        voice.say(partyId, `${enabled ? 'on' : 'off'} ${webhookId}`, {
          type: 'ChangeWebhook',
          webhookId,
          url,
          kinds,
          enabled,
        })
      await chance.pause(10_000)
      await change(false)
      await chance.pause(10_000)
      await change(true)
    }
  }
  await Promise.all(Array.from({ length: chance.between(1, 2) }, (_, number) => listen(number + 1)))
}
