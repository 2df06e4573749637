/** Both losses rehearsed on real engines while a small story is played: nobody who uses the platform can tell. */
import { beforeAll, describe, expect, it } from 'vitest'
import { stateFor } from './chaos/world.ts'
import { runDrill, tellDrill } from './recover/drill.ts'
import type { RecoveryShowing } from './reliability/showings.ts'

describe('a database set back to a backup, and a log that is gone', () => {
  let report: RecoveryShowing
  const told: string[] = []

  beforeAll(async () => {
    const say = (sentence: string): void => void told.push(sentence)
    report = await runDrill({ seed: 3, trades: 8, say, state: stateFor('recovery') })
  }, 600_000)

  it('are recovered from: nothing acknowledged is lost, nothing paid twice, journals, topics, books and views agree', () => {
    expect(report.differences, [...told, ...tellDrill(report)].join('\n')).toEqual([])
    expect(report.acknowledged).toBeGreaterThan(60)
    expect(report.payouts).toBeGreaterThan(0)
  })

  it('were there: desks refused, entries and records had to be rebuilt', () => {
    expect(report.database.desksRefused).toBeGreaterThan(0)
    expect(report.database.entriesRebuilt).toBeGreaterThan(10)
    expect(report.log.recordsRebuilt).toBeGreaterThan(100)
  })
})
