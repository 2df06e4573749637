/**
 * The working pages of one decision: the book as it will be after the facts said so far. `decide` must not change the
 * book, yet a receipt may free the limit that the next claim takes; pages are copied when they are first touched.
 */
import type { Context } from '@triflow/kernel'
import type { Shared } from '../programmes.ts'
import type { Book, Claim, Position, Receipt } from './book.ts'
import { foldFact, type Pages } from './fold-fact.ts'
import type { DebtorDayClosed, Fact } from './vocabulary.ts'

export interface Working {
  readonly book: Book
  readonly context: Context<Shared>
  /** Business date that decisions of this input are taken on. */
  readonly on: string
  readonly facts: Fact[]
  say(fact: Exclude<Fact, DebtorDayClosed>): void
  claim(supplierId: string, invoiceId: string): Claim | undefined
  position(programmeId: string): Position
  receipt(supplierId: string, receiptId: string): Receipt | undefined
}

const noPosition: Position = { reservedMinor: 0n, usedMinor: 0n, claimsFinanced: 0 }

export const openWorking = (book: Book, context: Context<Shared>, on = context.shared.businessDate): Working => {
  const facts: Fact[] = []
  const claims = new Map<string, Claim>()
  const positions = new Map<string, Position>()
  const receipts = new Map<string, Receipt | undefined>()

  const claim = (supplierId: string, invoiceId: string): Claim | undefined =>
    claims.get(invoiceId) ?? book.pairs.get(supplierId)?.claims.peek(invoiceId)
  const position = (programmeId: string): Position =>
    positions.get(programmeId) ?? book.positions.get(programmeId) ?? noPosition
  const receipt = (supplierId: string, receiptId: string): Receipt | undefined =>
    receipts.has(receiptId) ? receipts.get(receiptId) : book.pairs.get(supplierId)?.receipts.get(receiptId)

  const copies: Pages = {
    claim: (supplierId, invoiceId) => {
      const page = claim(supplierId, invoiceId)
      if (!page || claims.has(invoiceId)) return page
      const copy = { ...page, advance: page.advance && { ...page.advance } }
      claims.set(invoiceId, copy)
      return copy
    },
    position: (programmeId) => {
      const known = positions.get(programmeId)
      if (known) return known
      const copy = { ...position(programmeId) }
      positions.set(programmeId, copy)
      return copy
    },
    receipt: (supplierId, receiptId) => {
      const page = receipt(supplierId, receiptId)
      if (!page || receipts.has(receiptId)) return page
      const copy = { ...page }
      receipts.set(receiptId, copy)
      return copy
    },
    before: () => {},
    after: () => {},
    settled: () => {},
    takeOut: (_supplierId, receiptId) => void receipts.set(receiptId, undefined),
  }

  return {
    book,
    context,
    on,
    facts,
    say: (fact) => {
      facts.push(fact)
      foldFact(copies, fact)
    },
    claim,
    position,
    receipt,
  }
}
