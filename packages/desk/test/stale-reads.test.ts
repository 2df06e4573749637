/** Whoever reads a journal to its end must see all of it, though reads of several entries may come from a server that is behind. */
import { describe, expect, it } from 'vitest'
import { journalOf } from '../src/memory/database.ts'
import { memoryPorts } from '../src/memory/engines.ts'
import type { JournalEntry, Store } from '../src/ports.ts'
import { entriesOf, tailFrom } from '../src/recovery/entries.ts'
import { walkJournal, type JournalReport } from '../src/verify.ts'
import { afterTheDay } from './simulation/days.ts'
import { simulatedDesks } from './simulation/desks.ts'
import { pump } from './simulation/loss.ts'
import { codeVersion, coreLimits, desksPerKind, type Town } from './simulation/town.ts'

const desk = simulatedDesks.find(({ name }) => name === 'payment.account')!
const id = 'payment.account-00'

/** Reads several entries from a server that lacks some of them; a linearizable read has them all. */
const storeLacking = (town: Town, lacks: (sequence: number) => boolean) => {
  const { store, clock } = memoryPorts(town.engines, town.world.process('reader'))
  const stale: Store = {
    ...store,
    entries: async (...asked) => (await store.entries(...asked)).filter(({ sequence }) => !lacks(sequence)),
  }
  return { store: stale, clock }
}

const walked = (town: Town, lacks: (sequence: number) => boolean): Promise<JournalReport> =>
  pump(
    town,
    walkJournal({
      desk,
      partition: 0,
      desks: desksPerKind,
      codeVersion,
      limits: coreLimits,
      ...storeLacking(town, lacks),
    }),
  )

const sequencesOf = async (entries: AsyncIterable<JournalEntry>): Promise<number[]> => {
  const found: number[] = []
  for await (const { sequence } of entries) found.push(sequence)
  return found
}

const read = (town: Town, lacks: (sequence: number) => boolean): Promise<number[]> =>
  pump(town, sequencesOf(entriesOf(storeLacking(town, lacks).store, id)))

describe('a journal is read to its end', () => {
  it.each([
    ['its last entries', (sequence: number) => sequence > 2],
    ['one in the middle', (sequence: number) => sequence === 2],
    ['all', () => true],
  ])('though the server that answers lacks %s', async (_, lacks) => {
    const town = await afterTheDay()
    const { length } = journalOf(town.engines.database, id)
    expect(length).toBeGreaterThan(3)
    expect(await walked(town, lacks)).toMatchObject({ entries: length, decidedAgain: length })
    expect(await read(town, lacks)).toEqual(Array.from({ length }, (_, index) => index + 1))
    expect(await pump(town, tailFrom(storeLacking(town, lacks).store, id, 1))).toBe(length)
  })

  it('and an entry that is nowhere is a difference', async () => {
    const town = await afterTheDay()
    town.engines.database.journal.delete(`${id}@3`)
    expect((await walked(town, () => false)).difference).toBe(`${id}: entry 3 is missing`)
    await expect(read(town, () => false)).rejects.toMatchObject({ code: 'chain-broken' })
  })
})
