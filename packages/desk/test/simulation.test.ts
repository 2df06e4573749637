/** The desks' working day in a seeded world: whatever step fails, and however, the books agree when the town is at rest. */
import { describe, expect, it } from 'vitest'
import { isNodes, quietDay, verdictsFor, wildDay } from './simulation/days.ts'

const replay = 'node packages/desk/test/simulation/replay.ts'

/** A test run has time for few; TRIFLOW_SEEDS=1000 looks longer, and strikes each step in every way. */
const wanted = process.env['TRIFLOW_SEEDS']
const wildSeeds = Number(wanted ?? 25)

const day = { timeout: 600_000 }

describe('the working day of desks', () => {
  it('is the same to the step when it is told again from its seed', day, async () => {
    const stories = []
    for (const seed of [3, 3, 4]) stories.push((await wildDay(seed, true)).town.world.trace.join('\n'))
    expect(stories[1]).toBe(stories[0])
    expect(stories[2]).not.toBe(stories[0])
  })

  it('ends with all books in agreement when nothing goes wrong', day, async () => {
    for (let seed = 1; seed <= 5; seed++) expect((await quietDay(seed)).faults, `${replay} quiet ${seed}`).toEqual([])
  })

  it('ends so too when any one step fails, is lost, comes late or is the last of its process', day, async () => {
    const seed = 1
    const { steps } = await quietDay(seed)
    const struck = new Set<string>()
    for (const step of steps.filter(isNodes)) {
      for (const verdict of verdictsFor(step, wanted !== undefined)) {
        const { faults } = await quietDay(seed, { at: step.index, verdict })
        expect(faults, `${replay} quiet ${seed} ${step.index} ${verdict}`).toEqual([])
        struck.add(step.label.split(' ')[0]!)
      }
    }
    expect([...struck]).toEqual(
      expect.arrayContaining([
        'log.join',
        'log.publish',
        'log.deliver',
        'store.insert',
        'store.archive',
        'store.snapshotHeader',
      ]),
    )
  })

  it(
    'ends so too after a day of crashes, freezes, rebalances, lost answers and corrupt bytes, shared by two nodes',
    day,
    async () => {
      for (let seed = 1; seed <= wildSeeds; seed++)
        expect((await wildDay(seed)).faults, `${replay} wild ${seed}`).toEqual([])
    },
  )
})

describe('the proofs of a day', () => {
  /** A world in which a safeguard is missing must be found out, or the proofs prove nothing. */
  const isFoundOut = async (spoil: Parameters<typeof wildDay>[2], by: RegExp): Promise<boolean> => {
    for (let seed = 1; seed <= 40; seed++)
      if ((await wildDay(seed, false, spoil)).faults.some((fault) => by.test(fault))) return true
    return false
  }

  it('find out a journal that lets two owners write the same number', day, async () => {
    expect(
      await isFoundOut((town) => (town.engines.database.journal.has = () => false), /chain|in no journal|judged twice/),
    ).toBe(true)
  })

  it('find out an archive that forgets what it has acknowledged', day, async () => {
    expect(
      await isFoundOut((town) => town.world.setFaults({ 'store.staleArchive': 0.5 }), /judged twice|calls itself/),
    ).toBe(true)
  })
})
