/**
 * What an own fact changes, whether in the book itself or on the working pages of a decision that needs to see its own
 * earlier facts. Written once, so that the two can never disagree.
 */
import { larger } from '@triflow/kernel'
import { principalOf, type Claim, type Position, type Receipt } from './book.ts'
import type { Allocation, ClaimFinanced, DebtorDayClosed, Fact } from './vocabulary.ts'

export interface Pages {
  /** Pages that may be changed. */
  claim(supplierId: string, invoiceId: string): Claim | undefined
  receipt(supplierId: string, receiptId: string): Receipt | undefined
  position(programmeId: string): Position
  /** Around each change of a claim. */
  before(claim: Claim): void
  after(claim: Claim): void
  settled(supplierId: string): void
  takeOut(supplierId: string, receiptId: string): void
}

/** Second bills of the same goods: the debtor owes nothing on them, so cash is never looked for. */
const notOwed = new Set(['GoodsAlreadyBilled', 'InvoiceRedated'])

const later = (a: string, b: string): string => (a > b ? a : b)

const finance = (claim: Claim, fact: ClaimFinanced): void => {
  claim.status = 'financed'
  claim.waitsFor = ''
  claim.reason = ''
  claim.programmeId = fact.programmeId
  claim.eligibleMinor = fact.eligibleMinor
  // The decision carries the evidence from here on.
  claim.shares = new Map()
  claim.advance = {
    decisionId: fact.decisionId,
    programmeId: fact.programmeId,
    advanceMinor: fact.advanceMinor,
    discountMinor: fact.discountMinor,
    payoutMinor: fact.payoutMinor,
    annualRateBps: fact.annualRateBps,
    dayCountBasis: fact.dayCountBasis,
    fundedOn: fact.fundedOn,
    dueOn: fact.dueOn,
    principalMinor: fact.advanceMinor,
    penaltyFromOn: fact.dueOn,
  }
}

const pay = (claim: Claim, part: Allocation, valueOn: string): void => {
  claim.paidMinor += part.amountMinor
  claim.creditGrossMinor += part.shortMinor
  if (!claim.advance) return
  claim.advance.principalMinor = larger(0n, claim.advance.principalMinor - part.principalMinor)
  claim.advance.penaltyFromOn = later(claim.advance.penaltyFromOn, valueOn)
}

const change = (pages: Pages, supplierId: string, invoiceId: string, how: (claim: Claim) => void): void => {
  const claim = pages.claim(supplierId, invoiceId)
  if (!claim) return
  pages.before(claim)
  how(claim)
  pages.after(claim)
}

export const foldFact = (pages: Pages, fact: Exclude<Fact, DebtorDayClosed>): void => {
  switch (fact.type) {
    case 'ClaimFinanced': {
      change(pages, fact.supplierId, fact.invoiceId, (claim) => finance(claim, fact))
      const position = pages.position(fact.programmeId)
      position.reservedMinor += fact.advanceMinor
      position.claimsFinanced += 1
      return
    }
    case 'ClaimReferred':
    case 'ClaimRefused':
      return change(pages, fact.supplierId, fact.invoiceId, (claim) => {
        claim.status = fact.type === 'ClaimReferred' ? 'referred' : 'refused'
        claim.reason = fact.reason
        claim.waitsFor = ''
        claim.programmeId = fact.programmeId
        claim.payable = !notOwed.has(fact.reason)
        if (fact.type === 'ClaimReferred') claim.eligibleMinor = fact.eligibleMinor
        else claim.shares = new Map()
      })
    case 'ClaimWaiting':
      return change(pages, fact.supplierId, fact.invoiceId, (claim) => {
        claim.status = 'waiting'
        claim.reason = ''
        claim.waitsFor = fact.waitsFor
        claim.programmeId = fact.programmeId
        claim.eligibleMinor = fact.eligibleMinor
      })
    case 'AdvanceDisbursed': {
      change(pages, fact.supplierId, fact.invoiceId, (claim) => {
        claim.status = 'disbursed'
      })
      const position = pages.position(fact.programmeId)
      position.reservedMinor -= fact.advanceMinor
      position.usedMinor += fact.advanceMinor
      return
    }
    case 'AdvanceCancelled':
      change(pages, fact.supplierId, fact.invoiceId, (claim) => {
        claim.status = 'payout-failed'
        claim.reason = fact.reason
        claim.advance = undefined
      })
      pages.position(fact.programmeId).reservedMinor -= fact.advanceMinor
      return
    case 'CashAllocated':
      for (const part of fact.allocations) {
        change(pages, fact.supplierId, part.invoiceId, (claim) => {
          const before = principalOf(claim)
          pay(claim, part, fact.valueOn)
          if (claim.advance) pages.position(claim.advance.programmeId).usedMinor -= before - principalOf(claim)
        })
        if (part.settles) pages.settled(fact.supplierId)
      }
      return pages.takeOut(fact.supplierId, fact.receiptId)
    case 'CashSuspended': {
      const receipt = pages.receipt(fact.supplierId, fact.receiptId)
      if (receipt) receipt.status = 'suspended'
      return
    }
    case 'CashWaiting':
    case 'DilutionRecorded':
      return
  }
}
