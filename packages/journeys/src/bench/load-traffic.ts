/** Two ways of sending orders: as many at once as asked for, and at a rate that waits for nobody. */
import { setTimeout as sleep } from 'node:timers/promises'
import { nowMs } from './decisions.ts'
import type { Sent } from './load-world.ts'

export type Submit = (tenant: string, dueAtMs: number) => Promise<Sent>

/** Orders of one tenant at an even rate. */
export interface Stream {
  readonly tenant: string
  readonly perSecond: number
}

/** The same rate in all, spread evenly. */
export const spread = (tenants: readonly string[], perSecond: number): Stream[] =>
  tenants.map((tenant) => ({ tenant, perSecond: perSecond / tenants.length }))

/** When the orders of each stream are due within the time, in order. Streams begin apart, so that equal ones do not send in step. */
export const dueTimes = (
  streams: readonly Stream[],
  seconds: number,
): { readonly dueMs: number; readonly tenant: string }[] =>
  streams
    .flatMap(({ tenant, perSecond }, at) =>
      Array.from({ length: Math.floor(perSecond * seconds) }, (_, n) => ({
        dueMs: ((n + at / streams.length) * 1_000) / perSecond,
        tenant,
      })),
    )
    .sort((a, b) => a.dueMs - b.dueMs)

/** Open loop: what is due is sent, whatever became of what was sent before. Resolves when all are answered. */
export const atRate = async (
  streams: readonly Stream[],
  seconds: number,
  submit: Submit,
  onAnswered: () => void = () => {},
): Promise<Sent[]> => {
  const due = dueTimes(streams, seconds)
  const startAtMs = nowMs() + 50
  const underWay: Promise<Sent>[] = []
  for (let next = 0; next < due.length;) {
    for (const now = nowMs(); next < due.length && startAtMs + due[next]!.dueMs <= now; next++) {
      const { tenant, dueMs } = due[next]!
      const sending = submit(tenant, startAtMs + dueMs)
      underWay.push(sending)
      void sending.then(onAnswered)
    }
    if (next < due.length) await sleep(Math.max(1, Math.floor(startAtMs + due[next]!.dueMs - nowMs())))
  }
  return await Promise.all(underWay)
}

/** Who is refused in a closed loop waits this long, else it would measure how fast the door says no. */
const REFUSED_PAUSE_MS = 50

/** Closed loop: so many callers, each sending its next order when the last is answered. */
export const atOnce = async (
  tenants: readonly string[],
  callers: number,
  seconds: number,
  submit: Submit,
): Promise<Sent[]> => {
  const endAtMs = nowMs() + seconds * 1_000
  const all: Sent[] = []
  await Promise.all(
    Array.from({ length: callers }, async (_, at) => {
      while (nowMs() < endAtMs) {
        const sent = await submit(tenants[at % tenants.length]!, nowMs())
        all.push(sent)
        if (sent.status !== 201) await sleep(REFUSED_PAUSE_MS)
      }
    }),
  )
  return all
}
