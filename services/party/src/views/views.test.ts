/** What the party service's views show after facts, also when the same facts come again. */
import { describe, expect, it } from 'vitest'
import type { ServiceView } from '@triflow/platform'
import { shown, stored } from '@triflow/platform/view-testing'
import type { Typed } from '@triflow/kernel'
import type { CalendarFact, PartyFact, Programme } from '../desks/index.ts'
import { calendarView } from './calendar.ts'
import { partiesView } from './parties.ts'
import { programmesView } from './programmes.ts'

const enrolment = {
  programmeId: 'wwi',
  debtorId: 'wide-world',
  termsReference: 'T-1',
  acceptedBy: 'Ada',
  acceptedOn: '2026-01-05',
}
const account = { partyId: 'litware', accountNumber: 'US1', accountName: 'Litware', bankName: 'Woodgrove' }
const particulars = { name: 'Litware', roles: ['supplier' as const], country: 'US', clientKeys: [] }

const litware: PartyFact[] = [
  { type: 'PartyRegistered', partyId: 'litware', ...particulars },
  { type: 'BankAccountRegistered', ...account, replaces: false },
  { type: 'BankAccountVerified', partyId: 'litware', accountNumber: 'US1', verifiedBy: 'ines' },
  {
    type: 'SupplierEnrolled',
    supplierId: 'litware',
    ...enrolment,
    accountNumber: 'US1',
    accountVerified: true,
    accountName: 'Litware',
  },
]

describe('parties', () => {
  it('shows a party with its account and its enrolments', () =>
    expect(shown(partiesView, litware)).toEqual({
      litware: {
        ...particulars,
        bankAccount: { number: 'US1', name: 'Litware', bank: 'Woodgrove', verified: true, onHold: false },
        enrolments: [enrolment],
      },
    }))

  it('shows a changed account on hold, and nothing of what is said for the pairs or of outcomes', () => {
    const change: Typed[] = [
      { type: 'BankAccountRegistered', ...account, accountNumber: 'US2', replaces: true } as PartyFact,
      { type: 'PayeeChanged', supplierId: 'litware', debtorId: 'wide-world' } as PartyFact,
      { type: 'CommandJudged' },
    ]
    expect(shown(partiesView, [...litware, ...change])).toMatchObject({
      litware: { bankAccount: { number: 'US2', verified: false, onHold: true } },
    })
  })
})

const programme: Programme = {
  programmeId: 'wwi',
  debtorId: 'wide-world',
  funderId: 'woodgrove',
  currency: 'USD',
  limitMinor: 12n,
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
const facts: CalendarFact[] = [
  { type: 'BusinessDayOpened', date: '2026-01-05' },
  { type: 'ProgrammeOpened', programme, policyVersion: 1n },
  { type: 'ProgrammeLimitChanged', programmeId: 'wwi', limitMinor: 9n, changedBy: 'ines', policyVersion: 2n },
  { type: 'ProgrammeLimitChanged', programmeId: 'wwi', limitMinor: 5n, changedBy: 'ines', policyVersion: 3n },
  { type: 'BusinessDayClosed', date: '2026-01-05', next: '2026-01-06' },
  { type: 'BusinessDayClosed', date: '2026-01-06', next: '2026-01-07' },
]

// Twelve partitions tell the whole story one after the other: the worst interleaving there is.
const told = Array.from({ length: 12 }, () => facts).flat()

describe('programmes and calendar', () => {
  it('never fall back while another partition tells the story again', () => {
    for (let heard = facts.length; heard <= 2 * facts.length; heard++) {
      expect(shown(programmesView, told.slice(0, heard))).toMatchObject({ wwi: { limitMinor: 5n, policyVersion: 3n } })
      expect(shown(calendarView, told.slice(0, heard))).toMatchObject({ calendar: { date: '2026-01-07' } })
    }
  })

  it('show the limit changed last', () =>
    expect(shown(programmesView, told)).toEqual({ wwi: { ...programme, limitMinor: 5n, policyVersion: 3n } }))

  it('count a closed day once, however many partitions tell it', () =>
    expect(shown(calendarView, told)).toEqual({
      calendar: { date: '2026-01-07', lastClosed: '2026-01-06', closedCount: 2 },
    }))
})

it('every view declares all that it folds', () => {
  const views: [ServiceView, readonly Typed[]][] = [
    [partiesView, litware],
    [programmesView, told],
    [calendarView, told],
  ]
  for (const [view, facts] of views) {
    const documents = shown(view, facts)
    expect(stored(view, documents)).toEqual(documents)
  }
})
