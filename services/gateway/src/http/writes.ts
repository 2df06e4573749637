/** One wish: checked, authorised, handed to the service that owns it, and its outcome told in HTTP's words. */
import { commands, encodeMessage, fullNameOf, type doorWire } from '@triflow/contracts'
import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { Command, Made, WriteOperation } from '../doors/operation.ts'
import { ownershipOf, settleParties, type Ownership } from '../doors/ownership.ts'
import type { Service } from '../doors/service-doors.ts'
import { policy, type Actor, type Resource } from './authorise.ts'
import { overloaded } from './admission.ts'
import { hasBody, readBody, requireContentType } from './body.ts'
import {
  atLeastOf,
  authenticate,
  requireAcceptable,
  requireRole,
  waitOf,
  type Gateway,
  type Handler,
} from './exchange.ts'
import { bodyHash, idempotencyKeyOf } from './idempotency.ts'
import { decodeText, parseObject, textErrors } from './json.ts'
import { fieldErrors, refuse, type FieldError } from './problems.ts'
import { statusOfRejection } from './statuses.ts'

/** A wish that has passed the gateway's own checks. */
export interface Wish {
  readonly service: Service
  readonly request: doorWire.SubmitRequest
  readonly made: Made
  /** To be called when it was accepted. */
  readonly settle: () => void
}

export const invalid = (errors: readonly FieldError[]): never =>
  refuse(422, 'Invalid', 'Some fields are not acceptable; see errors.', { errors })

const checked = (schema: z.ZodType, value: unknown): unknown => {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : invalid(fieldErrors(parsed.error))
}

/** Path and body values against their schemas, or 422. */
export const valuesOf = (operation: WriteOperation, params: unknown, body: unknown): never => {
  const errors = [...textErrors(params), ...textErrors(body)]
  if (errors.length) return invalid(errors)
  return { params: checked(operation.params, params), body: checked(operation.body, body) } as never
}

const authorised = async (
  operation: WriteOperation,
  values: never,
  actor: Actor,
  ownership: Ownership,
): Promise<Resource> => {
  const resource = await operation.resource(values, actor, ownership)
  const verdict = policy(actor, operation.action, resource ?? {})
  if (resource && verdict.may) return resource
  if (!verdict.may && verdict.why === 'wrong-role')
    return refuse(403, 'RoleMissing', `None of the caller's roles may do this (${operation.action}).`)
  // What exists but is another's must not be told from what does not exist.
  return operation.creates && resource
    ? refuse(403, 'NotYourParty', 'The caller may do this for its own party only.')
    : refuse(404, 'NotFound', 'There is no such thing, or it is not yours.')
}

/** The command's identity is the door's route, also for a line of a bulk upload: the same wish by either way is one. */
export const routeNameOf = (operation: WriteOperation): string => `${operation.method.toUpperCase()} ${operation.path}`

export const wishOf = async (
  operation: WriteOperation,
  raw: { readonly params: unknown; readonly body: unknown },
  actor: Actor,
  ownership: Ownership,
  gateway: Gateway,
  identity: { readonly idempotencyKey: string; readonly deadlineMs: number },
): Promise<Wish> => {
  const values = valuesOf(operation, raw.params, raw.body)
  const resource = await authorised(operation, values, actor, ownership)
  const command: Command = operation.command(values, actor, resource)
  const { desk, keyOf } = commands[command.type]
  const made = operation.made(command as never, values)
  return {
    service: desk.slice(0, desk.indexOf('.')) as Service,
    made,
    settle: () => {
      if (operation.settles) settleParties(gateway.memory, operation.settles, made.id, resource)
    },
    request: {
      actor: actor.partyId,
      route: routeNameOf(operation),
      idempotencyKey: identity.idempotencyKey,
      bodyHash: bodyHash(raw.params, raw.body),
      desk,
      key: keyOf(command as never),
      type: fullNameOf(command.type),
      command: Buffer.from(encodeMessage(command)),
      traceparent: gateway.tracing.current(),
      deadlineMs: identity.deadlineMs,
    },
  }
}

const answer = (response: Response, operation: WriteOperation, wish: Wish, outcome: doorWire.SubmitAnswer): void => {
  const { id, location } = wish.made
  if (outcome.replayed) response.setHeader('idempotent-replayed', 'true')
  if (outcome.position) response.setHeader('triflow-position', outcome.position)
  switch (outcome.status) {
    case 'accepted':
      wish.settle()
      if (location) response.setHeader('location', location)
      response
        .status(operation.method === 'put' ? 200 : 201)
        .json({ id, status: 'accepted', position: outcome.position, commandId: outcome.commandId })
      return
    case 'pending':
      // The outcome is not known yet; the same request again, with its key, joins the wait.
      response
        .status(202)
        .setHeader('retry-after', '1')
        .setHeader('location', location ?? response.req.path)
        .json({ id, status: 'pending', commandId: outcome.commandId })
      return
    case 'rejected':
      return refuse(statusOfRejection(outcome.code), outcome.code, outcome.detail, { kind: 'desk' })
    case 'conflict':
      return refuse(422, 'IdempotencyKeyReused', 'This Idempotency-Key was used for another request.')
    default:
      // The door has not written anything: it has more in hand than its desks judge in time.
      if (outcome.code === 'Busy') return overloaded()
      return refuse(
        503,
        'Unavailable',
        'The service cannot take this at the moment; send it again with the same key.',
        {
          headers: { 'retry-after': '2' },
        },
      )
  }
}

/** A body that has no fields may be left out; any other must be there. */
const bodyOf = async (
  request: Request,
  operation: WriteOperation,
  gateway: Gateway,
): Promise<Record<string, unknown>> => {
  if (!hasBody(request) && Object.keys(operation.body.shape).length === 0) return {}
  requireContentType(request, 'application/json')
  const { bodyMaxBytes: maxBytes, bodyTimeoutMs: timeoutMs } = gateway.limits
  return parseObject(decodeText(await readBody(request, { maxBytes, timeoutMs })))
}

export const writeHandler =
  (operation: WriteOperation): Handler =>
  async (request, response, gateway) => {
    requireAcceptable(request, 'application/json')
    const actor = await authenticate(request, gateway.tokens)
    requireRole(actor, operation.action)
    const atLeast = atLeastOf(request)
    const idempotencyKey = idempotencyKeyOf(request)
    const body = await bodyOf(request, operation, gateway)
    const deadlineMs = waitOf(request, gateway.limits.answerWithinMs)
    const ownership = ownershipOf(gateway.doors, gateway.memory, atLeast)
    const wish = await wishOf(operation, { params: { ...request.params }, body }, actor, ownership, gateway, {
      idempotencyKey,
      deadlineMs,
    })
    answer(response, operation, wish, await gateway.doors.submit(wish.service, wish.request))
  }
