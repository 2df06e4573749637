/** How a caller waits: jittered backoff between tries, and patience that ends. */
import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_MS = 40
const LONGEST_MS = 2_000

/** Full jitter: many callers that failed together do not come back together. */
export const backoffMs = (attempt: number, random: () => number = Math.random): number =>
  Math.ceil(random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10)))

export const pause = (ms: number): Promise<void> => sleep(ms)

/** A caller's patience: how much of it is left, counted from its making. */
export const patience = (ms: number, now: () => number = Date.now) => {
  const end = now() + ms
  return { leftMs: () => end - now(), isOver: () => now() >= end }
}

/**
 * Asks until the answer is there, with growing pauses; undefined when patience ends first. Progress of the platform is
 * awaited with this, never with a sleep of guessed length; `beforeMs` only spares a question that is surely too early.
 */
export const until = async <T>(
  ask: () => Promise<T | undefined>,
  timeoutMs: number,
  pauses: { beforeMs?: number; firstMs: number; longestMs: number } = { firstMs: 8, longestMs: 100 },
): Promise<T | undefined> => {
  const { isOver } = patience(timeoutMs)
  if (pauses.beforeMs) await pause(pauses.beforeMs)
  for (let pauseMs = pauses.firstMs; ; pauseMs = Math.min(pauses.longestMs, pauseMs * 1.6)) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (isOver()) return undefined
    await pause(pauseMs)
  }
}
