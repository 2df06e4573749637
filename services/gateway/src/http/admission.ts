/** Who may come in now: places by kind of request, shared between tenants; a no is said before anything is read or written. */
import type { Response } from 'express'
import type { Witness } from '@triflow/desk'
import { fairPlaces, type FairPlaces } from './fair-places.ts'
import { refuse } from './problems.ts'
import { turns } from './turns.ts'

/** Each kind has places of its own, so that a flood of one leaves the others as they are. */
export const kinds = ['write', 'read', 'token', 'upload'] as const
export type Kind = (typeof kinds)[number]

export interface AdmissionBounds {
  /** Requests of each kind in hand at once. */
  readonly places: Readonly<Record<Kind, number>>
  /** How long a request that is within its tenant's share may wait for a place. */
  readonly waitMs: number
  /** Lines of uploads on their way to services at once, while there are no single writes. */
  readonly uploadLines: number
}

export interface Admission {
  /** Does the work in a place of its kind, or refuses: 429 `TenantBusy`, 503 `Overloaded`. Does nothing for a caller who has gone. */
  within(kind: Kind, tenant: string, response: Response, work: () => Promise<void>): Promise<void>
  /**
   * Does the work when it is this tenant's turn among the chunks of all uploads. Beside single writes few lines go at
   * once, and a rest follows: uploads have what single writes leave, and never nothing.
   */
  chunk<T>(tenant: string, lines: number, work: () => Promise<T>): Promise<T>
  /** How many lines a chunk should have now, of this many at most. */
  chunkLines(most: number): number
  inHand(kind: Kind): number
  waiting(kind: Kind): number
}

type Gauge = (name: string, value: number, labels: Readonly<Record<string, string>>) => void

/** Somebody waits for single writes as long as one was in hand within this time. */
const BESIDE_MS = 1_000
/** Of the lines that may be on their way, this part may be so beside single writes: they may have to wait behind it. */
const PART_BESIDE = 1 / 20
/** The rest after a chunk beside single writes is as long as it took, times the writes in hand: their number grows as they slow down. */
const REST_MAX_MS = 1_000

/** Whole seconds, drawn anew each time, so that those who were refused together do not come back together. */
const comeBack = (): Readonly<Record<string, string>> => ({
  'retry-after': String(1 + Math.floor(Math.random() * 3)),
})

const LATER = 'Nothing of this request was taken; come back a little later, with the same key.'

export const overloaded = () =>
  refuse(503, 'Overloaded', `More is on its way than can be answered in time. ${LATER}`, { headers: comeBack() })

export const admission = (bounds: AdmissionBounds, witness: Witness, gauge: Gauge = () => {}): Admission => {
  const rooms = Object.fromEntries(
    kinds.map((kind) => [kind, fairPlaces({ places: bounds.places[kind], waitMs: bounds.waitMs })]),
  ) as Record<Kind, FairPlaces>
  const tell = (kind: Kind): void => {
    gauge('triflow_requests_in_hand', rooms[kind].taken(), { kind })
    gauge('triflow_requests_waiting', rooms[kind].waiting(), { kind })
  }
  let lastWriteAt = -BESIDE_MS
  const besideWrites = (): boolean => rooms.write.taken() > 0 || performance.now() - lastWriteAt < BESIDE_MS
  const linesNow = (): number => (besideWrites() ? Math.ceil(bounds.uploadLines * PART_BESIDE) : bounds.uploadLines)
  const restMs = (tookMs: number): number =>
    besideWrites() ? Math.min(tookMs * Math.max(1, rooms.write.taken()), REST_MAX_MS) : 0
  const chunks = turns(linesNow, restMs)

  return {
    within: async (kind, tenant, response, work) => {
      const began = performance.now()
      const gone = new AbortController()
      const leaving = () => gone.abort()
      response.once('close', leaving)
      const entering = rooms[kind].enter(tenant, gone.signal)
      tell(kind)
      const entry = await entering
      tell(kind)
      response.off('close', leaving)
      if ('refused' in entry) {
        const { refused: reason, held, share } = entry
        witness.count('triflow_requests_turned_away_total', 1, { kind, reason })
        if (reason === 'gone') return
        if (reason === 'full') return overloaded()
        return refuse(
          429,
          'TenantBusy',
          `${held} of your requests are in hand already, and your share is ${share}. ${LATER}`,
          { headers: comeBack() },
        )
      }
      witness.observe('triflow_admission_wait_seconds', (performance.now() - began) / 1000, { kind })
      try {
        await work()
      } finally {
        entry.leave()
        if (kind === 'write') lastWriteAt = performance.now()
        tell(kind)
      }
    },
    chunk: (tenant, lines, work) => chunks.take(tenant, lines, work),
    chunkLines: (most) => Math.min(most, linesNow()),
    inHand: (kind) => rooms[kind].taken(),
    waiting: (kind) => rooms[kind].waiting(),
  }
}
