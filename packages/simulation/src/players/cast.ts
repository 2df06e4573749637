/** Who trades in a run, and on which terms: drawn from the seed, small enough that parties meet often. */
import type { CommandOf } from './request.ts'

export interface Supplier {
  readonly partyId: string
  readonly account: string
}

export interface Debtor {
  readonly partyId: string
  readonly programme: NonNullable<CommandOf<'OpenProgramme'>['programme']>
}

export interface Cast {
  readonly funderId: string
  readonly debtors: readonly Debtor[]
  readonly suppliers: readonly Supplier[]
  readonly carriers: readonly string[]
  readonly firstDay: string
}

export const CURRENCY = 'CNY'

const numbered = (word: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${word}-${index + 1}`)

/** A tight limit lets claims wait for one another; a wide one never does. */
const drawLimit = (random: () => number, trades: number): bigint => {
  const perTrade = random() < 0.5 ? 2_000_00n : 40_000_00n
  return perTrade * BigInt(Math.max(20, trades))
}

export const drawCast = (random: () => number, trades: number): Cast => {
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1))
  const funderId = 'haiqing-bank'
  return {
    funderId,
    debtors: numbered('debtor', between(1, 3)).map((partyId) => ({
      partyId,
      programme: {
        programmeId: `programme-of-${partyId}`,
        debtorId: partyId,
        funderId,
        currency: CURRENCY,
        limitMinor: drawLimit(random, trades),
        advanceRateBps: between(60, 95) * 100,
        annualRateBps: between(200, 900),
        dayCountBasis: random() < 0.5 ? 360 : 365,
        penaltyRateBps: between(300, 1_200),
        goodsEvidence: random() < 0.7 ? 'receipt' : 'delivery',
        acceptance: random() < 0.7 ? 'deemed' : 'confirmed',
        priceToleranceBps: 200,
        priceToleranceMinor: 100n,
        minTenorDays: 0,
        maxTenorDays: 180,
        suspenseAfterDays: between(0, 2),
        advanceBase: random() < 0.6 ? 'net' : 'gross',
      },
    })),
    suppliers: numbered('supplier', between(2, 4)).map((partyId) => ({ partyId, account: `CN-${partyId}` })),
    carriers: numbered('carrier', between(1, 2)),
    firstDay: '2026-03-02',
  }
}
