/** Facts of the party service reach the right readers and survive the wire. */
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, fullNameOf, topics } from '@triflow/contracts'
import type { CalendarFact, PartyFact } from './desks/index.ts'
import { calendarDesk, partyDesk } from './wire.ts'

const enrolled: PartyFact = {
  type: 'SupplierEnrolled',
  supplierId: 'litware',
  programmeId: 'wwi',
  debtorId: 'wide-world',
  termsReference: 'T-1',
  acceptedBy: 'Ada',
  acceptedOn: '2026-01-05',
  accountNumber: 'US1',
  accountVerified: true,
  accountName: 'Litware',
}
const changed: PartyFact = {
  type: 'PayeeChanged',
  supplierId: 'litware',
  debtorId: 'wide-world',
  accountNumber: 'US2',
  verified: false,
  onHold: true,
  accountName: 'Litware',
}

describe('facts of parties', () => {
  it('tell an enrolment to the debtor’s lender and to the payer of the pair', () =>
    expect(partyDesk.routes(enrolled)).toEqual([
      { topic: 'triflow.party.party', key: 'litware' },
      { topic: 'triflow.party.party.by-debtor', key: 'wide-world' },
      { topic: 'triflow.party.party.by-pair', key: 'litware|wide-world' },
    ]))

  it('tell a changed payee to the payer of the pair', () =>
    expect(partyDesk.routes(changed)).toEqual([
      { topic: 'triflow.party.party', key: 'litware' },
      { topic: 'triflow.party.party.by-pair', key: 'litware|wide-world' },
    ]))

  it('go only to topics that exist', () => {
    const known = topics.map((topic) => topic.name)
    for (const route of [...partyDesk.routes(enrolled), ...calendarDesk.routes({} as CalendarFact)])
      expect(known).toContain(route.topic)
  })

  it('come back from their bytes as they were said', () => {
    for (const fact of [enrolled, changed])
      expect(decodeMessage(fullNameOf(fact.type), encodeMessage(fact))).toEqual(fact)
  })
})

describe('facts of the calendar', () => {
  it('are broadcast', () =>
    expect(calendarDesk.routes({ type: 'BusinessDayOpened', date: '2026-01-05' })).toEqual([
      { topic: 'triflow.party.broadcast', key: '' },
    ]))
})
