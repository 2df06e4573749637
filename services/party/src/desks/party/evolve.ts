/** What a party becomes by its facts. */
import type { PartyFact, PartyState } from './vocabulary.ts'

export const initialState = (): PartyState => ({
  registered: false,
  name: '',
  roles: [],
  country: '',
  clientKeys: [],
  enrolments: [],
})

export const evolve = (state: PartyState, fact: PartyFact): PartyState => {
  switch (fact.type) {
    case 'PartyRegistered':
      state.registered = true
      state.name = fact.name
      state.roles = fact.roles
      state.country = fact.country
      state.clientKeys = fact.clientKeys
      return state
    case 'BankAccountRegistered':
      state.account = {
        number: fact.accountNumber,
        name: fact.accountName,
        bank: fact.bankName,
        verified: false,
        onHold: fact.replaces,
      }
      return state
    case 'BankAccountVerified':
      if (state.account) {
        state.account.verified = true
        state.account.onHold = false
      }
      return state
    case 'SupplierEnrolled':
      state.enrolments.push({
        programmeId: fact.programmeId,
        debtorId: fact.debtorId,
        termsReference: fact.termsReference,
        acceptedBy: fact.acceptedBy,
        acceptedOn: fact.acceptedOn,
      })
      return state
    case 'PayeeChanged':
      // Said for the pairs; the account itself changed by the fact before it.
      return state
  }
}
