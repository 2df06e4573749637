/** What the payment service reads from its environment: what every service does, and where the bank is. */
import {
  loadConfig,
  serviceVariables,
  variable,
  type ConfigOf,
  type Environment,
  type Variables,
} from '@triflow/platform'
import { z } from 'zod'

export const paymentVariables = {
  ...serviceVariables,
  bankAddress: variable(
    'TRIFLOW_SANDBOX_BANK_GRPC',
    'host:port of the bank that executes payouts',
    z.string().regex(/^[^\s:]+:[0-9]{1,5}$/),
  ),
} as const satisfies Variables

export type PaymentConfig = ConfigOf<typeof paymentVariables>

export const paymentConfig = (env: Environment): PaymentConfig => loadConfig(paymentVariables, env)
