import { anchorsTopic } from '@triflow/contracts'
import type { JournalEntry } from '@triflow/desk'
import { journalOf } from '@triflow/desk/memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chainOf, hashOfText, noAnchor, textOf, type Chain } from './anchors.ts'
import { checkAnchors } from './check.ts'
import { DESKS, entriesOf, entryAfter, factOf, openTown } from './journal-fixture.ts'
import { seal } from './sealing.ts'
import { tallyOf } from './tally.ts'

const MONDAY = Date.parse('2026-03-02T00:00:00Z')
const HOUR = 3_600_000

/** Two sealed days of a few entries per desk. */
const sealed = async (perDesk: readonly number[] = [7, 3, 5]) => {
  const town = openTown()
  await town.log.ensureTopics([{ name: anchorsTopic, partitions: 1, settings: {} }])
  for (const [index, desk] of DESKS.entries()) {
    const moments = Array.from({ length: perDesk[index]! }, (_, n) => MONDAY + (n + 1) * 9 * HOUR)
    await town.store.insert(entriesOf(desk, moments))
  }
  await seal(town.sealer(() => MONDAY + 100 * 24 * HOUR))
  return { town, chain: chainOf('financing', await town.anchors.all('financing')) }
}

const checked = async ({ town }: Awaited<ReturnType<typeof sealed>>) => {
  const { anchors, file, log } = town
  const check = await checkAnchors({ services: ['financing'], anchors, file, log })
  for (const desk of DESKS) for (const entry of journalOf(town.engines.database, desk)) check.take(entry)
  return check.finish()
}

describe('anchors and journals', () => {
  it('agree when nothing was changed', async () => {
    const world = await sealed()
    expect(await checked(world)).toEqual({
      anchors: world.chain.anchors.length,
      entries: 15,
      untold: 0,
      differences: [],
    })
  })

  it('count what a dead sealer has not told yet', async () => {
    const world = await sealed()
    world.town.file.contents.clear()
    expect(await checked(world)).toMatchObject({ untold: world.chain.anchors.length, differences: [] })
  })

  it('differ when the last anchored entry of a desk is gone: its head is not the anchored head', async () => {
    const world = await sealed()
    world.town.engines.database.journal.delete(`${DESKS[1]}@3`)
    expect((await checked(world)).differences).toEqual([
      expect.stringContaining(`${DESKS[1]}@3 is missing, and anchor 2 of financing`),
    ])
  })

  it('differ when an anchor was drawn anew together with all that follow', async () => {
    const world = await sealed()
    let previous = noAnchor
    for (const anchor of world.chain.anchors) {
      const root = anchor.number === 1 ? hashOfText('another') : anchor.root
      const text = textOf({ ...anchor, root, previous })
      world.town.anchors.texts.set(`financing@${anchor.number}`, text)
      previous = hashOfText(text)
    }
    expect((await checked(world)).differences).toEqual(
      expect.arrayContaining(['the topic has another anchor 1 of financing than the store']),
    )
  })

  it('differ after any single edit, deletion or swap of anchored entries', async () => {
    const { town, chain } = await sealed()
    const journals = DESKS.map((desk) => journalOf(town.engines.database, desk))
    const differences = (changed: readonly (readonly JournalEntry[])[], of: Chain = chain): number => {
      const tally = tallyOf(of)
      for (const journal of changed) for (const entry of journal) tally.take(entry)
      return tally.finish().length
    }
    expect(differences(journals)).toBe(0)
    fc.assert(
      fc.property(fc.nat(2), fc.nat(), fc.nat(), fc.constantFrom('edit', 'date', 'delete', 'swap'), (d, x, y, how) => {
        const journal = journals[d]!
        const [a, b] = [x % journal.length, y % journal.length]
        const [one, other] = [journal[a]!, journal[b]!]
        if (how === 'swap' && a === b) return
        const { body } = entryAfter(journal[a - 1], one.desk, one.at, [factOf('OrderAccepted', { orderId: `PO-${y}` })])
        const changed = {
          // Not even its own hash is touched.
          edit: () => journal.with(a, { ...one, body }),
          date: () => journal.with(a, { ...one, at: one.at + 1 + (y % 1000) }),
          delete: () => journal.toSpliced(a, 1),
          swap: () =>
            journal.with(a, { ...other, sequence: one.sequence }).with(b, { ...one, sequence: other.sequence }),
        }[how]()
        expect(differences(journals.with(d, changed))).toBeGreaterThan(0)
      }),
    )
  })
})
