/** The platform's no (problem+json) as an error that people can read, and as a value where a no is expected. */

export interface FieldProblem {
  readonly pointer: string
  readonly code: string
  readonly message: string
}

/** A no of the gateway or of a desk behind it. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly requestId: string
  constructor(
    what: string,
    status: number,
    code: string,
    detail: string,
    requestId = '',
    errors: readonly FieldProblem[] = [],
  ) {
    const fields = errors
      .map(({ pointer, code: field, message }) => `${pointer || '/'}: ${field}, ${message}`)
      .join('; ')
    super(`${what}: ${status} ${code}. ${detail}${fields ? ` (${fields})` : ''}${requestId ? ` [${requestId}]` : ''}`)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.detail = detail
    this.requestId = requestId
  }
}

/** The gateway could not be asked for as long as the caller was willing to try. */
export class Unreachable extends Error {
  constructor(what: string, tries: number, cause: unknown) {
    const last = cause instanceof Error ? cause.message : String(cause)
    super(`${what}: no answer after ${tries} tries; last: ${last}`, { cause })
    this.name = 'Unreachable'
  }
}

/** Reads a problem document; whatever else came back is shown shortened. */
export const refusalOf = (what: string, status: number, body: string): Refusal => {
  try {
    const { code, error, detail, error_description, requestId, errors } = JSON.parse(body) as Record<string, unknown>
    return new Refusal(
      what,
      status,
      String(code ?? error ?? 'unknown'),
      String(detail ?? error_description ?? ''),
      typeof requestId === 'string' ? requestId : '',
      Array.isArray(errors) ? (errors as FieldProblem[]) : [],
    )
  } catch {
    return new Refusal(what, status, 'unknown', body.slice(0, 200))
  }
}
