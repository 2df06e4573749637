/** Problem details (RFC 9457): every "no" of the gateway, in one shape, never with a stack. */
import type { Response } from 'express'
import type { z } from 'zod'

export interface FieldError {
  /** JSON pointer into the body; a path or query value is pointed at by its name. */
  readonly pointer: string
  readonly code: string
  readonly message: string
}

export interface Refusal {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errors?: readonly FieldError[]
  readonly headers?: Readonly<Record<string, string>>
  /** What it is counted under in triflow_rejected_total. */
  readonly kind?: string
}

/** Ends a request with a problem. Thrown inside the HTTP edge only; services answer with values. */
export class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.name = 'Refused'
    this.refusal = refusal
  }
}

export const refuse = (status: number, code: string, detail: string, rest: Partial<Refusal> = {}): never => {
  throw new Refused({ status, code, detail, ...rest })
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'No acceptable form of answer',
  408: 'The request did not arrive in time',
  409: 'Refused in the present state',
  413: 'Too large',
  415: 'Unsupported kind of content',
  422: 'The content is not acceptable',
  429: 'Too many requests',
  431: 'Header fields too large',
  500: 'Something broke',
  503: 'Not available at the moment',
}

export const titleOf = (status: number): string => titles[status] ?? 'Refused'

export const problemBody = (refusal: Refusal, instance: string, requestId: string) => ({
  type: `urn:triflow:problem:${refusal.code}`,
  title: titleOf(refusal.status),
  status: refusal.status,
  detail: refusal.detail,
  code: refusal.code,
  instance,
  requestId,
  ...(refusal.errors ? { errors: refusal.errors } : {}),
})

export const sendProblem = (response: Response, refusal: Refusal, instance: string, requestId: string): void => {
  for (const [name, value] of Object.entries(refusal.headers ?? {})) response.setHeader(name, value)
  response
    .status(refusal.status)
    .setHeader('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(refusal, instance, requestId)))
}

const escape = (part: PropertyKey): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1')
export const pointerOf = (path: readonly PropertyKey[]): string => path.map((part) => `/${escape(part)}`).join('')

const codes: Readonly<Record<string, string>> = {
  invalid_type: 'WrongType',
  too_big: 'TooLarge',
  too_small: 'TooSmall',
  invalid_format: 'WrongFormat',
  invalid_value: 'NotListed',
  invalid_union: 'NotListed',
}

const codeOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'custom') return (issue.params?.['code'] as string | undefined) ?? 'NotAcceptable'
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'Missing'
  return codes[issue.code] ?? 'NotAcceptable'
}

/** What a schema found wrong, field by field. */
export const fieldErrors = (error: z.ZodError): FieldError[] =>
  error.issues.slice(0, 50).flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          pointer: pointerOf([...issue.path, key]),
          code: 'UnknownField',
          message: 'no such field',
        }))
      : [{ pointer: pointerOf(issue.path), code: codeOf(issue), message: issue.message }],
  )
