/** Programme `wwi` and its stage: the terms of the issue, the wholesaler as debtor, its suppliers with their accounts. */
import { partyIdOf, type Cast } from './history.ts'
import { CURRENCY } from './export.ts'
import { terms } from './recompute.ts'
import type { Stage } from '../cast.ts'
import type { ProgrammeTerms } from '../actors/documents.ts'

export const programmeOf = (cast: Cast, programmeId: string, limitMinor: bigint): ProgrammeTerms => ({
  programmeId,
  debtorId: cast.wholesaler.partyId,
  funderId: cast.bank.partyId,
  currency: CURRENCY,
  limitMinor,
  advanceRateBps: terms.advanceRateBps,
  annualRateBps: terms.annualRateBps,
  dayCountBasis: terms.dayCountBasis,
  penaltyRateBps: 653,
  goodsEvidence: 'receipt',
  acceptance: 'deemed',
  advanceBase: 'net',
  priceToleranceBps: 200,
  priceToleranceMinor: 100_00n,
  minTenorDays: 0,
  maxTenorDays: 180,
  suspenseAfterDays: 10,
})

export const stageOf = (cast: Cast, programme: ProgrammeTerms, agreedOn: string): Stage => ({
  parties: [
    { ...cast.wholesaler, roles: ['buyer'], country: 'US' },
    { ...cast.bank, roles: ['funder'], country: 'US' },
    ...cast.suppliers.map(({ partyId, name }) => ({ partyId, name, roles: ['supplier'] as const, country: 'US' })),
  ],
  programme,
  suppliers: cast.suppliers.map(({ partyId, name, accountName, accountNumber, bankName }) => ({
    partyId,
    account: { accountName, accountNumber, bankName },
    signatory: `Treasurer of ${partyIdOf(name)}`,
  })),
  agreedOn,
  termsReference: `${programme.programmeId}/terms/1`,
})
