/**
 * May this claim be financed now? Rules in fixed order, each with what it compared. Missing data waits or is referred;
 * nothing is ever taken for granted.
 */
import { daysBetween, floorDivide, formatAmount, isCurrency, larger, portion, smaller, sum } from '@triflow/kernel'
import type { Programme } from '../programmes.ts'
import { openMinor, type Claim, type Enrolment, type Invoice, type Share } from './book.ts'
import type { RuleResult } from './vocabulary.ts'

/** Everything the rules may look at; the limit is asked last, by `limit.ts`, because it alone depends on other claims. */
export interface Subject {
  debtorId: string
  claim: Claim
  invoice: Invoice
  /** Shares of the invoice's version, one per order, in the invoice's order of orders. */
  shares: readonly Share[]
  programme?: Programme
  enrolment?: Enrolment
  /** What `eligibleOf` says of it. */
  eligibleMinor: bigint
  /** Date that the decision is taken on; '' while no business day is open. */
  businessDate: string
  /** True at close of day, and for a claim that has been through one: goods of the day can no longer come. */
  goodsAreIn: boolean
}

export interface Verdict extends RuleResult {
  /** Reason code of a refusal or referral, or what is waited for. */
  code: string
  otherInvoiceId?: string
}

const passed = (rule: string, detail: string): Verdict => ({ rule, outcome: 'passed', detail, code: '' })
const waiting = (rule: string, code: string, detail: string): Verdict => ({ rule, outcome: 'waiting', detail, code })
const referred = (rule: string, code: string, detail: string): Verdict => ({ rule, outcome: 'referred', detail, code })
const refused = (rule: string, code: string, detail: string, otherInvoiceId = ''): Verdict => ({
  rule,
  outcome: 'refused',
  detail,
  code,
  otherInvoiceId,
})

/** "1,234.50 USD": amounts in rule details, for people. */
export const told = (amountMinor: bigint, currency: string): string =>
  isCurrency(currency) ? `${formatAmount(amountMinor, currency)} ${currency}` : `${amountMinor} minor units ${currency}`

/** All orders that the invoice's current version bills have told their share. */
export const sharesOf = (claim: Claim): readonly Share[] | undefined => {
  const { invoice } = claim
  if (!invoice || invoice.orderIds.length === 0) return undefined
  const shares: Share[] = []
  for (const orderId of invoice.orderIds) {
    const share = claim.shares.get(orderId)
    if (!share || share.version !== invoice.version) return undefined
    shares.push(share)
  }
  return shares
}

/**
 * What may be advanced against: the financeable net of all shares, less credit notes; on a gross programme with the tax
 * that belongs to it, rounded down. Never more than the invoice, never more than is still open on it.
 */
export const eligibleOf = (claim: Claim, shares: readonly Share[], programme: Programme | undefined): bigint => {
  const { invoice } = claim
  if (!invoice || invoice.netMinor <= 0n) return 0n
  const financeable = smaller(sum(shares.map((share) => share.financeableNetMinor)), invoice.netMinor)
  const net = larger(0n, financeable - claim.creditNetMinor)
  const base = programme?.advanceBase === 'gross' ? floorDivide(net * invoice.grossMinor, invoice.netMinor) : net
  return larger(0n, smaller(base, openMinor(claim)))
}

const programmeStands = ({ programme, invoice, debtorId }: Subject): Verdict =>
  programme
    ? passed('programme', `${programme.programmeId} finances claims on ${debtorId} in ${programme.currency}`)
    : waiting('programme', 'programme', `no programme finances claims on ${debtorId} in ${invoice.currency}`)

const consentStands = ({ programme, enrolment, claim }: Subject): Verdict => {
  if (enrolment && enrolment.termsReference !== '' && enrolment.acceptedOn !== '')
    return passed('consent', `${claim.supplierId} accepted ${enrolment.termsReference} on ${enrolment.acceptedOn}`)
  return waiting(
    'consent',
    'consent',
    `${claim.supplierId} has not accepted the terms of ${programme?.programmeId ?? 'a programme'}`,
  )
}

const dayIsOpen = ({ businessDate }: Subject): Verdict =>
  businessDate === ''
    ? waiting('business-day', 'business-day', 'no business day is open')
    : passed('business-day', `decided on ${businessDate}`)

const isConfirmed = ({ programme, claim }: Subject): Verdict | undefined => {
  if (!programme) return undefined
  if (claim.confirmed) return passed('confirmation', `confirmed by ${claim.confirmed.by}`)
  if (programme.acceptance === 'deemed')
    return passed('confirmation', `an invoice counts as accepted in ${programme.programmeId}`)
  return waiting('confirmation', 'confirmation', 'the debtor has not confirmed the invoice')
}

const isUndisputed = ({ claim }: Subject): Verdict =>
  claim.disputed === ''
    ? passed('dispute', 'the debtor disputes nothing')
    : referred('dispute', 'Disputed', `the debtor disputes the invoice: ${claim.disputed}`)

