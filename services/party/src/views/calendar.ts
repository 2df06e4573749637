/** Which business day it is. A broadcast arrives once per partition; a day counts once, however often it is told. */
import { broadcastTopic } from '@triflow/contracts'
import type { ViewDefinition } from '@triflow/desk'
import type { ServiceView } from '@triflow/platform'
import type { CalendarFact } from '../desks/index.ts'

export interface CalendarBody {
  /** The current business date. */
  readonly date: string
  /** The day closed last; '' when none was. */
  readonly lastClosed: string
  readonly closedCount: number
}

export const foldCalendar = (body: CalendarBody | undefined, fact: CalendarFact): CalendarBody | undefined => {
  if (fact.type === 'BusinessDayOpened') return body ? undefined : { date: fact.date, lastClosed: '', closedCount: 0 }
  // Days close in turn, so only the close of the current day is news.
  if (fact.type !== 'BusinessDayClosed' || !body || fact.date !== body.date) return undefined
  return { date: fact.next, lastClosed: fact.date, closedCount: body.closedCount + 1 }
}

const definition: ViewDefinition<CalendarBody> = {
  name: 'calendar',
  hears: [broadcastTopic],
  idsOf: (fact) => (fact.type === 'BusinessDayOpened' || fact.type === 'BusinessDayClosed' ? ['calendar'] : []),
  fold: (body, fact) => foldCalendar(body, fact as unknown as CalendarFact),
  listedBy: [],
}

export const calendarView = {
  definition,
  fields: { date: String, lastClosed: String, closedCount: Number },
} satisfies ServiceView
