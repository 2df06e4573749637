import { anchorsTopic } from '@triflow/contracts'
import type { Witness } from '@triflow/desk'
import { describe, expect, it } from 'vitest'
import { DESKS, entriesOf, openTown } from './journal-fixture.ts'
import { keepSealed } from './keeper.ts'
import type { Sealer } from './sealing.ts'

const EVENING = Date.parse('2026-03-02T23:30:00Z')
const MIDNIGHT = Date.parse('2026-03-03T00:00:00Z')

/** A town whose time passes as fast as somebody sleeps. */
const open = async () => {
  const town = openTown()
  await town.log.ensureTopics([{ name: anchorsTopic, partitions: 1, settings: {} }])
  await town.store.insert(entriesOf(DESKS[0]!, [EVENING - 1_000, EVENING + 60_000]))
  let now = EVENING
  const said: { level: string; event: string; at: number }[] = []
  const witness: Witness = {
    say: (level, event) => void said.push({ level, event, at: now }),
    count: () => {},
    observe: () => {},
  }
  const sealer: Sealer = town.sealer(() => now)
  const sleep = async (ms: number): Promise<void> => {
    now += ms
    await new Promise((resolve) => setImmediate(resolve))
  }
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { town, said, witness, until, sealer: { ...sealer, clock: { ...sealer.clock, sleep } } }
}

describe('a service', () => {
  it('seals its day by itself, a minute after midnight', async () => {
    const { town, said, witness, until, sealer } = await open()
    const keeper = keepSealed(sealer, witness)
    await until(() => said.length > 0)
    keeper.stop()
    expect(said[0]).toMatchObject({ level: 'info', event: 'day sealed' })
    expect(said[0]!.at).toBeGreaterThanOrEqual(MIDNIGHT + 60_000)
    expect(said[0]!.at).toBeLessThan(MIDNIGHT + 70_000)
    expect(await town.anchors.all('financing')).toHaveLength(1)
  })

  it('tries again when the store or the log does not answer', async () => {
    const { town, said, witness, until, sealer } = await open()
    let failures = 3
    const store: Sealer['store'] = {
      ...sealer.store,
      entries: async (...asked) => {
        if (failures-- > 0) throw new Error('the store does not answer')
        return sealer.store.entries(...asked)
      },
    }
    const keeper = keepSealed({ ...sealer, store }, witness)
    await until(() => said.some(({ event }) => event === 'day sealed'))
    keeper.stop()
    expect(said.map(({ level }) => level)).toEqual(['warn', 'warn', 'warn', 'info'])
    expect(await town.anchors.all('financing')).toHaveLength(1)
  })

  it('stops sealing, and says so once, when the topic tells what the store does not', async () => {
    const { town, said, witness, until, sealer } = await open()
    const keeper = keepSealed(sealer, witness)
    await until(() => said.length > 0)
    town.anchors.texts.clear()
    const again = keepSealed(sealer, witness)
    await until(() => said.length > 1)
    keeper.stop()
    again.stop()
    expect(said[1]).toMatchObject({ level: 'error', event: expect.stringContaining('sealing has stopped') as string })
  })
})
