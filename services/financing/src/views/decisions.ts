/** Every decision as it was taken: its rules, its evidence, its price, and the words that came before it. */
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { obligor } from '../desks/index.ts'
import type { Cited } from '../desks/evidence.ts'
import { asTold, evidenceFields, obligorTopic, ruleFields, type Told } from './told.ts'

export interface DecisionBody {
  readonly outcome: 'financed' | 'referred' | 'refused'
  readonly invoiceId: string
  readonly invoiceVersion: number
  readonly debtorId: string
  readonly supplierId: string
  readonly programmeId: string
  readonly currency: string
  readonly grossMinor: bigint
  readonly orderIds: readonly string[]
  readonly rules: readonly obligor.RuleResult[]
  readonly evidence: readonly Cited[]
  readonly policyVersion: bigint
  readonly lastEventAtMs: bigint
  /** Time of the journal entry that holds the decision. */
  readonly decidedAtMs: bigint
  /** Where the decision stands: desk, entry, index, and the record's fingerprint. */
  readonly recorded: { desk: string; entry: bigint; index: number; sha256: string }
  readonly reason: string
  readonly otherInvoiceId: string
  /** The officer, when a person decided, and why. */
  readonly officer: string
  readonly officerReason: string
  readonly eligibleMinor: bigint
  /** Terms of an advance; absent when nothing was advanced. */
  readonly netMinor?: bigint
  readonly advanceMinor?: bigint
  readonly discountMinor?: bigint
  readonly payoutMinor?: bigint
  readonly advanceRateBps?: number
  readonly annualRateBps?: number
  readonly dayCountBasis?: number
  readonly tenorDays?: number
  readonly fundedOn?: string
  readonly dueOn?: string
  readonly funderId?: string
  readonly exposureAfterMinor?: bigint
  readonly limitMinor?: bigint
  readonly assignmentTerms?: string
  readonly assignmentAcceptedOn?: string
  readonly invoiceNumber?: string
  /** Earlier words under the same identity: a referral that an officer took on. */
  readonly earlier: readonly { outcome: string; reason: string; atMs: bigint }[]
}

interface Recorded {
  readonly desk: string
  readonly entry: number
  readonly index: number
  readonly sha256: string
  readonly at: number
}

type Decision = obligor.ClaimFinanced | obligor.ClaimReferred | obligor.ClaimRefused

const isDecision = (fact: Told): fact is Decision =>
  fact.type === 'ClaimFinanced' || fact.type === 'ClaimReferred' || fact.type === 'ClaimRefused'

const outcomes = { ClaimFinanced: 'financed', ClaimReferred: 'referred', ClaimRefused: 'refused' } as const

export const foldDecision = (body: DecisionBody | undefined, fact: Told, said: Recorded): DecisionBody | undefined => {
  if (!isDecision(fact)) return undefined
  const { invoiceId, invoiceVersion, debtorId, supplierId, programmeId, currency, grossMinor, orderIds } = fact
  const { rules, evidence, policyVersion, lastEventAtMs } = fact
  const { desk, index, sha256 } = said
  const decision: DecisionBody = {
    ...{ invoiceId, invoiceVersion, debtorId, supplierId, programmeId, currency, grossMinor, orderIds },
    ...{ rules, evidence, policyVersion, lastEventAtMs },
    outcome: outcomes[fact.type],
    decidedAtMs: BigInt(said.at),
    recorded: { desk, entry: BigInt(said.entry), index, sha256 },
    reason: '',
    otherInvoiceId: '',
    officer: '',
    officerReason: '',
    eligibleMinor: 0n,
    earlier: body ? [...body.earlier, { outcome: body.outcome, reason: body.reason, atMs: body.decidedAtMs }] : [],
  }
  if (fact.type === 'ClaimReferred') return { ...decision, reason: fact.reason, eligibleMinor: fact.eligibleMinor }
  if (fact.type === 'ClaimRefused') {
    const officerReason = fact.refusedBy ? (fact.rules.find(({ rule }) => rule === 'officer')?.detail ?? '') : ''
    const { reason, otherInvoiceId, refusedBy: officer } = fact
    return { ...decision, reason, otherInvoiceId, officer, officerReason }
  }
  return {
    ...decision,
    officer: fact.approvedBy,
    officerReason: fact.approvalReason,
    eligibleMinor: fact.eligibleMinor,
    netMinor: fact.netMinor,
    advanceMinor: fact.advanceMinor,
    discountMinor: fact.discountMinor,
    payoutMinor: fact.payoutMinor,
    advanceRateBps: fact.advanceRateBps,
    annualRateBps: fact.annualRateBps,
    dayCountBasis: fact.dayCountBasis,
    tenorDays: fact.tenorDays,
    fundedOn: fact.fundedOn,
    dueOn: fact.dueOn,
    funderId: fact.funderId,
    exposureAfterMinor: fact.exposureAfterMinor,
    limitMinor: fact.limitMinor,
    assignmentTerms: fact.assignmentTerms,
    assignmentAcceptedOn: fact.assignmentAcceptedOn,
    invoiceNumber: fact.invoiceNumber,
  }
}

const definition: ViewDefinition<DecisionBody> = {
  name: 'decisions',
  hears: [obligorTopic],
  idsOf: (fact) => {
    const told = asTold(fact)
    return isDecision(told) ? [told.decisionId] : []
  },
  fold: (body, fact, said) => foldDecision(body, asTold(fact), said),
  listedBy: ['invoiceId', 'debtorId', 'supplierId', 'programmeId', 'outcome'],
}

export const decisionsView = {
  definition,
  fields: {
    outcome: String,
    invoiceId: String,
    invoiceVersion: Number,
    debtorId: String,
    supplierId: String,
    programmeId: String,
    currency: String,
    grossMinor: BigInt,
    orderIds: [String],
    rules: [ruleFields],
    evidence: [evidenceFields],
    policyVersion: BigInt,
    lastEventAtMs: BigInt,
    decidedAtMs: BigInt,
    recorded: { desk: String, entry: BigInt, index: Number, sha256: String },
    reason: String,
    otherInvoiceId: String,
    officer: String,
    officerReason: String,
    eligibleMinor: BigInt,
    netMinor: BigInt,
    advanceMinor: BigInt,
    discountMinor: BigInt,
    payoutMinor: BigInt,
    advanceRateBps: Number,
    annualRateBps: Number,
    dayCountBasis: Number,
    tenorDays: Number,
    fundedOn: String,
    dueOn: String,
    funderId: String,
    exposureAfterMinor: BigInt,
    limitMinor: BigInt,
    assignmentTerms: String,
    assignmentAcceptedOn: String,
    invoiceNumber: String,
    earlier: [{ _id: false, outcome: String, reason: String, atMs: BigInt }],
  },
} satisfies ServiceView
