/** The comparison's rows: right when the platform shows what is known, red where one amount of the data was changed. */
import { describe, expect, it } from 'vitest'
import { wwiFolder } from './data-folder.ts'
import { readExport } from './export.ts'
import type { Found } from './found.ts'
import { historyOf } from './history.ts'
import { knownTruth } from './known-truth.ts'
import { recompute, type Recomputed } from './recompute.ts'
import { truthRows } from './truth-rows.ts'

const folder = wwiFolder()

/** A platform that shows exactly these figures. */
const showing = (figures: Recomputed, more: Partial<Found> = {}): Found => ({
  ...figures,
  position: {},
  ledger: {},
  waitingFor: new Map(figures.waitingOrders.map((number) => [number, ['invoice', 'goods-receipt']])),
  refusedByReason: [],
  waitedByReason: [],
  repeatsRefused: 0,
  trialBalanceMinor: 0n,
  limitMinor: 12_000_000_00n,
  unfinancedCount: 0,
  unfinancedSaying: 0,
  ...more,
})

const red = (known: Recomputed, found: Found, isUsualLimit = true) =>
  truthRows(known, found, isUsualLimit)
    .filter(({ ok }) => !ok)
    .map(({ truth }) => truth)

describe('rows', () => {
  it('are right when everything is found as known', () => {
    expect(red(knownTruth, showing(knownTruth))).toEqual([])
    expect(truthRows(knownTruth, showing(knownTruth), true)).toHaveLength(28)
  })

  it('are red for one cent, one day, one refused repeat, or an order that does not say what it waits for', () => {
    expect(red(knownTruth, showing({ ...knownTruth, advancedMinor: knownTruth.advancedMinor - 1n }))).toEqual([
      'advanced',
    ])
    expect(red(knownTruth, showing({ ...knownTruth, peakOn: '2016-05-29' }))).toEqual(['… reached on'])
    expect(red(knownTruth, showing(knownTruth, { repeatsRefused: 1 }))).toEqual(['… refused'])
    expect(red(knownTruth, showing(knownTruth, { waitingFor: new Map() }))).toEqual([
      'orders that wait, and say for what',
    ])
    expect(red(knownTruth, showing(knownTruth, { trialBalanceMinor: 1n }))).toEqual(['trial balance (ledger)'])
  })

  it('ask under another limit that exposure kept to it and that whatever was left out says why', () => {
    const limitMinor = 5_000_000_00n
    const within = { limitMinor, unfinancedCount: 3, unfinancedSaying: 3 }
    expect(red(knownTruth, showing({ ...knownTruth, peakExposureMinor: limitMinor }, within), false)).toEqual([])
    expect(red(knownTruth, showing(knownTruth, { ...within, unfinancedSaying: 2 }), false)).toEqual([
      'exposure never above the limit',
      'claims not financed that say why',
    ])
  })

  it.skipIf(!folder)('are red where one amount of a copy of the data was changed', () => {
    const exported = readExport(folder!)
    const invoices = exported.invoices.map((one, index) =>
      index === 100 ? { ...one, taxMinor: one.taxMinor + 1n, grossMinor: one.grossMinor + 1n } : one,
    )
    const changed = recompute(historyOf({ ...exported, invoices }))
    expect(red(knownTruth, showing(changed))).toEqual(expect.arrayContaining(['invoiced tax', 'invoiced in all']))
    expect(red(knownTruth, showing(changed))).not.toContain('invoiced net')
  })
})
