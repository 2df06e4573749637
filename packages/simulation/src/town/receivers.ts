/** Where webhooks lead: servers of the parties' own, out of the platform's reach, which remember all they were ever told. */
import type { Process } from '@triflow/desk/memory'
import type { Message, Post } from '@triflow/webhook/connectors'
import type { Ask } from './remote.ts'

export interface Received extends Message {
  readonly status: number
}

export interface Receivers {
  readonly received: readonly Received[]
  /** How a process of the platform reaches them. */
  seenFrom(process: Process): Post
}

/** A URL that ends so is gone when it has answered so often. */
const GONE = /\/gone-after-(\d+)$/

export const urlOf = (webhookId: string, goneAfter?: number): string =>
  `https://receivers.example/${webhookId}${goneAfter === undefined ? '' : `/gone-after-${goneAfter}`}`

/** As long as the sender waits. */
const ANSWER_WITHIN_MS = 5_000

export const openReceivers = (
  process: Process,
  ask: Ask,
  temper: { readonly refusePerMille: number },
  random: () => number,
): Receivers => {
  const received: Received[] = []
  const answered = new Map<string, number>()
  const answer = (message: Message): number => {
    const goneAfter = GONE.exec(message.url)?.[1]
    const before = answered.get(message.url) ?? 0
    if (goneAfter !== undefined && before >= Number(goneAfter)) return 410
    if (random() * 1_000 < temper.refusePerMille) return 503
    answered.set(message.url, before + 1)
    return 200
  }
  return {
    received,
    seenFrom: (from) => async (message) => {
      const label = `POST ${message.headers['webhook-id']}`
      try {
        const status = await ask({ from, to: () => process, label, withinMs: ANSWER_WITHIN_MS }, async () => {
          const status = answer(message)
          received.push({ ...message, status })
          return status
        })
        return { status, detail: '' }
      } catch {
        return { status: 0, detail: 'no answer' }
      }
    },
  }
}
