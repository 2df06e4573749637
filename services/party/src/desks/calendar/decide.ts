/** What the calendar desk says yes and no to: which day it is, and on which terms claims are financed. */
import { accept, nothing, parseDate, reject, type Context, type Decision, type Input } from '@triflow/kernel'
import { flawOf, largestAmountMinor, sameProgramme } from './terms.ts'
import type {
  CalendarCommand,
  CalendarFact,
  CalendarRejection,
  CalendarState,
  ChangeProgrammeLimit,
  CloseBusinessDay,
  OpenFirstBusinessDay,
  OpenProgramme,
} from './vocabulary.ts'

const no = (code: CalendarRejection, detail: string) => reject(code, detail)

const openProgramme = ({ programme }: OpenProgramme, state: CalendarState): Decision<CalendarFact> => {
  if (!programme) return no('ProgrammeMissing', 'the command carries no programme')
  const before = state.programmes.get(programme.programmeId)
  // Compared as it was opened: repeating the opening after a change of limit must not look like another programme.
  if (before)
    return sameProgramme(before.opened, programme)
      ? nothing
      : no('ProgrammeAlreadyOpened', `${programme.programmeId} was opened on other terms`)
  const flaw = flawOf(programme)
  if (flaw) return no(...flaw)
  const other = state.programmeOfDebtor.get(programme.debtorId)
  if (other !== undefined) return no('DebtorHasProgramme', `claims on ${programme.debtorId} belong to ${other}`)
  return accept([{ type: 'ProgrammeOpened', programme, policyVersion: state.policyVersion + 1n }])
}

const changeLimit = (c: ChangeProgrammeLimit, state: CalendarState): Decision<CalendarFact> => {
  const programme = state.programmes.get(c.programmeId)
  if (!programme) return no('ProgrammeUnknown', `no programme ${c.programmeId} is open`)
  // A limit of nothing is how a funder stops new financing and lets the rest run off.
  if (c.limitMinor < 0n || c.limitMinor > largestAmountMinor) return no('LimitInvalid', 'an amount of 0 or more')
  if (c.changedBy.trim() === '') return no('ChangerMissing', 'a change of limit names who changed it')
  if (c.limitMinor === programme.limitMinor) return nothing
  const { programmeId, limitMinor, changedBy } = c
  return accept([
    { type: 'ProgrammeLimitChanged', programmeId, limitMinor, changedBy, policyVersion: state.policyVersion + 1n },
  ])
}

const openFirstDay = ({ date }: OpenFirstBusinessDay, state: CalendarState): Decision<CalendarFact> => {
  if (!parseDate(date)) return no('DateInvalid', `not a date: ${date}`)
  if (state.firstDate === date) return nothing
  if (state.firstDate) return no('BusinessDayAlreadyOpen', `the business date is ${state.date}`)
  return accept([{ type: 'BusinessDayOpened', date }])
}

const closeDay = ({ date, next }: CloseBusinessDay, state: CalendarState): Decision<CalendarFact> => {
  if (!parseDate(date) || !parseDate(next)) return no('DateInvalid', `not two dates: ${date}, ${next}`)
  if (!state.date) return no('NoBusinessDay', 'no business day was opened')
  // The next day of the day closed last is the current one.
  if (date === state.closedLast && next === state.date) return nothing
  if (date !== state.date) return no('NotTheBusinessDay', `the business date is ${state.date}`)
  if (next <= date) return no('NextDayNotLater', `${next} is not after ${date}`)
  return accept([{ type: 'BusinessDayClosed', date, next }])
}

export const decide = (
  input: Input<CalendarCommand, never, never>,
  state: CalendarState,
  _context: Context<unknown>,
): Decision<CalendarFact> => {
  if (input.kind !== 'command') return nothing
  switch (input.command.type) {
    case 'OpenProgramme':
      return openProgramme(input.command, state)
    case 'ChangeProgrammeLimit':
      return changeLimit(input.command, state)
    case 'OpenFirstBusinessDay':
      return openFirstDay(input.command, state)
    case 'CloseBusinessDay':
      return closeDay(input.command, state)
  }
}
