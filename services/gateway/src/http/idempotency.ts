/** The identity of a wish: route, Idempotency-Key, and a hash of what was asked, so that a repeat is told from a misuse. */
import { createHash } from 'node:crypto'
import type { Request } from 'express'
import { refuse } from './problems.ts'

/** A line number may follow the key, so there is room left below the doors' limit. */
const form = /^[\x21-\x7e]{1,200}$/

export const isIdempotencyKey = (text: string): boolean => form.test(text)

export const idempotencyKeyOf = (request: Request): string => {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string' || key === '')
    return refuse(400, 'IdempotencyKeyMissing', 'A request that changes something needs an Idempotency-Key header.')
  if (!isIdempotencyKey(key))
    return refuse(400, 'IdempotencyKeyInvalid', 'An Idempotency-Key is 1 to 200 visible ASCII characters.')
  return key
}

/** One form for equal documents, whatever the order of their fields (numbers are integers, so JSON writes them in one way). */
export const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`
}

/** Path values belong to what was asked: the same key for another order is a misuse (invariant I9). */
export const bodyHash = (params: unknown, body: unknown): Buffer =>
  createHash('sha256').update(canonical({ body, params })).digest()
