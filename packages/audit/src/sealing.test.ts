import { anchorsTopic } from '@triflow/contracts'
import type { JournalEntry } from '@triflow/desk'
import { beforeEach, describe, expect, it } from 'vitest'
import { anchorOf, chainOf, Disagreement, hashOfText, noAnchor, textOf } from './anchors.ts'
import { readAnchorsTopic } from './copies.ts'
import { dayOf, endOf, SEAL_MARGIN_MS } from './days.ts'
import { DESKS, entriesOf, openTown, type Town } from './journal-fixture.ts'
import { entryLeaf, factsOf } from './leaves.ts'
import { rootOf } from './merkle.ts'
import { restoreAnchors } from './restoring.ts'
import { seal, type Sealer } from './sealing.ts'

const MONDAY = Date.parse('2026-03-02T00:00:00Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR
const at = (day: number, hour: number): number => MONDAY + day * DAY + hour * HOUR
const [first = '', second = '', third = ''] = DESKS

describe('sealing', () => {
  let town: Town
  let journals: Record<string, JournalEntry[]>

  beforeEach(async () => {
    town = openTown()
    await town.log.ensureTopics([{ name: anchorsTopic, partitions: 1, settings: {} }])
    journals = {
      [first]: entriesOf(first, [at(0, 9), at(0, 10), at(0, 23), at(1, 1), at(1, 2)]),
      [second]: [],
      [third]: entriesOf(third, [at(0, 8), at(1, 9), at(3, 9)]),
    }
    await town.store.insert(Object.values(journals).flat())
  })

  const chain = async () => chainOf('financing', await town.anchors.all('financing'))
  const topicTexts = async () => (await readAnchorsTopic(town.log)).get('financing') ?? []
  const fileLines = () => (town.file.contents.get('financing') ?? '').split('\n').slice(0, -1)

  it('fixes each day once it is over, entries by desk and sequence, and days without any too', async () => {
    const made = await seal(town.sealer(() => at(4, 1)))
    expect(made.map(({ day, closesDay, size }) => [day, closesDay, size])).toEqual([
      ['2026-03-02', true, 4],
      ['2026-03-03', true, 3],
      ['2026-03-04', true, 0],
      ['2026-03-05', true, 1],
    ])
    expect(made[1]!.desks).toEqual([
      { desk: first, first: 4, last: 5, hash: Buffer.from(journals[first]![4]!.hash).toString('hex') },
      { desk: third, first: 2, last: 2, hash: Buffer.from(journals[third]![1]!.hash).toString('hex') },
    ])
    const leaves = [...journals[first]!.slice(3), journals[third]![1]!].map((entry) =>
      entryLeaf(entry, factsOf(entry.body)),
    )
    expect(made[1]!.root).toBe(Buffer.from(rootOf(leaves)).toString('hex'))
  })

  it('chains the anchors and tells each on the topic and in the file', async () => {
    await seal(town.sealer(() => at(2, 1)))
    const { texts, anchors } = await chain()
    expect(anchors.map(({ previous }) => previous)).toEqual([noAnchor, hashOfText(texts[0]!)])
    expect(await topicTexts()).toEqual(texts)
    expect(fileLines()).toEqual(texts)
  })

  it('waits until a day is surely over: a minute after its end', async () => {
    const end = endOf('2026-03-02')
    expect(await seal(town.sealer(() => end + SEAL_MARGIN_MS - 1))).toEqual([])
    expect(await seal(town.sealer(() => end + SEAL_MARGIN_MS))).toHaveLength(1)
  })

  it('does nothing more when it is asked again', async () => {
    await seal(town.sealer(() => at(4, 1)))
    expect(await seal(town.sealer(() => at(4, 1)))).toEqual([])
    expect(await topicTexts()).toHaveLength(4)
    expect(fileLines()).toHaveLength(4)
  })

  it('seals up to a day, and no further', async () => {
    const made = await seal(
      town.sealer(() => at(4, 1)),
      { through: '2026-03-03' },
    )
    expect(made.map(({ day }) => day)).toEqual(['2026-03-02', '2026-03-03'])
  })

  it('seals the day that goes on when asked to, says that it is not over, and closes it later with the rest', async () => {
    const [early] = await seal(
      town.sealer(() => at(0, 12)),
      { now: true },
    )
    expect(early).toMatchObject({ day: '2026-03-02', until: '2026-03-02T12:00:00.000Z', closesDay: false, size: 3 })
    expect(
      await seal(
        town.sealer(() => at(0, 12)),
        { now: true },
      ),
    ).toEqual([])
    const [rest] = await seal(town.sealer(() => at(1, 1)))
    expect(rest).toMatchObject({ day: '2026-03-02', closesDay: true, size: 1 })
    expect(rest!.desks).toMatchObject([{ desk: first, first: 3, last: 3 }])
  })

  it('takes an entry that shows up after its day was sealed into the next day', async () => {
    await seal(town.sealer(() => at(1, 0) + SEAL_MARGIN_MS))
    await town.store.insert(entriesOf(second, [at(0, 23)]))
    const [next] = await seal(town.sealer(() => at(2, 1)))
    expect(next!.desks.map(({ desk }) => desk)).toContain(second)
  })

  it.each([
    ['the last entries', (sequence: number) => sequence >= 3],
    ['an entry between others', (sequence: number) => sequence === 2],
  ])('seals all of a day, though the server that answers lacks %s of a desk', async (_, lacks) => {
    const sealer = town.sealer(() => at(1, 1))
    const entries: Sealer['store']['entries'] = async (...asked) =>
      (await sealer.store.entries(...asked)).filter(({ sequence }) => !lacks(sequence))
    const [monday] = await seal({ ...sealer, store: { ...sealer.store, entries } })
    expect(monday).toMatchObject({ day: '2026-03-02', size: 4 })
  })

  it('makes one anchor per day, however many seal at once, and each tells the same', async () => {
    const sealers = Array.from({ length: 5 }, () => town.sealer(() => at(4, 1)))
    const made = (await Promise.all(sealers.map((one) => seal(one)))).flat()
    expect(made.map(({ day }) => day).sort()).toEqual(['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05'])
    const { texts } = await chain()
    expect(new Set(await topicTexts())).toEqual(new Set(texts))
    expect(new Set(fileLines())).toEqual(new Set(texts))
  })

  it.each(['store', 'topic', 'file'] as const)(
    'goes on after a crash behind the %s: no second anchor, and all three agree',
    async (behind) => {
      const dying = town.sealer(() => at(2, 1))
      const crash = (): never => {
        throw new Error('killed')
      }
      const insert = dying.anchors.insert.bind(dying.anchors)
      if (behind === 'store')
        await expect(
          seal({ ...dying, anchors: { ...dying.anchors, insert: async (...it) => (await insert(...it), crash()) } }),
        ).rejects.toThrow('killed')
      if (behind === 'topic')
        await expect(seal({ ...dying, file: { ...dying.file!, append: async () => crash() } })).rejects.toThrow(
          'killed',
        )
      if (behind === 'file')
        await expect(
          seal({
            ...dying,
            file: {
              ...dying.file!,
              append: async (service, text) => {
                await dying.file!.append(service, text.slice(0, 50))
                crash()
              },
            },
          }),
        ).rejects.toThrow('killed')
      const before = await town.anchors.all('financing')
      expect(before).toHaveLength(1)
      await seal(town.sealer(() => at(2, 1)))
      const { texts } = await chain()
      expect(texts).toHaveLength(2)
      expect(texts[0]).toBe(before[0])
      expect(await topicTexts()).toEqual(texts)
      expect(fileLines()).toEqual(texts)
    },
  )

  describe('stops with a sentence when', () => {
    beforeEach(() => seal(town.sealer(() => at(2, 1))))
    const sealing = () => seal(town.sealer(() => at(4, 1)))

    it('an anchor in the file was changed', async () => {
      const [one = '', two = ''] = fileLines()
      const forged = two.replace(/"size":3/, '"size":4')
      town.file.contents.set('financing', `${one}\n${forged}\n`)
      await expect(sealing()).rejects.toThrow('the file has another anchor 2 of financing than the store')
    })

    it('the store has lost an anchor that the topic knows', async () => {
      town.anchors.texts.delete('financing@2')
      await expect(sealing()).rejects.toThrow(
        'the topic has anchor 2 of financing, the store ends at 1: it was restored from an old backup',
      )
    })

    it('an anchor in the store was replaced', async () => {
      const other = { ...anchorOf(town.anchors.texts.get('financing@2')!), root: noAnchor }
      town.anchors.texts.set('financing@2', textOf(other))
      await expect(sealing()).rejects.toThrow(Disagreement)
    })

    it('a journal was changed after what was anchored', async () => {
      const { journal } = town.engines.database
      const entry = journal.get(`${third}@3`)!
      journal.set(`${third}@3`, { ...entry, body: Uint8Array.from([...entry.body, 0]) })
      await expect(sealing()).rejects.toThrow(`${third}@3 does not follow the entry before it`)
    })

    it('an entry is missing from a journal', async () => {
      await town.store.insert(entriesOf(third, [at(3, 10)], journals[third]!.at(-1)))
      town.engines.database.journal.delete(`${third}@3`)
      await expect(sealing()).rejects.toThrow(`${third}@3 is missing from its journal`)
    })
  })

  describe('after the store was restored from an old backup', () => {
    const sealer = () => town.sealer(() => at(4, 1))
    beforeEach(async () => {
      await seal(sealer())
      for (const number of [2, 3, 4]) town.anchors.texts.delete(`financing@${number}`)
    })

    it('takes lost anchors back from topic and file, and goes on', async () => {
      town.file.contents.set('financing', '')
      const told = await topicTexts()
      expect(await restoreAnchors(sealer())).toBe(3)
      expect(await town.anchors.all('financing')).toEqual(told)
      expect(await restoreAnchors(sealer())).toBe(0)
      expect(await seal(sealer())).toEqual([])
      expect(fileLines()).toEqual(told)
    })

    it('takes none back before the journals’ tail is rebuilt', async () => {
      town.engines.database.journal.delete(`${third}@3`)
      await expect(restoreAnchors(sealer())).rejects.toThrow(`${third}@3 is missing, and anchor 4 of financing`)
      expect(await town.anchors.all('financing')).toHaveLength(1)
    })

    it('takes back none that topic and file tell in two ways', async () => {
      const other = { ...anchorOf(fileLines()[1]!), root: noAnchor }
      town.file.contents.set('financing', `${textOf(other)}\n`)
      await expect(restoreAnchors(sealer())).rejects.toThrow('topic and file tell anchor 2 of financing in two ways')
    })
  })

  it('names days by their UTC date', () => {
    expect(dayOf(at(0, 23.99))).toBe('2026-03-02')
    expect(endOf('2026-03-02')).toBe(at(1, 0))
  })
})
