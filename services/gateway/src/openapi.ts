/** The OpenAPI 3.1 document, made from the same table and schemas that answer the requests. */
import {
  extendZodWithOpenApi,
  OpenApiGeneratorV31,
  OpenAPIRegistry,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import type { Operation, WriteOperation } from './doors/operation.ts'
import { bulkOperations, operations } from './doors/table.ts'
import { lineSchema } from './http/bulk.ts'

extendZodWithOpenApi(z)

type Responses = RouteConfig['responses']

const registry = () => {
  const made = new OpenAPIRegistry()
  made.registerComponent('securitySchemes', 'clientCredentials', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'Access token from POST /oauth2/token (client_credentials with private_key_jwt, ES256), good for five minutes.',
  })
  return made
}

const fieldError = z.object({ pointer: z.string(), code: z.string(), message: z.string() })
const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Stable; what a program decides on.'),
    instance: z.string(),
    requestId: z.string().describe('The trace id.'),
    errors: z.array(fieldError).optional(),
  })
  .openapi('Problem')
const accepted = z
  .object({ id: z.string(), status: z.literal('accepted'), position: z.string(), commandId: z.string() })
  .openapi('Accepted')
const pending = z.object({ id: z.string(), status: z.literal('pending'), commandId: z.string() }).openapi('Pending')
const lineResult = z
  .object({
    line: z.int(),
    status: z.enum(['accepted', 'rejected', 'invalid', 'pending', 'conflict', 'unavailable']),
    code: z.string().optional(),
    detail: z.string().optional(),
    id: z.string().optional(),
    position: z.string().optional(),
    replayed: z.boolean().optional(),
    errors: z.array(fieldError).optional(),
  })
  .openapi('LineResult')
const document = z
  .record(z.string(), z.unknown())
  .openapi('Document', { description: 'As folded by the owning service; amounts are strings of minor units.' })

/** Refusals that pass by themselves: the same request with the same key may be sent again. */
const passing: Readonly<Record<number, string>> = {
  429: 'Too much from this caller. `TooManyRequests`: its budget per minute is used up. `TenantBusy`: it has its share of what is in hand already.',
  503: 'Not now. `Overloaded`: more is on its way than can be answered in time; nothing was written. `Unavailable`: a service does not answer, and nobody knows what became of the request.',
}

const problems = (...statuses: number[]): Responses =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: passing[status] ?? 'Refused',
        content: { 'application/problem+json': { schema: problem } },
        ...(passing[status]
          ? { headers: { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' as const } } } }
          : {}),
      },
    ]),
  )

const key = z
  .string()
  .min(1)
  .max(200)
  .describe('Chosen by the caller before the first attempt; the same for every repeat.')
const position = z.string().optional().describe('A position from an earlier answer; the answer shows at least that.')
const writeHeaders = z.object({ 'Idempotency-Key': key, 'Triflow-Position': position, Prefer: z.string().optional() })

const writeResponses = (operation: WriteOperation): Responses => ({
  [operation.method === 'put' ? 200 : 201]: {
    description: 'Accepted',
    content: { 'application/json': { schema: accepted } },
    headers: {
      'Triflow-Position': { schema: { type: 'string' } },
      'Idempotent-Replayed': { schema: { type: 'string' } },
      Location: { schema: { type: 'string' } },
    },
  },
  202: { description: 'Logged; the outcome is not known yet', content: { 'application/json': { schema: pending } } },
  ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
})

const common = (operation: Operation) => ({
  method: operation.method,
  path: operation.path,
  operationId: operation.action.replaceAll(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase()),
  summary: operation.summary,
  tags: [operation.area],
  security: [{ clientCredentials: [] }],
})

const routeOf = (operation: Operation): RouteConfig => {
  switch (operation.kind) {
    case 'write':
      return {
        ...common(operation),
        request: {
          params: operation.params,
          headers: writeHeaders,
          body: {
            required: true,
            content: { 'application/json': { schema: operation.body, example: operation.example.body } },
          },
        },
        responses: writeResponses(operation),
      }
    case 'read':
      return {
        ...common(operation),
        request: { params: operation.params, headers: z.object({ 'Triflow-Position': position }) },
        responses: {
          200: { description: 'The document', content: { 'application/json': { schema: document } } },
          ...problems(401, 403, 404, 429, 503),
        },
      }
    case 'list':
      return {
        ...common(operation),
        request: { query: operation.query.extend({ limit: z.string().optional(), cursor: z.string().optional() }) },
        responses: {
          200: {
            description: 'A page',
            content: {
              'application/json': { schema: z.object({ items: z.array(document), next: z.string().optional() }) },
            },
          },
          ...problems(400, 401, 403, 429, 503),
        },
      }
  }
}

const bulkRouteOf = (operation: WriteOperation): RouteConfig => ({
  ...common(operation),
  method: 'post',
  path: `/v1/bulk/${operation.bulk}`,
  operationId: `bulk-${operation.bulk}`.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
  summary: `${operation.summary}: one a line`,
  tags: ['Bulk'],
  request: {
    headers: writeHeaders,
    body: { required: true, content: { 'application/x-ndjson': { schema: lineSchema(operation) } } },
  },
  responses: {
    200: { description: 'One result a line, in order', content: { 'application/x-ndjson': { schema: lineResult } } },
    ...problems(400, 401, 403, 413, 415, 429, 503),
  },
})

export const openApiDocument = (issuer: string) => {
  const made = registry()
  for (const operation of operations) made.registerPath(routeOf(operation))
  for (const operation of bulkOperations) made.registerPath(bulkRouteOf(operation))
  made.registerPath({
    method: 'post',
    path: '/oauth2/token',
    operationId: 'issueToken',
    summary: 'An access token for a client assertion',
    tags: ['Access'],
    security: [],
    request: {
      body: {
        required: true,
        content: {
          'application/x-www-form-urlencoded': {
            schema: z.object({
              grant_type: z.literal('client_credentials'),
              client_assertion_type: z.literal('urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
              client_assertion: z
                .string()
                .describe(
                  `ES256 JWT: iss = sub = party id, aud = ${issuer}, exp at most 60 s ahead, iat, a fresh jti.`,
                ),
            }),
          },
        },
      },
    },
    responses: {
      200: {
        description: 'A token',
        content: {
          'application/json': {
            schema: z.object({ access_token: z.string(), token_type: z.literal('Bearer'), expires_in: z.int() }),
          },
        },
      },
      400: { description: 'RFC 6749 error' },
      401: { description: 'The assertion is not good' },
      429: { description: 'Too many token requests from this address' },
      503: { description: 'temporarily_unavailable: come back after Retry-After' },
    },
  })
  return new OpenApiGeneratorV31(made.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Triflow',
      version: '1',
      description: 'Supply-chain finance on three flows: orders, goods and money agree, and a receivable is financed.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: issuer }],
  })
}
