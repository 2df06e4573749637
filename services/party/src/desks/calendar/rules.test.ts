/** The calendar desk's rules, as sentences. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { specification } from '@triflow/kernel/specification'
import { calendarRules } from './rules.ts'
import type {
  BusinessDayClosed,
  BusinessDayOpened,
  CalendarCommand,
  Programme,
  ProgrammeLimitChanged,
  ProgrammeOpened,
} from './vocabulary.ts'

const { given } = specification(calendarRules, 'calendar')

const wwi: Programme = {
  programmeId: 'wwi',
  debtorId: 'wide-world',
  funderId: 'woodgrove',
  currency: 'USD',
  limitMinor: 1_200_000_000n,
  advanceRateBps: 8_000,
  annualRateBps: 435,
  dayCountBasis: 360,
  penaltyRateBps: 653,
  goodsEvidence: 'receipt',
  acceptance: 'deemed',
  priceToleranceBps: 0,
  priceToleranceMinor: 0n,
  minTenorDays: 1,
  maxTenorDays: 180,
  suspenseAfterDays: 3,
  advanceBase: 'net',
}
const open = (programme: Programme | undefined = wwi): CalendarCommand => ({ type: 'OpenProgramme', programme })
const opened: ProgrammeOpened = { type: 'ProgrammeOpened', programme: wwi, policyVersion: 1n }
const limitChanged: ProgrammeLimitChanged = {
  type: 'ProgrammeLimitChanged',
  programmeId: 'wwi',
  limitMinor: 500_000_000n,
  changedBy: 'officer-ines',
  policyVersion: 2n,
}
const changeLimit = (limitMinor: bigint): CalendarCommand => ({
  type: 'ChangeProgrammeLimit',
  programmeId: 'wwi',
  limitMinor,
  changedBy: 'officer-ines',
})
const firstDay = (date: string): CalendarCommand => ({ type: 'OpenFirstBusinessDay', date })
const dayOpened: BusinessDayOpened = { type: 'BusinessDayOpened', date: '2026-01-05' }
const close = (date: string, next: string): CalendarCommand => ({ type: 'CloseBusinessDay', date, next })
const mondayClosed: BusinessDayClosed = { type: 'BusinessDayClosed', date: '2026-01-05', next: '2026-01-06' }

describe('opening a programme', () => {
  it('opens it as the next version of the policy', () => {
    given([]).when(open()).then([opened])
    const second = { ...wwi, programmeId: 'adatum', debtorId: 'adatum' }
    given([opened, limitChanged])
      .when(open(second))
      .then([{ ...opened, programme: second, policyVersion: 3n }])
  })

  it('is nothing the second time, also after its limit was changed', () => {
    given([opened]).when(open()).thenNothing()
    given([opened, limitChanged]).when(open()).thenNothing()
  })

  it('refuses other terms under the same id', () =>
    given([opened])
      .when(open({ ...wwi, advanceRateBps: 9_000 }))
      .thenRejected('ProgrammeAlreadyOpened'))

  it('refuses a second programme on the same debtor', () =>
    given([opened])
      .when(open({ ...wwi, programmeId: 'wwi-2' }))
      .thenRejected('DebtorHasProgramme'))

  it('refuses a command without a programme', () =>
    given([]).when({ type: 'OpenProgramme', programme: undefined }).thenRejected('ProgrammeMissing'))

  it.each([
    [{ programmeId: '' }, 'ProgrammeIdMalformed'],
    [{ debtorId: 'Wide World' }, 'DebtorMalformed'],
    [{ funderId: '' }, 'FunderMalformed'],
    [{ funderId: 'wide-world' }, 'DebtorIsFunder'],
    [{ currency: 'XXX' }, 'CurrencyUnknown'],
    [{ limitMinor: 0n }, 'LimitInvalid'],
    [{ limitMinor: 10n ** 18n }, 'LimitInvalid'],
    [{ advanceRateBps: 0 }, 'AdvanceRateInvalid'],
    [{ advanceRateBps: 10_001 }, 'AdvanceRateInvalid'],
    [{ annualRateBps: -1 }, 'AnnualRateInvalid'],
    [{ dayCountBasis: 364 }, 'DayCountInvalid'],
    [{ penaltyRateBps: -1 }, 'PenaltyRateInvalid'],
    [{ goodsEvidence: '' }, 'GoodsEvidenceUnknown'],
    [{ acceptance: 'maybe' }, 'AcceptanceUnknown'],
    [{ priceToleranceBps: 10_001 }, 'ToleranceInvalid'],
    [{ priceToleranceMinor: -1n }, 'ToleranceInvalid'],
    [{ minTenorDays: -1 }, 'TenorInvalid'],
    [{ minTenorDays: 30, maxTenorDays: 29 }, 'TenorInvalid'],
    [{ maxTenorDays: 366 }, 'TenorInvalid'],
    [{ suspenseAfterDays: -1 }, 'SuspenseDaysInvalid'],
    [{ advanceBase: 'face' }, 'AdvanceBaseUnknown'],
  ] satisfies [Partial<Programme>, string][])('refuses %o as %s', (wrong, code) =>
    given([])
      .when(open({ ...wwi, ...wrong }))
      .thenRejected(code),
  )

  it('takes terms at their bounds', () => {
    const edges = { advanceRateBps: 10_000, dayCountBasis: 365, minTenorDays: 365, maxTenorDays: 365, annualRateBps: 0 }
    given([])
      .when(open({ ...wwi, ...edges }))
      .thenTypes(['ProgrammeOpened'])
    given([])
      .when(open({ ...wwi, advanceRateBps: 1, limitMinor: 1n, minTenorDays: 0 }))
      .thenTypes(['ProgrammeOpened'])
  })
})

describe('changing a limit', () => {
  it('changes it as the next version of the policy', () =>
    given([opened]).when(changeLimit(500_000_000n)).then([limitChanged]))

  it('is nothing when the limit is that already', () => {
    given([opened]).when(changeLimit(1_200_000_000n)).thenNothing()
    given([opened, limitChanged]).when(changeLimit(500_000_000n)).thenNothing()
  })

  it('lets a funder stop new financing with a limit of nothing', () =>
    given([opened]).when(changeLimit(0n)).thenTypes(['ProgrammeLimitChanged']))

  it('refuses an unknown programme, a negative limit and an unnamed officer', () => {
    given([]).when(changeLimit(1n)).thenRejected('ProgrammeUnknown')
    given([opened]).when(changeLimit(-1n)).thenRejected('LimitInvalid')
    given([opened])
      .when({ type: 'ChangeProgrammeLimit', programmeId: 'wwi', limitMinor: 1n, changedBy: ' ' })
      .thenRejected('ChangerMissing')
  })
})

describe('business days', () => {
  it('open once', () => {
    given([]).when(firstDay('2026-01-05')).then([dayOpened])
    given([dayOpened]).when(firstDay('2026-01-05')).thenNothing()
    given([dayOpened, mondayClosed]).when(firstDay('2026-01-05')).thenNothing()
    given([dayOpened]).when(firstDay('2026-01-06')).thenRejected('BusinessDayAlreadyOpen')
    given([dayOpened, mondayClosed]).when(firstDay('2026-01-06')).thenRejected('BusinessDayAlreadyOpen')
    given([]).when(firstDay('2026-13-01')).thenRejected('DateInvalid')
  })

  it('close in turn, and the next one is the business date', () => {
    given([dayOpened]).when(close('2026-01-05', '2026-01-06')).then([mondayClosed])
    given([dayOpened, mondayClosed]).when(close('2026-01-06', '2026-01-12')).thenTypes(['BusinessDayClosed'])
  })

  it('closing the same day again is nothing, with another next day it is refused', () => {
    given([dayOpened, mondayClosed]).when(close('2026-01-05', '2026-01-06')).thenNothing()
    given([dayOpened, mondayClosed]).when(close('2026-01-05', '2026-01-07')).thenRejected('NotTheBusinessDay')
  })

  it('refuses a day that is not the current one, and a next day that is not later', () => {
    given([]).when(close('2026-01-05', '2026-01-06')).thenRejected('NoBusinessDay')
    given([dayOpened]).when(close('2026-01-06', '2026-01-07')).thenRejected('NotTheBusinessDay')
    given([dayOpened]).when(close('2026-01-05', '2026-01-05')).thenRejected('NextDayNotLater')
    given([dayOpened]).when(close('2026-01-05', '2026-01-04')).thenRejected('NextDayNotLater')
    given([dayOpened]).when(close('2026-01-05', 'tomorrow')).thenRejected('DateInvalid')
  })

  it('never go backwards, and policy versions never skip, whatever is asked', () => {
    const day = fc.integer({ min: 1, max: 9 }).map((n) => `2026-01-0${n}`)
    const anything = fc.oneof(
      day.map(firstDay),
      fc.tuple(day, day).map(([date, next]) => close(date, next)),
      fc.bigInt({ min: -1n, max: 3n }).map(changeLimit),
      fc
        .constantFrom('wwi', 'other')
        .map((programmeId) => open({ ...wwi, programmeId, debtorId: `${programmeId}-debtor` })),
    )
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 40 }), (asked) => {
        let state = calendarRules.initialState()
        const context = { key: 'calendar', at: 0, shared: {}, loaded: new Map() }
        for (const command of asked) {
          const { facts } = calendarRules.decide({ kind: 'command', commandId: 'c', command }, state, context)
          for (const fact of facts) {
            const [dateBefore, versionBefore] = [state.date, state.policyVersion]
            state = structuredClone(calendarRules.evolve(state, fact))
            expect(state.date >= dateBefore).toBe(true)
            if ('policyVersion' in fact) expect(fact.policyVersion).toBe(versionBefore + 1n)
          }
        }
      }),
      { numRuns: 200, seed: 20260105 },
    )
  })
})
