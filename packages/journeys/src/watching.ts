/** Waits on the platform's progress through its public views: claims decided, goods heard, days closed, money settled. */
import { ledgerOf, positionOf } from './actors/bank.ts'
import { invoicePath, type InvoiceName } from './actors/buyer.ts'
import { segment } from './actors/documents.ts'
import type { Caller, Document } from './client/caller.ts'
import { until } from './client/pauses.ts'
import { amountIn, listIn, numberIn } from './report/reading.ts'
import { JourneyProblem } from './surroundings.ts'

/** Longer than a takeover after a kill takes, engines included. */
const PATIENCE_MS = 180_000

/** An answer takes several desks: asking at once would only slow them down. */
const pauses = { beforeMs: 20, firstMs: 12, longestMs: 100 }

/** Statuses at which a claim rests until somebody acts: nothing about it is under way. */
const AT_REST = new Set(['waiting', 'referred', 'refused', 'disbursed', 'payout-failed', 'settled', 'paid'])

export interface ClaimSeen {
  readonly name: InvoiceName
  readonly claim: Document
}

/** Runs at most `width` at a time; the answers in the order of the items. */
export const inParallel = async <T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> => {
  const results = new Array<R>(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      results[index] = await work(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  return results
}

/**
 * Asks for each item again until `seen` answers for it; those that never do are told by name. While the first has no
 * answer the others are not asked: they finish at about the same time, and questions cost those who work on the answer.
 */
const untilAll = async <T, R>(
  items: readonly T[],
  what: string,
  nameOf: (item: T) => string,
  seen: (item: T) => Promise<R | undefined>,
  patienceMs = PATIENCE_MS,
): Promise<R[]> => {
  if (items.length === 0) return []
  const found = new Map<T, R>()
  let open = items
  const all = await until(
    async () => {
      const ask = async (asked: readonly T[]) => {
        const answers = await inParallel(asked, 16, seen)
        asked.forEach((item, index) => {
          if (answers[index] !== undefined) found.set(item, answers[index]!)
        })
        open = open.filter((item) => !found.has(item))
      }
      await ask(open.slice(0, 1))
      if (open.length > 0 && found.has(items[0]!)) await ask(open)
      return open.length === 0 ? true : undefined
    },
    patienceMs,
    pauses,
  )
  if (!all)
    throw new JourneyProblem(
      `After ${patienceMs / 1000} s ${what} for ${open.length} of ${items.length}: ${open.slice(0, 5).map(nameOf).join(', ')}.`,
      'The services’ logs (./triflow logs) say what they wait for.',
    )
  return items.map((item) => found.get(item)!)
}

/** Until every claim is decided as far as the platform can by itself, and no payout of them is under way. */
export const claimsAtRest = (bank: Caller, names: readonly InvoiceName[]): Promise<ClaimSeen[]> =>
  untilAll(
    names,
    'no decision was seen',
    (name) => invoicePath(name),
    async (name) => {
      const claim = await bank.read(`/v1/claims/${invoicePath(name)}`)
      return claim && AT_REST.has(String(claim['status'])) ? { name, claim } : undefined
    },
  )

/** Until claims have left the state they were in (an officer decided, a payout was made). */
export const claimsLeft = (
  bank: Caller,
  names: readonly InvoiceName[],
  statuses: readonly string[],
): Promise<ClaimSeen[]> =>
  untilAll(
    names,
    'no change was seen',
    (name) => invoicePath(name),
    async (name) => {
      const claim = await bank.read(`/v1/claims/${invoicePath(name)}`)
      const status = String(claim?.['status'])
      return claim && AT_REST.has(status) && !statuses.includes(status) ? { name, claim } : undefined
    },
  )

/** Until each claim is as said; its position in the day does not matter. */
export const claimsWhere = (
  bank: Caller,
  names: readonly InvoiceName[],
  what: string,
  satisfies: (claim: Document) => boolean,
): Promise<ClaimSeen[]> =>
  untilAll(names, what, invoicePath, async (name) => {
    const claim = await bank.read(`/v1/claims/${invoicePath(name)}`)
    return claim && satisfies(claim) ? { name, claim } : undefined
  })

export interface GoodsExpected {
  readonly buyerId: string
  readonly orderNumber: string
  /** What the acknowledged receipts come to: all that was ordered, or a part of it. */
  readonly goods: 'partial' | 'complete'
}

/** Until trades have heard of the goods that were acknowledged: a close of day must not overtake them. */
export const goodsHeard = (reader: Caller, expected: readonly GoodsExpected[]): Promise<Document[]> =>
  untilAll(
    expected,
    'goods were not heard of',
    ({ orderNumber }) => orderNumber,
    async ({ buyerId, orderNumber, goods }) => {
      const trade = await reader.read(`/v1/trades/${buyerId}/${segment(orderNumber)}`)
      const lane = trade?.['goods']
      return trade && (lane === goods || lane === 'complete' || lane === 'broken') ? trade : undefined
    },
  )

/** Until the position satisfies; says what it was when patience ended. */
export const positionWhere = async (
  bank: Caller,
  programmeId: string,
  what: string,
  satisfies: (position: Document) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<Document> => {
  let last: Document | undefined
  const found = await until(
    async () => {
      last = await positionOf(bank, programmeId)
      return last && satisfies(last) ? last : undefined
    },
    patienceMs,
    pauses,
  )
  if (found) return found
  throw new JourneyProblem(
    `After ${patienceMs / 1000} s ${what} was not reached in programme ${programmeId}; its position: ${JSON.stringify(last ?? 'none')}.`,
    'The services’ logs (./triflow logs) say what they wait for.',
  )
}

/** Until the debtor's book has gone through the close of day. */
export const dayClosed = (bank: Caller, programmeId: string, next: string): Promise<Document> =>
  positionWhere(bank, programmeId, `business day ${next}`, (position) => String(position['businessDate']) >= next)

/** Until so many receipts are known to the debtor's book, waiting ones included: a close of day must not overtake money. */
export const receiptsHeard = (bank: Caller, programmeId: string, atLeast: number): Promise<Document> =>
  positionWhere(
    bank,
    programmeId,
    `${atLeast} receipts heard`,
    (position) => numberIn(position, 'receiptsKnown') >= atLeast,
  )

/** Until no payout is under way. */
export const payoutsDone = (bank: Caller, programmeId: string): Promise<Document> =>
  positionWhere(
    bank,
    programmeId,
    'that no payout is under way',
    (position) => amountIn(position, 'reservedMinor') === 0n,
  )

/** Debits less credits of one account of the books; zero for one that was never posted to. */
export const balanceOf = (books: Document, account: string): bigint => {
  const found = listIn(books, 'balances').find((one) => one['account'] === account)
  return found ? amountIn(found, 'balanceMinor') : 0n
}

/** Position and books once nothing is under way and both say the same: principal out, and discount earned. */
export const atRest = async (
  bank: Caller,
  programmeId: string,
): Promise<{ readonly position: Document; readonly books: Document }> => {
  let last = ''
  const found = await until(async () => {
    const [position, books] = await Promise.all([positionOf(bank, programmeId), ledgerOf(bank, programmeId)])
    if (!position || !books) return undefined
    last = JSON.stringify({ position, balances: books['balances'], pendingCount: books['pendingCount'] })
    const agree =
      amountIn(position, 'reservedMinor') === 0n &&
      numberIn(books, 'pendingCount') === 0 &&
      balanceOf(books, 'advances:outstanding') === amountIn(position, 'usedMinor') &&
      -balanceOf(books, 'income:discount-earned') === amountIn(position, 'discountEarnedMinor')
    return agree ? { position, books } : undefined
  }, PATIENCE_MS)
  if (found) return found
  throw new JourneyProblem(
    `Position and books of ${programmeId} did not come to agree in ${PATIENCE_MS / 1000} s: ${last || 'neither is there'}.`,
  )
}
