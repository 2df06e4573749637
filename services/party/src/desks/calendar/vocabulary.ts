/** Words of the calendar desk: business days and the programmes under which claims are financed. */

export const goodsEvidences = ['receipt', 'delivery'] as const
export const acceptances = ['deemed', 'confirmed'] as const
export const advanceBases = ['net', 'gross'] as const

/** Terms on which one funder finances claims on one debtor. Rates are basis points, amounts minor units. */
export interface Programme {
  readonly programmeId: string
  readonly debtorId: string
  readonly funderId: string
  readonly currency: string
  readonly limitMinor: bigint
  readonly advanceRateBps: number
  readonly annualRateBps: number
  readonly dayCountBasis: number
  readonly penaltyRateBps: number
  readonly goodsEvidence: string
  readonly acceptance: string
  readonly priceToleranceBps: number
  readonly priceToleranceMinor: bigint
  readonly minTenorDays: number
  readonly maxTenorDays: number
  readonly suspenseAfterDays: number
  readonly advanceBase: string
}

export interface CalendarState {
  /** Each programme as it was opened, by its id, so that the same opening again is known; and the limit it has now. */
  programmes: Map<string, { opened: Programme; limitMinor: bigint }>
  /** Programme of a debtor; one each, so that one desk judges one limit. */
  programmeOfDebtor: Map<string, string>
  /** Counts every change of any programme; decisions name it. */
  policyVersion: bigint
  /** The first business date ever; '' when none was opened. */
  firstDate: string
  /** The current business date; '' when none was opened. */
  date: string
  /** The day closed last; '' when none was. */
  closedLast: string
}

export interface OpenProgramme {
  readonly type: 'OpenProgramme'
  readonly programme: Programme | undefined
}

export interface ChangeProgrammeLimit {
  readonly type: 'ChangeProgrammeLimit'
  readonly programmeId: string
  readonly limitMinor: bigint
  readonly changedBy: string
}

export interface OpenFirstBusinessDay {
  readonly type: 'OpenFirstBusinessDay'
  readonly date: string
}

export interface CloseBusinessDay {
  readonly type: 'CloseBusinessDay'
  readonly date: string
  readonly next: string
}

export type CalendarCommand = OpenProgramme | ChangeProgrammeLimit | OpenFirstBusinessDay | CloseBusinessDay

export interface ProgrammeOpened {
  readonly type: 'ProgrammeOpened'
  readonly programme: Programme
  readonly policyVersion: bigint
}

export interface ProgrammeLimitChanged {
  readonly type: 'ProgrammeLimitChanged'
  readonly programmeId: string
  readonly limitMinor: bigint
  readonly changedBy: string
  readonly policyVersion: bigint
}

export interface BusinessDayOpened {
  readonly type: 'BusinessDayOpened'
  readonly date: string
}

export interface BusinessDayClosed {
  readonly type: 'BusinessDayClosed'
  readonly date: string
  readonly next: string
}

export type CalendarFact = ProgrammeOpened | ProgrammeLimitChanged | BusinessDayOpened | BusinessDayClosed

export type CalendarRejection =
  | 'ProgrammeMissing'
  | 'ProgrammeIdMalformed'
  | 'DebtorMalformed'
  | 'FunderMalformed'
  | 'DebtorIsFunder'
  | 'CurrencyUnknown'
  | 'LimitInvalid'
  | 'AdvanceRateInvalid'
  | 'AnnualRateInvalid'
  | 'DayCountInvalid'
  | 'PenaltyRateInvalid'
  | 'GoodsEvidenceUnknown'
  | 'AcceptanceUnknown'
  | 'ToleranceInvalid'
  | 'TenorInvalid'
  | 'SuspenseDaysInvalid'
  | 'AdvanceBaseUnknown'
  | 'ProgrammeAlreadyOpened'
  | 'DebtorHasProgramme'
  | 'ProgrammeUnknown'
  | 'ChangerMissing'
  | 'DateInvalid'
  | 'BusinessDayAlreadyOpen'
  | 'NoBusinessDay'
  | 'NotTheBusinessDay'
  | 'NextDayNotLater'
