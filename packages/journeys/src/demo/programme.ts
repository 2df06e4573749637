/** The demo's programme and stage: the manufacturer's bank buys its suppliers' receivables on goods receipts. */
import type { ProgrammeTerms } from '../actors/documents.ts'
import type { Stage } from '../cast.ts'
import type { People } from '../generator/people.ts'
import { CURRENCY } from '../generator/story.ts'

/** Wide enough that no claim has to wait for another's repayment: who got the last of a limit would depend on a race. */
const LIMIT_MINOR = 500_000_000_00n

export const programmeOf = (storyId: string, { manufacturer, bank }: People): ProgrammeTerms => ({
  programmeId: storyId,
  debtorId: manufacturer.partyId,
  funderId: bank.partyId,
  currency: CURRENCY,
  limitMinor: LIMIT_MINOR,
  advanceRateBps: 8_000,
  annualRateBps: 435,
  dayCountBasis: 360,
  penaltyRateBps: 653,
  goodsEvidence: 'receipt',
  acceptance: 'deemed',
  advanceBase: 'net',
  priceToleranceBps: 200,
  priceToleranceMinor: 100_00n,
  minTenorDays: 0,
  maxTenorDays: 180,
  suspenseAfterDays: 1,
})

export const stageOf = (storyId: string, people: People, agreedOn: string): Stage => ({
  parties: [people.manufacturer, people.bank, ...people.carriers, ...people.suppliers].map(({ partyId, name, roles, country }) => ({ partyId, name, roles, country })),
  programme: programmeOf(storyId, people),
  suppliers: people.suppliers.map(({ partyId, account, signatory }) => ({ partyId, account, signatory })),
  agreedOn,
  termsReference: `${storyId}/terms/1`,
})
