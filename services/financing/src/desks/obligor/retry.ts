/** Claims that waited are looked at again when what they waited for may have come; so much per input, the rest at close of day. */
import { portion } from '@triflow/kernel'
import { leftOf } from './limit.ts'
import { consider } from './claims.ts'
import { queueOf } from './queue.ts'
import type { Working } from './working.ts'

/** Claims judged again per input, and places looked at to find them. */
const judgedMost = 100
const lookedAtMost = 1_000

/** A limit was released or raised: the oldest claims that fit take it. One too large for the room does not hold up those behind it. */
export const retryLimit = (working: Working, programmeId: string): void => {
  const programme = working.context.shared.programmes.get(programmeId)
  if (!programme) return
  let judged = 0
  for (const place of queueOf(working.book, 'limit', programmeId).slice(0, lookedAtMost)) {
    const left = leftOf(working.position(programmeId), programme)
    if (left === 0n || judged >= judgedMost) return
    if (portion(place.eligibleMinor, programme.advanceRateBps) > left) continue
    judged += 1
    consider(working, place.supplierId, place.invoiceId)
  }
}

/** A supplier accepted the terms: its claims that waited for that, or for a programme. */
export const retryConsent = (working: Working, supplierId: string): void => {
  const places = [...queueOf(working.book, 'consent'), ...queueOf(working.book, 'programme')]
  for (const place of places.filter((one) => one.supplierId === supplierId).slice(0, judgedMost))
    consider(working, place.supplierId, place.invoiceId)
}
