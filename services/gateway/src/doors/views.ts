/** Which view of which service answers a question, and the fields that the gateway itself reads of its documents. */
import type { Service } from './service-doors.ts'

interface ViewName {
  readonly service: Service
  readonly view: string
}

export const views = {
  parties: { service: 'party', view: 'parties' },
  programmes: { service: 'party', view: 'programmes' },
  calendar: { service: 'party', view: 'calendar' },
  orders: { service: 'order', view: 'orders' },
  invoices: { service: 'order', view: 'invoices' },
  shipments: { service: 'logistics', view: 'shipments' },
  trades: { service: 'financing', view: 'trades' },
  claims: { service: 'financing', view: 'claims' },
  decisions: { service: 'financing', view: 'decisions' },
  positions: { service: 'financing', view: 'positions' },
  webhooks: { service: 'webhook', view: 'webhooks' },
  deliveries: { service: 'webhook', view: 'deliveries' },
  ledgers: { service: 'payment', view: 'books' },
} as const satisfies Record<string, ViewName>

/** The calendar view has one document. */
export const calendarId = 'calendar'

export const textOf = (document: Record<string, unknown>, field: string): string | undefined => {
  const value = document[field]
  return typeof value === 'string' && value !== '' ? value : undefined
}

export const textsOf = (document: Record<string, unknown>, field: string): string[] => {
  const value = document[field]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}
