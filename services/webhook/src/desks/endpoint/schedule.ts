/** When a failed delivery is tried again, and how much is under way at once. */
import type { Webhook } from './vocabulary.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Milliseconds after the first, second, … failed attempt; when they are used up, after some three days, it is abandoned. */
export const retryDelaysMs: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]

/** FNV-1a, so that repeats of many events spread without a die. */
const spreadOf = (eventId: string, failed: number): number => {
  let hash = 0x811c9dc5 ^ failed
  for (let index = 0; index < eventId.length; index++)
    hash = Math.imul(hash ^ eventId.charCodeAt(index), 0x01000193) >>> 0
  return hash % 201
}

/** Milliseconds from the first, second, … failed attempt to the next, a tenth more or less; undefined when there is none. */
export const retryDelayMs = (eventId: string, failed: number): number | undefined => {
  const delay = retryDelaysMs[failed - 1]
  return delay === undefined ? undefined : Math.floor((delay * (900 + spreadOf(eventId, failed))) / 1_000)
}

const UNDER_WAY_MOST = 8

/** Attempts that may be under way at once: one while the last one failed, so that a dead URL holds up nobody else. */
export const placesOf = (webhook: Pick<Webhook, 'failures'>): number => (webhook.failures > 0 ? 1 : UNDER_WAY_MOST)

/** An attempt whose end was not reported by then is made again: its report was lost, or nobody sends. */
export const REPORTED_WITHIN_MS = HOUR

/** Deliveries that may be open at once; what comes beyond goes on the list of the abandoned. */
export const OPEN_MOST = 10_000

/** How long the secret before the last one signs as well. */
export const OLD_SECRET_SIGNS_MS = 24 * HOUR
