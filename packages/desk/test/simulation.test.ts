/** The desks' working day in a seeded world: whatever step fails, and however, the books agree when the town is at rest. */
import { describe, expect, it } from 'vitest'
import { quietDay } from './simulation/days.ts'

describe('a quiet day', () => {
  it('ends with all books in agreement', async () => {
    const day = await quietDay(1, undefined, true)
    console.log(day.steps.length, day.town.engines.database.journal.size, day.town.engines.broker.topics.appended())
    console.log(day.town.world.trace.slice(0, 400).join('\n'))
    console.log(day.town.witness.said.map((r) => JSON.stringify(r)).join('\n'))
    expect(day.faults).toEqual([])
  })
})
