/** What became of many orders in the few numbers that people compare. */
import { delaysOf, type Delays } from './delays.ts'
import type { Sent, Watched } from './load-world.ts'

export interface StepFigures {
  readonly name: string
  /** Orders due per second, and accepted (201) per second of the time in which they were due. */
  readonly offeredPerSecond: number
  readonly acceptedPerSecond: number
  readonly offered: number
  readonly accepted: number
  /** 202: logged, not judged in time. */
  readonly pending: number
  /** 429 and 503: refused for load. */
  readonly tenantBusy: number
  readonly overloaded: number
  /** Anything else; none is expected. */
  readonly failed: number
  /** Milliseconds from the moment at which the order was due to its answer. */
  readonly acceptedAfter: Delays | undefined
  readonly refusedAfter: Delays | undefined
  /** The sender's own lateness. */
  readonly sentLate: Delays | undefined
  readonly watched?: Watched
}

export const stepFigures = (name: string, sent: readonly Sent[], seconds: number, watched?: Watched): StepFigures => {
  const answered = (...statuses: number[]) => sent.filter(({ status }) => statuses.includes(status))
  const after = (some: readonly Sent[]) => delaysOf(some.map(({ answeredAtMs, dueAtMs }) => answeredAtMs - dueAtMs))
  const accepted = answered(201)
  const [pending, tenantBusy, overloaded] = [202, 429, 503].map((status) => answered(status).length) as [
    number,
    number,
    number,
  ]
  return {
    name,
    offeredPerSecond: sent.length / seconds,
    acceptedPerSecond: accepted.length / seconds,
    offered: sent.length,
    accepted: accepted.length,
    pending,
    tenantBusy,
    overloaded,
    failed: sent.length - accepted.length - pending - tenantBusy - overloaded,
    acceptedAfter: after(accepted),
    refusedAfter: after(answered(429, 503)),
    sentLate: delaysOf(sent.map(({ sentAtMs, dueAtMs }) => sentAtMs - dueAtMs)),
    ...(watched ? { watched } : {}),
  }
}
