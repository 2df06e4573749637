/** Wires the order service: its desks and views. */
import { runService, serveMain, serviceConfig, type ServiceConfig, type ServiceDefinition } from '@triflow/platform'
import { invoicesView } from './views/invoices.ts'
import { ordersView } from './views/orders.ts'
import { invoiceDesk, orderDesk } from './wire.ts'

export const orderService: ServiceDefinition = {
  name: 'order',
  desks: [orderDesk, invoiceDesk],
  views: [ordersView, invoicesView],
}

export const start = (config: ServiceConfig) => runService(orderService, config)

if (import.meta.main) await serveMain(start, serviceConfig)
