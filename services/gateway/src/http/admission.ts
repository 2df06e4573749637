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
  /** Chunks of uploads on their way to services at once, while single writes leave room. */
  readonly chunks: number
}

export interface Admission {
  /** Does the work in a place of its kind, or refuses: 429 `TenantBusy`, 503 `Overloaded`. Does nothing for a caller who has gone. */
  within(kind: Kind, tenant: string, response: Response, work: () => Promise<void>): Promise<void>
  /** Does the work when it is this tenant's turn among the chunks of all uploads. */
  chunk<T>(tenant: string, work: () => Promise<T>): Promise<T>
  inHand(kind: Kind): number
}

export type Gauge = (name: string, value: number, labels: Readonly<Record<string, string>>) => void

/** Single writes are busy when more than this share of their places is taken; then one chunk goes at a time. */
const BUSY_SHARE = 1 / 16

/** Whole seconds, drawn anew each time, so that those who were refused together do not come back together. */
export const comeBack = (random: () => number = Math.random): Readonly<Record<string, string>> => ({
  'retry-after': String(1 + Math.floor(random() * 3)),
})

export const overloaded = (
  detail = 'More is on its way than can be answered in time; send it again with the same key.',
) => refuse(503, 'Overloaded', detail, { headers: comeBack() })

export const admission = (bounds: AdmissionBounds, witness: Witness, gauge: Gauge = () => {}): Admission => {
  const rooms = Object.fromEntries(
    kinds.map((kind) => [kind, fairPlaces({ places: bounds.places[kind], waitMs: bounds.waitMs })]),
  ) as Record<Kind, FairPlaces>
  const tell = (kind: Kind): void => gauge('triflow_requests_in_hand', rooms[kind].taken(), { kind })
  const chunks = turns(() => (rooms.write.taken() > bounds.places.write * BUSY_SHARE ? 1 : bounds.chunks))

  return {
    within: async (kind, tenant, response, work) => {
      const began = performance.now()
      const gone = new AbortController()
      const leaving = () => gone.abort()
      response.once('close', leaving)
      const entry = await rooms[kind].enter(tenant, gone.signal)
      response.off('close', leaving)
      if ('refused' in entry) {
        const { refused: reason, held, share } = entry
        witness.count('triflow_requests_turned_away_total', 1, { kind, reason })
        if (reason === 'gone') return
        if (reason === 'full') return overloaded()
        return refuse(
          429,
          'TenantBusy',
          `${held} of your requests are in hand already, and your share is ${share}; send it again with the same key.`,
          { headers: comeBack() },
        )
      }
      tell(kind)
      witness.observe('triflow_admission_wait_seconds', (performance.now() - began) / 1000, { kind })
      try {
        await work()
      } finally {
        entry.leave()
        tell(kind)
      }
    },
    chunk: (tenant, work) => chunks.take(tenant, work),
    inHand: (kind) => rooms[kind].taken(),
  }
}
