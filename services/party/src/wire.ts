/** Where the party service's facts are told, and the proof that its words fit the wire. */
import { broadcastTopic, factsTopic, toldBy, type FitsWire } from '@triflow/contracts'
import { collectionAccountId, type DeskDefinition, type Route } from '@triflow/kernel'
import {
  calendarRules,
  partyRules,
  type CalendarCommand,
  type CalendarFact,
  type CalendarState,
  type PartyCommand,
  type PartyFact,
  type PartyState,
} from './desks/index.ts'

type Proven<Fits extends true> = Fits
/** Compiles only while every command and every fact has exactly the fields of its message. */
export type Proof = Proven<FitsWire<PartyCommand | PartyFact | CalendarCommand | CalendarFact>>

/** Those who lend on a debtor hear who is enrolled; those who pay a pair hear whom to pay. */
const routesOfParty = (fact: PartyFact): readonly Route[] => {
  const own = (key: string): Route => ({ topic: factsTopic('party.party'), key })
  switch (fact.type) {
    case 'PartyRegistered':
    case 'BankAccountRegistered':
    case 'BankAccountVerified':
      return [own(fact.partyId)]
    case 'SupplierEnrolled':
      return [
        own(fact.supplierId),
        { topic: toldBy('party.party', 'debtor'), key: fact.debtorId },
        { topic: toldBy('party.party', 'pair'), key: collectionAccountId(fact.supplierId, fact.debtorId) },
      ]
    case 'PayeeChanged':
      return [
        own(fact.supplierId),
        { topic: toldBy('party.party', 'pair'), key: collectionAccountId(fact.supplierId, fact.debtorId) },
      ]
  }
}

export const partyDesk: DeskDefinition<PartyState, Record<string, never>, PartyCommand, never, never, PartyFact> = {
  name: 'party.party',
  ...partyRules,
  routes: routesOfParty,
}

export const calendarDesk: DeskDefinition<
  CalendarState,
  Record<string, never>,
  CalendarCommand,
  never,
  never,
  CalendarFact
> = {
  name: 'party.calendar',
  ...calendarRules,
  routes: () => [{ topic: broadcastTopic, key: '' }],
}
