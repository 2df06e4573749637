/** Wires the payment service: its desks, views and the connector to the bank. */
import type { ConnectorDefinition } from '@triflow/desk'
import { runService, serveMain, type ServiceDefinition } from '@triflow/platform'
import { paymentConfig, type PaymentConfig } from './config.ts'
import { bankConnector } from './connectors/bank.ts'
import { accountsView } from './views/accounts.ts'
import { booksView } from './views/books.ts'
import { disbursementsView } from './views/disbursements.ts'
import { ledgerEntriesView } from './views/ledger-entries.ts'
import { statementLinesView } from './views/statement-lines.ts'
import { accountDesk, ledgerDesk } from './wire.ts'

export const paymentService = (bank: ConnectorDefinition): ServiceDefinition => ({
  name: 'payment',
  desks: [accountDesk, ledgerDesk],
  views: [accountsView, disbursementsView, statementLinesView, booksView, ledgerEntriesView],
  connectors: [bank],
})

export const start = (config: PaymentConfig) => runService(paymentService(bankConnector(config)), config)

if (import.meta.main) await serveMain(start, paymentConfig)
