/** Wires the logistics service: its desk and views. */
import { runService, serveMain, serviceConfig, type ServiceConfig } from '@triflow/platform'
import { receiptsView } from './views/receipts.ts'
import { returnsView } from './views/returns.ts'
import { shipmentsView } from './views/shipments.ts'
import { shipmentDesk } from './wire.ts'

export const start = (config: ServiceConfig) =>
  runService({ name: 'logistics', desks: [shipmentDesk], views: [shipmentsView, receiptsView, returnsView] }, config)

if (import.meta.main) await serveMain(start, serviceConfig)
