/** Totals are compared field by field, and survive being written down. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DemoTotals } from '../demo/summary.ts'
import { differencesOf, keptTotals } from './totals.ts'

const totals = {
  orders: 30,
  trades: [{ code: 'matched', count: 30 }],
  advancedMinor: 9_007_199_254_740_993n,
  peakOn: '2026-03-19',
} as unknown as DemoTotals

describe('totals of a story', () => {
  it('do not differ from themselves, and name each field in which they differ from others, to the cent', () => {
    expect(differencesOf(totals, { ...totals })).toEqual([])
    const other = { ...totals, orders: 29, advancedMinor: 9_007_199_254_740_992n }
    expect(differencesOf(totals, other)).toEqual([
      'orders is 29, undisturbed 30',
      'advancedMinor is "9007199254740992", undisturbed "9007199254740993"',
    ])
  })

  it('are kept for the code that made them, and for no other', () => {
    const kept = keptTotals(mkdtempSync(join(tmpdir(), 'totals-')), 1, 30)
    const env = { TRIFLOW_CODE_VERSION: 'a' }
    expect(kept.read(env)).toBeUndefined()
    kept.keep(env, totals)
    expect(kept.read(env)).toEqual(totals)
    expect(kept.read({ TRIFLOW_CODE_VERSION: 'b' })).toBeUndefined()
  })
})
