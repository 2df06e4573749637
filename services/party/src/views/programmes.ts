/** Terms in force, programme by programme. A broadcast arrives once per partition, so old news comes again after new. */
import { broadcastTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { CalendarFact, Programme } from '../desks/index.ts'

export interface ProgrammeBody extends Programme {
  readonly policyVersion: bigint
}

export const foldProgramme = (body: ProgrammeBody | undefined, fact: CalendarFact): ProgrammeBody | undefined => {
  if (fact.type === 'ProgrammeOpened')
    return body ? undefined : { ...fact.programme, policyVersion: fact.policyVersion }
  if (fact.type !== 'ProgrammeLimitChanged' || !body || fact.policyVersion <= body.policyVersion) return undefined
  return { ...body, limitMinor: fact.limitMinor, policyVersion: fact.policyVersion }
}

const idOf = (fact: CalendarFact): string | undefined => {
  if (fact.type === 'ProgrammeOpened') return fact.programme.programmeId
  return fact.type === 'ProgrammeLimitChanged' ? fact.programmeId : undefined
}

const definition: ViewDefinition<ProgrammeBody> = {
  name: 'programmes',
  hears: [broadcastTopic],
  idsOf: (fact) => {
    const id = idOf(fact as unknown as CalendarFact)
    return id === undefined ? [] : [id]
  },
  fold: (body, fact) => foldProgramme(body, fact as unknown as CalendarFact),
  listedBy: ['debtorId', 'funderId'],
}

export const programmesView = {
  definition,
  fields: {
    programmeId: String,
    debtorId: String,
    funderId: String,
    currency: String,
    limitMinor: BigInt,
    advanceRateBps: Number,
    annualRateBps: Number,
    dayCountBasis: Number,
    penaltyRateBps: Number,
    goodsEvidence: String,
    acceptance: String,
    priceToleranceBps: Number,
    priceToleranceMinor: BigInt,
    minTenorDays: Number,
    maxTenorDays: Number,
    suspenseAfterDays: Number,
    advanceBase: String,
    policyVersion: BigInt,
  },
} satisfies ServiceView
