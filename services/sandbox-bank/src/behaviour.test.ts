import { describe, expect, it } from 'vitest'
import { bankReferenceOf, behaviourFor } from './behaviour.ts'

const ids = Array.from({ length: 5_000 }, (_, at) => `acme/INV-${at}/2026-01-05`)
const share = (temper: { silentPerMille: number; refusePerMille: number }, behaviour: string) =>
  ids.filter((id) => behaviourFor(id, temper) === behaviour).length / ids.length

describe('the bank’s behaviour', () => {
  it('is prompt unless told otherwise', () => expect(share({ silentPerMille: 0, refusePerMille: 0 }, 'prompt')).toBe(1))

  it('is silent and refusing in about the asked shares, and always so for the same id', () => {
    const temper = { silentPerMille: 100, refusePerMille: 50 }
    expect(share(temper, 'silent')).toBeCloseTo(0.095, 1)
    expect(share(temper, 'refusing')).toBeCloseTo(0.05, 1)
    expect(ids.map((id) => behaviourFor(id, temper))).toEqual(ids.map((id) => behaviourFor(id, temper)))
  })

  it('names each instruction by a reference of its own', () => {
    expect(new Set(ids.map(bankReferenceOf)).size).toBe(ids.length)
    expect(bankReferenceOf('a')).toMatch(/^SB[0-9A-F]{14}$/)
  })
})
