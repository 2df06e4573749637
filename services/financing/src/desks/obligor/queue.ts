/** Waiting claims in the order in which they are tried again: issue date, then invoice id, whichever way they came. */
import type { Book, Claim, Place } from './book.ts'

export const byPlace = (a: Pick<Place, 'issuedOn' | 'invoiceId'>, b: Pick<Place, 'issuedOn' | 'invoiceId'>): number =>
  a.issuedOn < b.issuedOn
    ? -1
    : a.issuedOn > b.issuedOn
      ? 1
      : a.invoiceId < b.invoiceId
        ? -1
        : a.invoiceId > b.invoiceId
          ? 1
          : 0

/** Limits are waited for per programme; everything else by what is missing. */
export const queueName = (waitsFor: string, programmeId: string): string =>
  waitsFor === 'limit' ? `limit ${programmeId}` : waitsFor

const positionIn = (queue: readonly Place[], place: Pick<Place, 'issuedOn' | 'invoiceId'>): number => {
  let low = 0
  let high = queue.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (byPlace(queue[middle]!, place) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Takes the claim out of the queue it stands in, if any. */
export const leaveQueue = (book: Book, claim: Claim): void => {
  if (claim.status !== 'waiting' || !claim.invoice) return
  const name = queueName(claim.waitsFor, claim.programmeId)
  const queue = book.queues.get(name)
  if (!queue) return
  const at = positionIn(queue, { issuedOn: claim.invoice.issuedOn, invoiceId: claim.invoiceId })
  if (queue[at]?.invoiceId === claim.invoiceId) queue.splice(at, 1)
  if (queue.length === 0) book.queues.delete(name)
}

/** Puts a waiting claim where it belongs. */
export const enterQueue = (book: Book, claim: Claim): void => {
  if (claim.status !== 'waiting' || !claim.invoice) return
  const name = queueName(claim.waitsFor, claim.programmeId)
  const { invoiceId, supplierId, eligibleMinor } = claim
  const place: Place = { issuedOn: claim.invoice.issuedOn, invoiceId, supplierId, eligibleMinor }
  const queue = book.queues.get(name)
  if (!queue) book.queues.set(name, [place])
  else queue.splice(positionIn(queue, place), 0, place)
}

export const queueOf = (book: Book, waitsFor: string, programmeId = ''): readonly Place[] =>
  book.queues.get(queueName(waitsFor, programmeId)) ?? []

/** All waiting claims after a place, in order: what a sweep goes through. */
export const waitingAfter = (book: Book, after: Pick<Place, 'issuedOn' | 'invoiceId'>, only?: string): Place[] => {
  const places: Place[] = []
  for (const name of only === undefined ? [...book.queues.keys()].sort() : [only]) {
    const queue = book.queues.get(name) ?? []
    const at = positionIn(queue, after)
    const from = queue[at]?.invoiceId === after.invoiceId ? at + 1 : at
    places.push(...queue.slice(from))
  }
  return places.sort(byPlace)
}
