/** Wires the party service: its desks and views. */
import { runService, serveMain, serviceConfig, type ServiceConfig, type ServiceDefinition } from '@triflow/platform'
import { calendarView } from './views/calendar.ts'
import { partiesView } from './views/parties.ts'
import { programmesView } from './views/programmes.ts'
import { calendarDesk, partyDesk } from './wire.ts'

export const partyService: ServiceDefinition = {
  name: 'party',
  desks: [partyDesk, calendarDesk],
  views: [partiesView, programmesView, calendarView],
}

export const start = (config: ServiceConfig) => runService(partyService, config)

if (import.meta.main) await serveMain(start, serviceConfig)
