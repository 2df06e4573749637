/** The table of statuses keeps up with what the desks say. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listedCodes, statusOfRejection } from './statuses.ts'

const services = join(import.meta.dirname, '../../..')

/** Every quoted word in the rules of all desks. */
const said = (): ReadonlySet<string> => {
  const words = new Set<string>()
  for (const file of readdirSync(services, { recursive: true, encoding: 'utf8' })) {
    if (!/^[a-z-]+\/src\/desks\/.*\.ts$/.test(file) || file.endsWith('.test.ts')) continue
    for (const [, word] of readFileSync(join(services, file), 'utf8').matchAll(/'([A-Z][A-Za-z]+)'/g)) words.add(word!)
  }
  return words
}

describe('statuses of rejections', () => {
  it('are kept only for codes that some desk says', () => {
    const words = said()
    expect(listedCodes().filter((code) => !words.has(code))).toEqual([])
  })

  it('name each code once', () => {
    expect(new Set(listedCodes()).size).toBe(listedCodes().length)
  })

  it.each([
    ['InvoiceDoesNotAdd', 422],
    ['OrderUnknown', 404],
    ['VerifierIsParty', 403],
    ['LimitExceeded', 409],
    ['StaleOrderVersion', 409],
  ])('%s is %i', (code, status) => expect(statusOfRejection(code)).toBe(status))
})
