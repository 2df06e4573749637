/** Decides one claim: finance, refer, refuse or wait, and says so only when it is news. */
import { type Evidence } from '@triflow/kernel'
import { cite, citedOnce, type Cited } from '../evidence.ts'
import type { Programme } from '../programmes.ts'
import { isUndecided, openMinor, type Claim, type Enrolment, type Invoice, type Share } from './book.ts'
import { askRules, decisive, eligibleOf, sharesOf, type Subject, type Verdict } from './eligibility.ts'
import { askLimit, exposureOf } from './limit.ts'
import { priceOf } from './pricing.ts'
import { termsFor } from './programme-of.ts'
import type { RuleResult } from './vocabulary.ts'
import type { Working } from './working.ts'

export interface Approval {
  officer: string
  reason: string
}

/** invoice id @ version: the decision's identity, and with it the payout's at the bank. */
export const decisionIdOf = (claim: Claim, invoice: Invoice): string => `${claim.invoiceId}@${invoice.version}`

const resultsOf = (verdicts: readonly Verdict[]): RuleResult[] =>
  verdicts.map(({ rule, outcome, detail }) => ({ rule, outcome, detail }))

const evidenceOf = (
  claim: Claim,
  invoice: Invoice,
  shares: readonly Share[],
  programme?: Programme,
  enrolment?: Enrolment,
): Cited[] =>
  citedOnce([
    ...shares.flatMap((share) => share.evidence),
    cite('invoice', invoice.evidence),
    ...(claim.confirmed ? [cite('confirmation', claim.confirmed.evidence)] : []),
    ...(enrolment ? [cite('consent', enrolment.evidence)] : []),
    ...(programme?.cited ?? []),
  ])

/** A claim that waited was completed by what is heard now; one decided at first sight by its last matching flow. */
const lastEventAt = (claim: Claim, shares: readonly Share[], at: number): bigint =>
  claim.status === 'open'
    ? shares.reduce((latest, { lastEventAtMs }) => (lastEventAtMs > latest ? lastEventAtMs : latest), 0n)
    : BigInt(at)

const nameOf = (working: Working, claim: Claim, invoice: Invoice, programmeId: string) => ({
  invoiceId: claim.invoiceId,
  invoiceVersion: invoice.version,
  debtorId: working.book.debtorId,
  supplierId: claim.supplierId,
  programmeId,
  currency: invoice.currency,
  orderIds: invoice.orderIds,
})

interface Assessed {
  claim: Claim
  invoice: Invoice
  shares: readonly Share[]
  programme?: Programme
  enrolment?: Enrolment
  verdicts: Verdict[]
  eligibleMinor: bigint
}

const assess = (working: Working, claim: Claim, goodsAreIn: boolean): Assessed | undefined => {
  const { invoice } = claim
  const shares = sharesOf(claim)
  if (!invoice || !shares) return undefined
  const { book, context } = working
  const pair = book.pairs.get(claim.supplierId)
  const { programme, enrolment } = termsFor(context.shared, book.debtorId, pair, invoice.currency)
  const eligibleMinor = eligibleOf(claim, shares, programme)
  const subject: Subject = {
    debtorId: book.debtorId,
    claim,
    invoice,
    shares,
    programme,
    enrolment,
    eligibleMinor,
    businessDate: working.on,
    goodsAreIn,
  }
  return { claim, invoice, shares, programme, enrolment, verdicts: askRules(subject), eligibleMinor }
}

const decisionOf = (working: Working, assessed: Assessed) => {
  const { claim, invoice, shares, programme, enrolment, verdicts } = assessed
  return {
    ...nameOf(working, claim, invoice, programme?.programmeId ?? ''),
    decisionId: decisionIdOf(claim, invoice),
    grossMinor: invoice.grossMinor,
    rules: resultsOf(verdicts),
    evidence: evidenceOf(claim, invoice, shares, programme, enrolment),
    policyVersion: programme?.policyVersion ?? 0n,
    lastEventAtMs: lastEventAt(claim, shares, working.context.at),
  }
}

const sayWaiting = (working: Working, assessed: Assessed, verdict: Verdict): void => {
  const { claim, invoice, programme, eligibleMinor } = assessed
  const isNews = claim.status !== 'waiting' || claim.waitsFor !== verdict.code || claim.eligibleMinor !== eligibleMinor
  if (!isNews) return
  working.say({
    type: 'ClaimWaiting',
    ...nameOf(working, claim, invoice, programme?.programmeId ?? ''),
    eligibleMinor,
    waitsFor: verdict.code,
    detail: verdict.detail,
  })
}

const sayReferred = (working: Working, assessed: Assessed, verdict: Verdict): void => {
  const { claim, eligibleMinor } = assessed
  const isNews = claim.status !== 'referred' || claim.reason !== verdict.code || claim.eligibleMinor !== eligibleMinor
  if (!isNews) return
  working.say({ type: 'ClaimReferred', ...decisionOf(working, assessed), eligibleMinor, reason: verdict.code })
}

