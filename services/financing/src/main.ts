/** Wires the financing service: the trade and obligor desks and what people read of them. */
import { runService, serveMain, serviceConfig, type ServiceConfig, type ServiceDefinition } from '@triflow/platform'
import { claimsView } from './views/claims.ts'
import { decisionsView } from './views/decisions.ts'
import { positionsView } from './views/positions.ts'
import { receiptsView } from './views/receipts.ts'
import { tradesView } from './views/trades.ts'
import { obligorDesk, tradeDesk } from './wire.ts'

export const financingService: ServiceDefinition = {
  name: 'financing',
  desks: [tradeDesk, obligorDesk],
  views: [tradesView, claimsView, decisionsView, receiptsView, positionsView],
}

export const start = (config: ServiceConfig) => runService(financingService, config)

if (import.meta.main) await serveMain(start, serviceConfig)
