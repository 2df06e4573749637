/** The whole platform loses its database or its log in the middle of a story, is recovered, and keeps every promise. */
import { describe, expect, it } from 'vitest'
import { planDisaster, type Disaster, type Recovery } from '../src/faults/disaster.ts'
import { runSeed } from '../src/run.ts'

/** TRIFLOW_SEEDS=200 looks longer. */
const seeds = Number(process.env['TRIFLOW_SEEDS'] ?? 7)
const trades = 8
const long = { timeout: 3_600_000 }

/** What can write half of what an entry says: its recovery is refused, and so such a story cannot go on. */
const halves = ['log.unsent', 'call.error', 'call.unknown-done', 'call.unknown-late', 'diskFull']

const through = async (
  seed: number,
  kind: Disaster['kind'],
  without: readonly string[],
): Promise<readonly [Recovery, readonly unknown[]]> => {
  let recovery: Recovery | undefined
  const { findings } = await runSeed({
    seed,
    trades,
    without,
    readersGoBack: kind === 'log lost',
    spoil: (town) => {
      const [backupAfterMs, lossAfterMs] = [200 + 97 * (seed % 31), 3_000 + 1_301 * (seed % 17)]
      recovery = planDisaster(town, { kind, backupAfterMs, lossAfterMs })
    },
  })
  return [recovery!, findings.wrong]
}

describe('a story goes on', () => {
  it('after the database was restored from a backup', long, async () => {
    let entries = 0
    for (let seed = 1; seed <= seeds; seed++) {
      const [recovery, wrong] = await through(seed, 'database restored', halves)
      expect(wrong, `seed ${seed}`).toEqual([])
      expect(recovery, `seed ${seed}`).toMatchObject({ done: true, strays: 0 })
      entries += recovery.entries
    }
    expect(entries).toBeGreaterThan(0)
  })

  it('after the log was lost, whatever else goes wrong', long, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const [recovery, wrong] = await through(seed, 'log lost', [])
      expect(wrong, `seed ${seed}`).toEqual([])
      expect(recovery.done).toBe(true)
      expect(recovery.records).toBeGreaterThan(0)
    }
  })
})