/** Finances the claim if the limit lets it; else the limit's own word. */
const finance = (working: Working, assessed: Assessed, approval?: Approval): Verdict | undefined => {
  const { claim, invoice, programme, enrolment, eligibleMinor } = assessed
  // The rules have passed, so programme and consent stand; without them there is nothing to price by.
  if (!programme || !enrolment) throw new Error(`${claim.invoiceId} passed its rules without programme or consent`)
  const price = priceOf(eligibleMinor, programme, working.on, invoice.dueOn)
  const position = working.position(programme.programmeId)
  const limit = askLimit(position, programme, price.advanceMinor)
  assessed.verdicts.push(limit)
  if (limit.outcome !== 'passed') return limit
  working.say({
    type: 'ClaimFinanced',
    ...decisionOf(working, assessed),
    funderId: programme.funderId,
    netMinor: invoice.netMinor,
    eligibleMinor,
    ...price,
    advanceRateBps: programme.advanceRateBps,
    annualRateBps: programme.annualRateBps,
    dayCountBasis: programme.dayCountBasis,
    fundedOn: working.on,
    dueOn: invoice.dueOn,
    approvedBy: approval?.officer ?? '',
    approvalReason: approval?.reason ?? '',
    exposureAfterMinor: exposureOf(position) + price.advanceMinor,
    limitMinor: programme.limitMinor,
    assignmentTerms: enrolment.termsReference,
    assignmentAcceptedOn: enrolment.acceptedOn,
    invoiceNumber: invoice.number,
  })
  return undefined
}

/** Looks at a claim that is not decided yet. Nothing is said while shares are missing, nor what was said before. */
export const consider = (working: Working, supplierId: string, invoiceId: string, atClose = false): void => {
  const claim = working.claim(supplierId, invoiceId)
  if (!claim || !isUndecided(claim)) return
  const goodsAreIn = atClose || (claim.status === 'waiting' && claim.waitsFor === 'limit')
  const assessed = assess(working, claim, goodsAreIn)
  if (!assessed) return
  const verdict = decisive(assessed.verdicts)
  if (verdict?.outcome === 'refused') return refuse(working, assessed, verdict)
  if (verdict?.outcome === 'referred') return sayReferred(working, assessed, verdict)
  const waiting = verdict ?? finance(working, assessed)
  if (waiting) sayWaiting(working, assessed, waiting)
}

const refuse = (working: Working, assessed: Assessed, verdict: Verdict, refusedBy = ''): void =>
  working.say({
    type: 'ClaimRefused',
    ...decisionOf(working, assessed),
    reason: verdict.code,
    otherInvoiceId: verdict.otherInvoiceId ?? '',
    refusedBy,
  })

/** An officer takes a referral on; answers why not when something else than the referral stands against it. */
export const approve = (working: Working, claim: Claim, approval: Approval): Verdict | undefined => {
  const assessed = assess(working, claim, true)
  if (!assessed) return { rule: 'match', outcome: 'waiting', code: 'three-flows', detail: 'a share is missing' }
  const against = decisive(assessed.verdicts.filter(({ outcome }) => outcome !== 'referred'))
  return against ?? finance(working, assessed, approval)
}

/** An officer refuses a referral. */
export const refuseByOfficer = (working: Working, claim: Claim, approval: Approval): void => {
  const { officer, reason } = approval
  const verdict: Verdict = { rule: 'officer', outcome: 'refused', detail: reason, code: 'RefusedByOfficer' }
  const assessed = assess(working, claim, true)
  if (!assessed) return
  assessed.verdicts.push(verdict)
  refuse(working, assessed, verdict, officer)
}

/** Nothing is owed any more, so nothing can be financed: paid or credited in full before any decision. */
export const closeUndecided = (
  working: Working,
  claim: Claim,
  reason: 'AlreadyPaid' | 'FullyCredited',
  cash?: Evidence,
) => {
  const { invoice } = claim
  if (!invoice || !isUndecided(claim) || openMinor(claim) > 0n) return
  const { book, context } = working
  const terms = termsFor(context.shared, book.debtorId, book.pairs.get(claim.supplierId), invoice.currency)
  const shares = sharesOf(claim) ?? []
  working.say({
    type: 'ClaimRefused',
    ...nameOf(working, claim, invoice, terms.programme?.programmeId ?? ''),
    decisionId: decisionIdOf(claim, invoice),
    grossMinor: invoice.grossMinor,
    rules: [{ rule: 'unpaid', outcome: 'refused', detail: `${reason}: nothing is owed on the invoice any more` }],
    evidence: [
      ...evidenceOf(claim, invoice, shares, terms.programme, terms.enrolment),
      ...(cash ? [cite('cash', cash)] : []),
    ],
    policyVersion: terms.programme?.policyVersion ?? 0n,
    lastEventAtMs: BigInt(context.at),
    reason,
    otherInvoiceId: '',
    refusedBy: '',
  })
}
