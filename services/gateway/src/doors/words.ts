/** The words of the public API's documents: ids, numbers, dates, amounts, texts. One schema each, used by every door. */
import { currencies, normaliseNumber, parseDate } from '@triflow/kernel'
import { z } from 'zod'

export const partyId = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'lower-case letters, digits and dashes, at most 64')
  .describe('Id of a party, chosen at its registration.')

/** Programmes are named like parties, so that they read well in a URL. */
export const programmeId = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'lower-case letters, digits and dashes, at most 64')
  .describe('Id of a programme, chosen when it is opened.')

/** As people type it; case, spaces and full-width digits do not make another number, so something else must remain. */
export const documentNumber = z
  .string()
  .min(1)
  .max(64)
  .refine((typed) => /[\p{L}\p{N}]/u.test(normaliseNumber(typed)), 'needs at least one letter or digit')
  .describe('Number of a document as typed; spelling variants of one number are the same number.')

export const localDate = z
  .string()
  .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'YYYY-MM-DD')
  .refine((text) => parseDate(text) !== undefined, 'no such day')
  .meta({ format: 'date' })

export const currency = z
  .enum(currencies as [string, ...string[]])
  .describe('ISO 4217; amounts are in its minor units.')

const digits = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,14})$/, 'digits of minor units, at most 15, no sign, no leading zero')

/** Zero or more minor units. */
export const amountOrZeroMinor = digits.describe('Whole minor units as a string of at most 15 digits.')

/** At least one minor unit. */
export const amountMinor = digits
  .refine((text) => text !== '0', 'must be above zero')
  .describe('Whole minor units as a string of at most 15 digits, above zero.')

export const quantity = z.int().min(1).max(999_999_999).describe('Whole units of measure.')
export const lineNumber = z.int().min(1).max(10_000)
/** None is a number too: a receipt may say that nothing of a line arrived. */
export const quantityOrNone = z.int().min(0).max(999_999_999).describe('Whole units of measure; 0 for none.')
export const days = z.int().min(0).max(365)
export const basisPoints = z.int().min(0).max(10_000)
export const version = z.int().min(1).max(1_000_000)

/** Text for people: something visible, no more than `max` characters. Forbidden characters are refused before any schema. */
export const text = (max: number) => z.string().max(max).regex(/\S/, 'must not be blank')

export const sku = text(64).describe('Article as the buyer names it.')
export const reason = text(500)
/** The person at the caller who answers for it; recorded behind the caller's party id. */
export const person = text(100).describe('Name of the person at the caller who answers for this.')

export const minor = (digitsOfIt: string): bigint => BigInt(digitsOfIt)

/** Who answers for it: the party that authenticated, and the person it names. */
export const personOf = (party: string, name: string): string => `${party}/${name}`

/** A rule across fields; its code reaches the caller in errors[].code. */
export const breach = (code: string, message: string, path: string[]) => ({ message, path, params: { code } })
