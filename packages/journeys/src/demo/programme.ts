/** The demo's programme and stage: the manufacturer's bank buys its suppliers' receivables on goods receipts. */
import type { ProgrammeTerms } from '../actors/documents.ts'
import type { Stage } from '../cast.ts'
import type { Story } from '../generator/story.ts'
import { CURRENCY } from '../generator/vocabulary.ts'

/** Per trade, so wide that no claim has to wait for another's repayment: who got the last of a limit would depend on a race. */
const LIMIT_PER_TRADE_MINOR = 250_000_00n

export const programmeOf = ({ id: storyId, trades, people: { manufacturer, bank } }: Story): ProgrammeTerms => ({
  programmeId: storyId,
  debtorId: manufacturer.partyId,
  funderId: bank.partyId,
  currency: CURRENCY,
  limitMinor: BigInt(trades.length) * LIMIT_PER_TRADE_MINOR,
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

export const stageOf = (story: Story): Stage => ({
  parties: [story.people.manufacturer, story.people.bank, ...story.people.carriers, ...story.people.suppliers].map(
    ({ partyId, name, roles, country }) => ({ partyId, name, roles, country }),
  ),
  programme: programmeOf(story),
  suppliers: story.people.suppliers.map(({ partyId, account, signatory }) => ({ partyId, account, signatory })),
  agreedOn: story.days[0]!,
  termsReference: `${story.id}/terms/1`,
})
