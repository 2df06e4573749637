/** What a business day, a programme or a limit asks of a whole book, in bounded steps. */
import { accept, type Context, type Decision } from '@triflow/kernel'
import { programmesOf, type Broadcast, type Shared } from '../programmes.ts'
import { nodesPerReceipt } from './allocation.ts'
import type { Book, Receipt } from './book.ts'
import { tryAll, waitingReceipts } from './cash.ts'
import { consider } from './claims.ts'
import { homeOf } from './programme-of.ts'
import { queueName, waitingAfter } from './queue.ts'
import type { DebtorDayClosed, Fact } from './vocabulary.ts'
import { openWorking, type Working } from './working.ts'

/** Receipts or claims looked at per step, and branches of subset searches after which a step ends early. */
const perStep = 200
const nodesPerStep = 10 * nodesPerReceipt

/** How far a sweep of this book has come; as text it is the runtime's cursor. */
type Cursor =
  | { phase: 'receipts'; supplierId: string; valueOn: string; receiptId: string }
  | { phase: 'claims'; issuedOn: string; invoiceId: string }
  | { phase: 'day' }

const start: Cursor = { phase: 'receipts', supplierId: '', valueOn: '', receiptId: '' }
const claimsStart: Cursor = { phase: 'claims', issuedOn: '', invoiceId: '' }

const read = (cursor: string, first: Cursor): Cursor => (cursor === '' ? first : (JSON.parse(cursor) as Cursor))
const written = (cursor: Cursor): string => JSON.stringify(cursor)

const isAfter = (receipt: Receipt, cursor: Extract<Cursor, { phase: 'receipts' }>): boolean => {
  if (receipt.supplierId !== cursor.supplierId) return receipt.supplierId > cursor.supplierId
  if (receipt.valueOn !== cursor.valueOn) return receipt.valueOn > cursor.valueOn
  return receipt.receiptId > cursor.receiptId
}

const suspend = (working: Working, receipt: Receipt): void => {
  const { receiptId, supplierId, programmeId, currency, amountMinor, valueOn } = receipt
  const programme = working.context.shared.programmes.get(programmeId)
  // Without its programme nobody has said how long the receipt may wait.
  if (!programme || receipt.closes + 1 < programme.suspenseAfterDays) return
  const { debtorId } = working.book
  working.say({ type: 'CashSuspended', receiptId, debtorId, supplierId, programmeId, currency, amountMinor, valueOn })
}

/** Pairs in id order, receipts of a pair by value date and id: the order in which money came. */
const settleReceipts = (working: Working, cursor: Extract<Cursor, { phase: 'receipts' }>): Cursor => {
  let taken = 0
  let nodes = 0
  let last = cursor
  for (const supplierId of [...working.book.pairs.keys()].sort()) {
    if (supplierId < cursor.supplierId) continue
    for (const receipt of waitingReceipts(working, supplierId)) {
      if (!isAfter(receipt, cursor) || receipt.valueOn > working.on) continue
      if (taken >= perStep || nodes >= nodesPerStep) return last
      const tried = tryAll(working, receipt)
      if (!tried.allocated && !tried.held) suspend(working, receipt)
      taken += 1
      nodes += tried.nodes
      last = { phase: 'receipts', supplierId, valueOn: receipt.valueOn, receiptId: receipt.receiptId }
    }
  }
  return claimsStart
}

const reconsider = (
  working: Working,
  cursor: Extract<Cursor, { phase: 'claims' }>,
  atClose: boolean,
  only?: string,
) => {
  const waiting = waitingAfter(working.book, cursor, only)
  const step = waiting.slice(0, perStep)
  for (const { supplierId, invoiceId } of step) consider(working, supplierId, invoiceId, atClose)
  const last = step.at(-1)
  if (!last || step.length === waiting.length) return undefined
  return { phase: 'claims', issuedOn: last.issuedOn, invoiceId: last.invoiceId } as const
}

const daysClosed = (book: Book, shared: Shared, cause: { date: string; next: string }): DebtorDayClosed[] =>
  programmesOf(shared, book.debtorId).map(({ programmeId, currency, limitMinor }) => {
    const position = book.positions.get(programmeId)
    const pairs = [...book.pairs.values()].filter((pair) => homeOf(shared, book.debtorId, pair) === programmeId)
    const count = (of: (pair: (typeof pairs)[number]) => number) => pairs.reduce((total, pair) => total + of(pair), 0)
    let receiptsWaiting = 0
    for (const { receipts } of book.pairs.values())
      for (const receipt of receipts.values())
        if (receipt.status === 'waiting' && receipt.programmeId === programmeId) receiptsWaiting += 1
    return {
      type: 'DebtorDayClosed',
      debtorId: book.debtorId,
      programmeId,
      date: cause.date,
      next: cause.next,
      currency,
      reservedMinor: position?.reservedMinor ?? 0n,
      usedMinor: position?.usedMinor ?? 0n,
      limitMinor,
      invoicesKnown: count((pair) => pair.invoicesKnown),
      claimsFinanced: position?.claimsFinanced ?? 0,
      invoicesSettled: count((pair) => pair.invoicesSettled),
      receiptsWaiting,
    }
  })

const goOn = (working: Working, next: Cursor | undefined): Decision<Fact> => ({
  facts: working.facts,
  ...(next ? { cursor: written(next) } : {}),
})

/** Everything done at close belongs to the day that closes, though the next day's date is already known. */
const closeDay = (
  book: Book,
  context: Context<Shared>,
  cause: Extract<Broadcast, { type: 'BusinessDayClosed' }>,
  written: string,
): Decision<Fact> => {
  const working = openWorking(book, context, cause.date)
  const cursor = read(written, start)
  if (cursor.phase === 'receipts') return goOn(working, settleReceipts(working, cursor))
  if (cursor.phase === 'claims') return goOn(working, reconsider(working, cursor, true) ?? { phase: 'day' })
  return accept(daysClosed(book, context.shared, cause))
}

const reconsiderAll = (book: Book, context: Context<Shared>, written: string, only?: string): Decision<Fact> => {
  const working = openWorking(book, context)
  const cursor = read(written, claimsStart)
  return cursor.phase === 'claims' ? goOn(working, reconsider(working, cursor, false, only)) : accept([])
}

export const sweep = (cause: Broadcast, cursor: string, book: Book, context: Context<Shared>): Decision<Fact> => {
  const { shared } = context
  switch (cause.type) {
    case 'BusinessDayClosed':
      return closeDay(book, context, cause, cursor)
    case 'BusinessDayOpened':
      return reconsiderAll(book, context, cursor, queueName('business-day', ''))
    case 'ProgrammeOpened':
      return cause.programme?.debtorId === book.debtorId ? reconsiderAll(book, context, cursor) : accept([])
    case 'ProgrammeLimitChanged':
      return shared.programmes.get(cause.programmeId)?.debtorId === book.debtorId
        ? reconsiderAll(book, context, cursor, queueName('limit', cause.programmeId))
        : accept([])
  }
}
