/** Wires the logistics service: its desk and views. */
import { runService, serveMain, serviceConfig, type ServiceConfig, type ServiceDefinition } from '@triflow/platform'
import { receiptsView } from './views/receipts.ts'
import { returnsView } from './views/returns.ts'
import { shipmentsView } from './views/shipments.ts'
import { shipmentDesk } from './wire.ts'

export const logisticsService: ServiceDefinition = {
  name: 'logistics',
  desks: [shipmentDesk],
  views: [shipmentsView, receiptsView, returnsView],
}

export const start = (config: ServiceConfig) => runService(logisticsService, config)

if (import.meta.main) await serveMain(start, serviceConfig)
