/** The whole platform in one process: from the same seed the same story to the step, and every invariant holds at its end. */
import { describe, expect, it } from 'vitest'
import { replayCommand, simulate } from '../src/command.ts'
import { faultsOf } from '../src/faults/mixture.ts'
import { runSeed, type RunOptions } from '../src/run.ts'
import { shrink } from '../src/shrink.ts'

/** A test run has time for few; TRIFLOW_SEEDS=1000 looks longer. */
const seeds = Number(process.env['TRIFLOW_SEEDS'] ?? 5)
const trades = 10

const long = { timeout: 3_600_000 }

describe('the platform in one process', () => {
  it('tells the same story to the step when it is told again from its seed', long, async () => {
    const hashes = []
    for (const seed of [3, 3, 4]) hashes.push((await runSeed({ seed, trades: 6 })).hash)
    expect(hashes[1]).toBe(hashes[0])
    expect(hashes[2]).not.toBe(hashes[0])
  })

  it('keeps every promise when nothing goes wrong', long, async () => {
    const { findings, town } = await runSeed({ seed: 1, trades, calm: true })
    expect(findings.wrong).toEqual([])
    expect(town.struck.size).toBe(0)
    // What is not looked at cannot be wrong.
    for (const invariant of ['I1', 'I2', 'I5', 'I6', 'I7', 'I11', 'I13', 'I16', 'I17'])
      expect(findings.checked.get(invariant), invariant).toBeGreaterThan(0)
  })

  it('keeps every promise through crashes, lost answers, rebalances, strangers and a silent bank', long, async () => {
    for (let seed = 1; seed <= seeds; seed++)
      expect((await runSeed({ seed, trades })).findings.wrong, replayCommand(seed, trades)).toEqual([])
  })
})

describe('seeds that nobody has seen', () => {
  /** As long as the test run can spare; TRIFLOW_FRESH_SECONDS=3600 looks longer. */
  const seconds = Number(process.env['TRIFLOW_FRESH_SECONDS'] ?? 30)

  it('keep every promise, too', long, async () => {
    const first = 1_000_000 + Math.floor(Math.random() * 1e9)
    const until = performance.now() + seconds * 1_000
    let seed = first
    for (; seed === first || performance.now() < until; seed++) {
      const size = seed % 8 === 0 ? 60 : 15
      expect((await runSeed({ seed, trades: size })).findings.wrong, replayCommand(seed, size)).toEqual([])
    }
    console.log(`${seed - first} fresh seeds from ${first} on`)
  })
})

describe('what a run checks', () => {
  /** A world without a safeguard must be found out, or the checks prove nothing; `defects` does so for the code itself. */
  const withoutOrders: RunOptions['spoil'] = ({ engines }) => {
    const orders = new Map<string, never>()
    orders.set = () => orders
    engines.database.views.set('order/orders', orders)
  }

  it('finds out a view that loses its documents', long, async () => {
    const { findings } = await runSeed({ seed: 1, trades: 4, spoil: withoutOrders })
    const found = new Set(findings.wrong.map(({ invariant }) => invariant))
    expect([...found].sort()).toEqual(['I13', 'I7'])
  })

  it('tells how to repeat what it found', long, async () => {
    const said: string[] = []
    const say = (sentence: string) => void said.push(sentence)
    await simulate({ seed: 1, seeds: 3, trades: 4, spoil: withoutOrders, say })
    expect(said).toContain('Repeat it with: ./triflow simulate --seed 1 --trades 4')
  })

  it('makes what it found as small as it gets: fewer trades, and no fault that is not needed', long, async () => {
    const failing = await runSeed({ seed: 1, trades: 4, spoil: withoutOrders })
    expect(faultsOf(failing.mixture).length).toBeGreaterThan(0)
    const { trades, without } = await shrink(failing, { spoil: withoutOrders }, Infinity)
    expect(trades).toBe(1)
    expect(without).toEqual(faultsOf(failing.mixture))
    const again = await runSeed({ seed: 1, trades, without, spoil: withoutOrders })
    expect(again.findings.wrong.length).toBeGreaterThan(0)
    expect(again.town.struck.size).toBe(0)
  })
})
