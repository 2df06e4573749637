/** What the calendar becomes by its facts. */
import type { CalendarFact, CalendarState } from './vocabulary.ts'

export const initialState = (): CalendarState => ({
  programmes: new Map(),
  programmeOfDebtor: new Map(),
  policyVersion: 0n,
  firstDate: '',
  date: '',
  closedLast: '',
})

export const evolve = (state: CalendarState, fact: CalendarFact): CalendarState => {
  switch (fact.type) {
    case 'ProgrammeOpened': {
      const { programme } = fact
      state.programmes.set(programme.programmeId, { opened: programme, limitMinor: programme.limitMinor })
      state.programmeOfDebtor.set(programme.debtorId, programme.programmeId)
      state.policyVersion = fact.policyVersion
      return state
    }
    case 'ProgrammeLimitChanged': {
      const programme = state.programmes.get(fact.programmeId)
      if (programme) programme.limitMinor = fact.limitMinor
      state.policyVersion = fact.policyVersion
      return state
    }
    case 'BusinessDayOpened':
      state.firstDate = fact.date
      state.date = fact.date
      return state
    case 'BusinessDayClosed':
      state.closedLast = fact.date
      state.date = fact.next
      return state
  }
}
