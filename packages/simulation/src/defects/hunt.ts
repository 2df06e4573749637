/** Runs seeds until one is not as it must be, and says so as one line of JSON: what the hunt for a planted defect starts. */
import { runSeed } from '../run.ts'

export interface Caught {
  readonly caught: boolean
  readonly seed: number
  readonly seeds: number
  readonly trades: number
  /** Invariants found broken by the seed that was caught, each once. */
  readonly invariants: readonly string[]
  readonly sentence: string
}

/** Small runs first: what shows only in long ones is looked for when short ones have found nothing. */
const tradesOf = (seed: number): number => (seed % 4 === 0 ? 60 : 15)

export const hunt = async (tradesMost: number): Promise<Caught> => {
  let trades = 0
  let seed = 0
  while (trades < tradesMost) {
    seed++
    const size = tradesOf(seed)
    trades += size
    const { wrong } = (await runSeed({ seed, trades: size })).findings
    if (wrong.length === 0) continue
    const invariants = [...new Set(wrong.map(({ invariant }) => invariant))].sort()
    return { caught: true, seed, seeds: seed, trades, invariants, sentence: wrong[0]!.sentence }
  }
  return { caught: false, seed, seeds: seed, trades, invariants: [], sentence: '' }
}

if (import.meta.main) {
  const caught = await hunt(Number(process.argv[2] ?? 1_000))
  process.stdout.write(`${JSON.stringify(caught)}\n`)
  process.exit(0)
}
