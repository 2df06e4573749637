/** Waits until all trades of a run are decided, a moment longer for decisions too many, and judges what was seen. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '../report/progress.ts'
import type { DecisionWatch } from './decisions.ts'
import { wrongDecisions } from './gate.ts'
import type { Financing } from './legs.ts'

/** Nothing new for this long, and nothing more is waited for. */
const PATIENCE_MS = 30_000
/** Time for a second decision of a trade to show. */
const AFTERWARDS_MS = 2_000

/** What is wrong with the decisions of the whole run; see `wrongDecisions`. */
export const decided = async (
  watch: DecisionWatch,
  expected: ReadonlyMap<string, Financing>,
  progress: Progress,
): Promise<readonly string[]> => {
  const deciding = progress.bar('trades decided', expected.size)
  let told = 0
  let newsAt = performance.now()
  while (told < expected.size && performance.now() - newsAt < PATIENCE_MS) {
    if (watch.seen.length > told) newsAt = performance.now()
    deciding.advance(watch.seen.length - told)
    told = watch.seen.length
    if (told < expected.size) await sleep(50)
  }
  await sleep(AFTERWARDS_MS)
  return wrongDecisions(expected, watch.seen)
}
