/** Which programme terms can be financed on at all; what is outside is refused, never corrected. */
import { isCurrency, isPartyId } from '@triflow/kernel'
import { acceptances, advanceBases, goodsEvidences, type CalendarRejection, type Programme } from './vocabulary.ts'

/** A claim longer than a year is not financed (domain: 365 days never). */
export const longestTenorDays = 365

/** Largest amount that fits every wire and store with room to add: 15 digits and a scale of three. */
export const largestAmountMinor = 10n ** 18n - 1n

const within = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high

const oneOf = (known: readonly string[], text: string): boolean => known.includes(text)

/** Every field equal; the fields of both are those of the message. */
export const sameProgramme = (a: Programme, b: Programme): boolean =>
  (Object.keys(a) as (keyof Programme)[]).every((field) => a[field] === b[field])

/** The first thing wrong with the terms; undefined when nothing is. */
export const flawOf = (p: Programme): readonly [code: CalendarRejection, detail: string] | undefined => {
  const checks: readonly (readonly [ok: boolean, code: CalendarRejection, detail: string])[] = [
    [/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(p.programmeId), 'ProgrammeIdMalformed', 'letters, digits and . _ -'],
    [isPartyId(p.debtorId), 'DebtorMalformed', 'a debtor is named by its party id'],
    [isPartyId(p.funderId), 'FunderMalformed', 'a funder is named by its party id'],
    [p.debtorId !== p.funderId, 'DebtorIsFunder', 'a debtor does not fund claims on itself'],
    [isCurrency(p.currency), 'CurrencyUnknown', `no currency ${p.currency} is settled here`],
    [p.limitMinor > 0n && p.limitMinor <= largestAmountMinor, 'LimitInvalid', 'a programme opens with a limit'],
    [within(p.advanceRateBps, 1, 10_000), 'AdvanceRateInvalid', '1 to 10,000 basis points'],
    [within(p.annualRateBps, 0, 10_000), 'AnnualRateInvalid', '0 to 10,000 basis points'],
    [p.dayCountBasis === 360 || p.dayCountBasis === 365, 'DayCountInvalid', 'days of a year are 360 or 365'],
    [within(p.penaltyRateBps, 0, 100_000), 'PenaltyRateInvalid', '0 to 100,000 basis points'],
    [oneOf(goodsEvidences, p.goodsEvidence), 'GoodsEvidenceUnknown', goodsEvidences.join(' or ')],
    [oneOf(acceptances, p.acceptance), 'AcceptanceUnknown', acceptances.join(' or ')],
    [within(p.priceToleranceBps, 0, 10_000), 'ToleranceInvalid', '0 to 10,000 basis points'],
    [
      p.priceToleranceMinor >= 0n && p.priceToleranceMinor <= largestAmountMinor,
      'ToleranceInvalid',
      'an amount of 0 or more',
    ],
    [
      within(p.minTenorDays, 0, longestTenorDays) && within(p.maxTenorDays, p.minTenorDays, longestTenorDays),
      'TenorInvalid',
      `0 ≤ shortest ≤ longest ≤ ${longestTenorDays} days`,
    ],
    [within(p.suspenseAfterDays, 0, 365), 'SuspenseDaysInvalid', '0 to 365 closes of day'],
    [oneOf(advanceBases, p.advanceBase), 'AdvanceBaseUnknown', advanceBases.join(' or ')],
  ]
  const flaw = checks.find(([ok]) => !ok)
  return flaw && [flaw[1], flaw[2]]
}
