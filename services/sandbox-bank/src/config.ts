/** What the sandbox bank reads from its environment. */
import {
  loadConfig,
  orElse,
  serviceVariables,
  variable,
  wholeNumber,
  type ConfigOf,
  type Environment,
  type Variables,
} from '@triflow/platform'
import { z } from 'zod'

const { mongoUrl, adminPort, grpcPort, host, logLevel } = serviceVariables

const partyId = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/

export const bankVariables = {
  mongoUrl,
  adminPort,
  grpcPort,
  host,
  logLevel,
  gatewayUrl: variable(
    'TRIFLOW_GATEWAY_URL',
    'the http(s) address of the gateway that statement lines are posted to',
    z
      .string()
      .regex(/^https?:\/\/[^\s/]+\/?$/)
      .transform((url) => url.replace(/\/$/, '')),
  ),
  keysDir: variable(
    'TRIFLOW_KEYS_DIR',
    'the folder that holds the private keys of clients, one ID.jwk each',
    z.string().min(1).max(2_000),
  ),
  actors: variable(
    'TRIFLOW_BANK_ACTOR',
    'party ids of the funders whose statement this bank keeps, separated by commas',
    z
      .string()
      .transform((list) => list.split(',').map((one) => one.trim()))
      .refine((ids) => ids.every((id) => partyId.test(id))),
  ),
  silentPerMille: variable(
    'TRIFLOW_BANK_SILENT_PER_MILLE',
    'of a thousand disbursements, those executed without an answer in time; 0 when left out',
    orElse(wholeNumber(0, 1_000), 0),
  ),
  refusePerMille: variable(
    'TRIFLOW_BANK_REFUSE_PER_MILLE',
    'of a thousand disbursements, those refused; 0 when left out',
    orElse(wholeNumber(0, 1_000), 0),
  ),
  latencyMs: variable(
    'TRIFLOW_BANK_LATENCY_MS',
    'milliseconds before each answer; 0 when left out',
    orElse(wholeNumber(0, 60_000), 0),
  ),
} as const satisfies Variables

export type BankConfig = ConfigOf<typeof bankVariables>

export const bankConfig = (env: Environment): BankConfig => loadConfig(bankVariables, env)
