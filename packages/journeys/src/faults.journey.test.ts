/**
 * A few faults of the catalogue on one world: answers that a webhook’s receiver, the broker and the store never gave, and a
 * zombie.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chosenFaults } from './chaos/faults/registry.ts'
import { runFaults, type FaultsReport } from './chaos/faults/run.ts'
import { stateFor } from './chaos/world.ts'

/** `./triflow chaos --faults all` makes the whole catalogue. */
const CHOSEN = 'F09,F15,F19,F33'

describe('a world whose links go through a fault proxy', () => {
  let report: FaultsReport
  const told: string[] = []

  beforeAll(async () => {
    report = await runFaults({
      faults: chosenFaults(CHOSEN),
      seed: 1,
      trades: 5,
      state: stateFor('faults'),
      say: (sentence) => told.push(sentence),
    })
  }, 400_000)

  afterAll(() => {
    if (report?.faults.some(({ result }) => result !== 'held')) console.log(told.join('\n'))
  })

  it('comes to rest after each fault, with nothing lost, nothing paid twice, and verified', () => {
    expect(report.faults.flatMap(({ id, findings }) => findings.map((one) => `${id}: ${one}`))).toEqual([])
    expect(report.faults.map(({ id, result }) => [id, result])).toEqual(CHOSEN.split(',').map((id) => [id, 'held']))
  })

  it('has told its clients nothing that does not fit together', () => {
    expect(report.history).toContain('history: all is well')
  })
})
