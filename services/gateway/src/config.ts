/** What the gateway is told by its environment; every problem is reported at once. */
import {
  loadConfig,
  orElse,
  port,
  serviceVariables,
  variable,
  wholeNumber,
  type ConfigOf,
  type Environment,
} from '@triflow/platform'
import { z } from 'zod'

const address = (service: string) =>
  variable(
    `TRIFLOW_${service.toUpperCase()}_GRPC`,
    `host:port of the ${service} service’s gRPC door`,
    z.string().regex(/^[^\s:]+:[0-9]{1,5}$/),
  )

const places = (kind: string, what: string, otherwise: number) =>
  variable(
    `TRIFLOW_${kind}_PLACES`,
    `${what} in hand at once, 1 to 10000; ${otherwise} when left out`,
    orElse(wholeNumber(1, 10_000), otherwise),
  )

const { adminPort, host, mongoUrl, logLevel } = serviceVariables

export const gatewayVariables = {
  adminPort,
  host,
  mongoUrl,
  logLevel,
  httpPort: variable('TRIFLOW_HTTP_PORT', 'a port from 0 (any free one) to 65535', port()),
  keysDir: variable(
    'TRIFLOW_KEYS_DIR',
    'the folder of issuer.jwk, operator.public.jwk and webhooks.key',
    z.string().min(1).max(1_000),
  ),
  issuer: variable(
    'TRIFLOW_ISSUER',
    'the public https or http origin of the gateway; its own address when left out',
    z
      .string()
      .regex(/^https?:\/\/[^/\s]+$/)
      .optional(),
  ),
  party: address('party'),
  order: address('order'),
  logistics: address('logistics'),
  financing: address('financing'),
  payment: address('payment'),
  webhook: address('webhook'),
  answerWithinMs: variable(
    'TRIFLOW_ANSWER_WITHIN_MS',
    'milliseconds to wait for an outcome before 202, 100 to 30000; 5000 when left out',
    orElse(wholeNumber(100, 30_000), 5_000),
  ),
  requestsPerMinute: variable(
    'TRIFLOW_REQUESTS_PER_MINUTE',
    'requests that one client may send in a minute; 120000 when left out',
    orElse(wholeNumber(1, 10_000_000), 120_000),
  ),
  tokensPerMinute: variable(
    'TRIFLOW_TOKENS_PER_MINUTE',
    'token requests that one address may send in a minute; 1200 when left out',
    orElse(wholeNumber(1, 1_000_000), 1_200),
  ),
  writePlaces: places('WRITE', 'single writes', 256),
  readPlaces: places('READ', 'reads', 256),
  tokenPlaces: places('TOKEN', 'token requests', 64),
  uploadPlaces: places('UPLOAD', 'bulk uploads', 32),
  uploadLines: variable(
    'TRIFLOW_UPLOAD_LINES',
    'lines of uploads on their way at once, 1 to 100000; 2000 when left out',
    orElse(wholeNumber(1, 100_000), 2_000),
  ),
  placeWaitMs: variable(
    'TRIFLOW_PLACE_WAIT_MS',
    'milliseconds that a request may wait for a place, 0 to 10000; 1000 when left out',
    orElse(wholeNumber(0, 10_000), 1_000),
  ),
} as const

export type GatewayConfig = ConfigOf<typeof gatewayVariables>

export const gatewayConfig = (env: Environment): GatewayConfig => loadConfig(gatewayVariables, env)