const partiesDiffer = ({ claim, debtorId }: Subject): Verdict =>
  claim.supplierId === debtorId
    ? refused('parties', 'DebtorIsSupplier', `${debtorId} would owe itself`)
    : passed('parties', `${claim.supplierId} sells to ${debtorId}`)

const tenorFits = ({ programme, invoice, businessDate }: Subject): Verdict | undefined => {
  if (!programme || businessDate === '') return undefined
  const days = daysBetween(businessDate, invoice.dueOn)
  const detail = `${days} days from ${businessDate} to ${invoice.dueOn}, allowed ${programme.minTenorDays} to ${programme.maxTenorDays}`
  if (days < programme.minTenorDays) return refused('tenor', 'TenorTooShort', detail)
  if (days > programme.maxTenorDays) return refused('tenor', 'TenorTooLong', detail)
  return passed('tenor', detail)
}

const flowsMatch = (subject: Subject): Verdict => {
  const { shares, invoice, eligibleMinor } = subject
  const first = (verdict: string, reason?: string) =>
    shares.find((share) => share.verdict === verdict && (reason === undefined || share.reason === reason))
  const no = first('refused')
  if (no)
    return refused(
      'match',
      no.reason,
      no.otherInvoiceId && `the goods stand under ${no.otherInvoiceId}`,
      no.otherInvoiceId,
    )
  const gone = first('waiting')
  if (gone) return waiting('match', 'three-flows', `no longer stands: ${gone.reason}`)
  const unsure = first('referred')
  if (unsure) return referred('match', unsure.reason, unsure.otherInvoiceId)
  const detail = `${told(eligibleMinor, invoice.currency)} of ${told(invoice.netMinor, invoice.currency)} net`
  const short = first('reduced', 'ShortReceived')
  if (short && !subject.goodsAreIn) return waiting('match', 'close-of-day', `${detail}; goods may still come today`)
  const less = short ?? first('reduced')
  if (less) return { rule: 'match', outcome: 'reduced', detail: `${less.reason}: ${detail}`, code: '' }
  const known = shares.every((share) => share.verdict === 'matched')
  return known
    ? passed('match', detail)
    : referred('match', 'UnknownVerdict', 'a share says what this desk does not know')
}

const isUnpaid = ({ claim, invoice }: Subject): Verdict =>
  claim.paidMinor > 0n
    ? referred('unpaid', 'PartlyPaid', `${told(claim.paidMinor, invoice.currency)} was paid before any funding`)
    : passed('unpaid', 'nothing was paid yet')

/** One live claim per receivable: the identity is the invoice, and a claim that money follows is never decided again. */
const isSingle = ({ claim, invoice, debtorId }: Subject): Verdict =>
  passed(
    'duplicate',
    `only claim of ${claim.supplierId} on ${debtorId}, number ${invoice.plainNumber}, ${invoice.issuedOn}, ${told(invoice.grossMinor, invoice.currency)}`,
  )

const somethingIsEligible = ({ shares, programme, invoice, eligibleMinor }: Subject): Verdict | undefined => {
  // Shares that are refused or taken back have their own word already.
  if (shares.some((share) => share.verdict === 'refused' || share.verdict === 'waiting')) return undefined
  if (eligibleMinor <= 0n)
    return refused('eligible', 'NothingEligible', 'credit notes and payments leave nothing to advance against')
  // An advance of nothing is never paid out, and a claim financed with it would wait for its payout for ever.
  if (programme && portion(eligibleMinor, programme.advanceRateBps) === 0n)
    return refused(
      'eligible',
      'NothingEligible',
      `${told(eligibleMinor, invoice.currency)} rounds to an advance of nothing`,
    )
  return passed('eligible', told(eligibleMinor, invoice.currency))
}

const rules = [
  programmeStands,
  consentStands,
  dayIsOpen,
  isConfirmed,
  isUndisputed,
  partiesDiffer,
  tenorFits,
  flowsMatch,
  isUnpaid,
  isSingle,
  somethingIsEligible,
]

/** What all rules say, in their order. A rule that lacks its ground (no programme, no date) is not asked. */
export const askRules = (subject: Subject): Verdict[] =>
  rules.map((rule) => rule(subject)).filter((verdict) => verdict !== undefined)

/**
 * The word that decides. A refusal stands whatever else is missing, that of the match first: what is billed twice is not
 * even owed. A dispute is the debtor's own word, so it comes before what the claim waits for. Otherwise an officer is
 * asked only about claims that lack nothing else.
 */
export const decisive = (verdicts: readonly Verdict[]): Verdict | undefined =>
  verdicts.find(({ outcome, rule }) => outcome === 'refused' && rule === 'match') ??
  verdicts.find(({ outcome }) => outcome === 'refused') ??
  verdicts.find(({ code }) => code === 'Disputed') ??
  verdicts.find(({ outcome, code }) => outcome === 'waiting' && code !== 'close-of-day') ??
  verdicts.find(({ outcome }) => outcome === 'referred') ??
  verdicts.find(({ outcome }) => outcome === 'waiting')
