/** The debtor's book: what the obligor desk remembers between inputs. Finished claims leave it for the archive. */
import { LargeMap, type Evidence } from '@triflow/kernel'
import type { Cited } from '../evidence.ts'

/** A supplier's standing acceptance that its matched claims on this debtor are sold under a programme's terms. */
export interface Enrolment {
  programmeId: string
  termsReference: string
  acceptedBy: string
  acceptedOn: string
  evidence: Evidence
}

/** What one order says of the invoice, as its trade desk last told it. */
export interface Share {
  revision: number
  version: number
  verdict: string
  reason: string
  otherInvoiceId: string
  financeableNetMinor: bigint
  lastEventAtMs: bigint
  evidence: Cited[]
}

/** The invoice behind a claim. Amounts in minor units. */
export interface Invoice {
  number: string
  /** As compared: normalised. */
  plainNumber: string
  issuedOn: string
  dueOn: string
  currency: string
  netMinor: bigint
  grossMinor: bigint
  orderIds: string[]
  version: number
  evidence: Evidence
}

/** An advance on a claim: what is out, and on what terms. */
export interface Advance {
  decisionId: string
  programmeId: string
  advanceMinor: bigint
  discountMinor: bigint
  payoutMinor: bigint
  annualRateBps: number
  dayCountBasis: number
  fundedOn: string
  dueOn: string
  /** Principal not repaid yet. */
  principalMinor: bigint
  /** Days past due before this date have been charged; the due date at first. */
  penaltyFromOn: string
}

/** open: not decided; financed: reserved, the bank has not said; disbursed: money is out; payout-failed: the bank refused. */
export type ClaimStatus = 'open' | 'waiting' | 'referred' | 'refused' | 'financed' | 'disbursed' | 'payout-failed'

export interface Claim {
  readonly invoiceId: string
  readonly supplierId: string
  /** Absent while only shares of it are known. */
  invoice?: Invoice
  shares: Map<string, Share>
  confirmed?: { by: string; evidence: Evidence }
  disputed: string
  creditNetMinor: bigint
  creditGrossMinor: bigint
  paidMinor: bigint
  status: ClaimStatus
  /** What a waiting claim waits for, and under which programme; else ''. */
  waitsFor: string
  programmeId: string
  /** Reason and eligible amount last told, so that the same word is not said twice. */
  reason: string
  eligibleMinor: bigint
  advance?: Advance
  /** False for a second bill of the same goods: the debtor owes nothing on it. */
  payable: boolean
  /** Close of day that the desk had last heard of when the invoice became known; '' before the first. */
  knownAfterClose: string
}

/** Money on the pair's account that is not allocated yet. */
export interface Receipt {
  readonly receiptId: string
  readonly supplierId: string
  readonly programmeId: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly valueOn: string
  readonly reference: string
  readonly evidence: Evidence
  status: 'waiting' | 'suspended'
  /** Closes of day that it has been through without an answer. */
  closes: number
}

/** One supplier's dealings with this debtor. */
export interface PairBook {
  readonly supplierId: string
  readonly claims: LargeMap<Claim>
  /** Invoice ids by normalised number: free numbering may repeat one. */
  readonly byNumber: LargeMap<readonly string[]>
  readonly receipts: Map<string, Receipt>
  enrolments: Enrolment[]
  /** Invoices ever known, and those of them settled. */
  invoicesKnown: number
  invoicesSettled: number
}

/** What a programme has out on this debtor, in minor units. */
export interface Position {
  reservedMinor: bigint
  usedMinor: bigint
  claimsFinanced: number
}

/** A waiting claim's place in its queue: issue date, then id. */
export interface Place {
  readonly issuedOn: string
  readonly invoiceId: string
  readonly supplierId: string
  readonly eligibleMinor: bigint
}

export interface Book {
  readonly debtorId: string
  readonly pairs: Map<string, PairBook>
  readonly positions: Map<string, Position>
  /** Waiting claims by what they wait for; those at the limit by programme ("limit wwi"). */
  readonly queues: Map<string, Place[]>
  /** Claims that became finished and leave for the archive. */
  finished: { supplierId: string; invoiceId: string }[]
  /** Claims that have left lately, so that a share told before its desk heard the outcome does not open them again. */
  readonly gone: LargeMap<{ version: number; closedOn: string }>
  /** Last close of day; '' before the first. */
  closedOn: string
}

/** What the archive keeps of a finished claim, under `claim/<invoice id>`: supplier, number and date are in the id. */
export interface ArchivedClaim {
  invoiceId: string
  supplierId: string
  debtorId: string
  version: number
  status: ClaimStatus
  reason: string
  currency: string
  grossMinor: bigint
  programmeId: string
  wasFunded: boolean
}

export const initialState = (debtorId: string): Book => ({
  debtorId,
  pairs: new Map(),
  positions: new Map(),
  queues: new Map(),
  finished: [],
  gone: new LargeMap(),
  closedOn: '',
})

export const archiveKey = (invoiceId: string): string => `claim/${invoiceId}`

export const newClaim = (supplierId: string, invoiceId: string): Claim => ({
  invoiceId,
  supplierId,
  shares: new Map(),
  disputed: '',
  creditNetMinor: 0n,
  creditGrossMinor: 0n,
  paidMinor: 0n,
  status: 'open',
  waitsFor: '',
  programmeId: '',
  reason: '',
  eligibleMinor: 0n,
  payable: true,
  knownAfterClose: '',
})

/** What the debtor still owes on the invoice: gross, less credit notes, less what was paid. */
export const openMinor = (claim: Claim): bigint =>
  claim.invoice && claim.payable ? claim.invoice.grossMinor - claim.creditGrossMinor - claim.paidMinor : 0n

export const isUndecided = (claim: Claim): boolean =>
  claim.status === 'open' || claim.status === 'waiting' || claim.status === 'referred'

export const isDisbursing = (claim: Claim): boolean => claim.status === 'financed'

/** Principal that is out, reserved or used. */
export const principalOf = (claim: Claim): bigint => claim.advance?.principalMinor ?? 0n

/** Nothing more can happen to it but a late word: decided, no money out or under way, nothing owed. */
export const isFinished = (claim: Claim): boolean =>
  claim.invoice !== undefined &&
  !isUndecided(claim) &&
  !isDisbursing(claim) &&
  principalOf(claim) === 0n &&
  openMinor(claim) <= 0n
