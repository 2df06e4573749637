/** Fields of a view's document as numbers, amounts and texts; a missing amount is an error, never a zero. */
import type { Document } from '../client/caller.ts'

const missing = (document: Document, field: string): never => {
  throw new Error(`the document has no ${field}: ${JSON.stringify(document).slice(0, 400)}`)
}

export const textIn = (document: Document, field: string): string => {
  const value = document[field]
  return typeof value === 'string' ? value : missing(document, field)
}

/** Minor units, written as digits. */
export const amountIn = (document: Document, field: string): bigint => {
  const value = document[field]
  return typeof value === 'string' && /^-?[0-9]+$/.test(value) ? BigInt(value) : missing(document, field)
}

export const numberIn = (document: Document, field: string): number => {
  const value = document[field]
  return typeof value === 'number'
    ? value
    : typeof value === 'string' && /^-?[0-9]+$/.test(value)
      ? Number(value)
      : missing(document, field)
}

export const listIn = (document: Document, field: string): Document[] => {
  const value = document[field]
  return Array.isArray(value) ? (value as Document[]) : missing(document, field)
}
