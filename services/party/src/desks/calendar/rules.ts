/** The calendar desk as the runtime takes it: one item, for ever open. */
import type { DeskRules } from '@triflow/kernel'
import { decide } from './decide.ts'
import { evolve, initialState } from './evolve.ts'
import type { CalendarCommand, CalendarFact, CalendarState } from './vocabulary.ts'

export const calendarRules = {
  initialState,
  initialShared: () => ({}),
  decide,
  evolve,
  evolveShared: (shared) => shared,
} satisfies DeskRules<CalendarState, Record<string, never>, CalendarCommand, never, never, CalendarFact>
