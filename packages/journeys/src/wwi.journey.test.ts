/** A wholesaler's first two months through the public doors, and a changed copy of its beginning: known truths found, changes caught. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, stateFor, type PrivateWorld } from './chaos/world.ts'
import { openDoor, type Door } from './client/door.ts'
import { silentProgress } from './report/progress.ts'
import { truthTable } from './report/tables.ts'
import { runVerify } from './verify/command.ts'
import { wwiFolder } from './wwi/data-folder.ts'
import { ingestWwi } from './wwi/ingest.ts'

const folder = wwiFolder()

/** Two months; TRIFLOW_WWI_UNTIL=2016-05-31 plays all 41 months against the figures known of the whole, in about seven minutes. */
const until = process.env['TRIFLOW_WWI_UNTIL'] ?? '2013-02-28'

const inWorld = async (name: string, work: (door: Door, world: PrivateWorld) => Promise<void>): Promise<void> => {
  const world = await openWorld(stateFor(name))
  const door = openDoor(world.surroundings)
  try {
    await work(door, world)
  } finally {
    await door.close()
    await world.erase()
  }
}

describe.skipIf(!folder)('Wide World Importers through the public doors', () => {
  let world: PrivateWorld
  let door: Door

  beforeAll(async () => {
    world = await openWorld(stateFor('journey-wwi'))
    door = openDoor(world.surroundings)
  }, 180_000)

  afterAll(async () => {
    await door?.close()
    await world?.erase()
  })

  it(`finds every known truth up to ${until} in views and ledger`, async () => {
    const { rows } = await ingestWwi(door, { folder: folder!, until }, silentProgress)
    expect(rows.length).toBeGreaterThan(25)
    expect(
      rows.filter(({ ok }) => !ok),
      truthTable(
        'red rows',
        rows.filter(({ ok }) => !ok),
      ),
    ).toEqual([])
  }, 3_600_000)

  it('is verified', async () => {
    const said: string[] = []
    expect(await runVerify({ env: world.env, say: (line) => said.push(line) }), said.join('\n')).toBe(true)
  })
})

describe.skipIf(!folder)('a changed copy of Wide World Importers', () => {
  it('is reduced, referred or refused line by line, each change and each duplicate for its own reason', () =>
    inWorld('journey-wwi-changed', async (door) => {
      const { caught } = await ingestWwi(door, { folder: folder!, until: '2013-02-28', mutate: 11 }, silentProgress)
      expect(caught).toHaveLength(48)
      expect(
        caught.filter(({ ok }) => !ok),
        truthTable(
          'not caught',
          caught.filter(({ ok }) => !ok),
        ),
      ).toEqual([])
    }))

  it('never lends above a limit that is too small, and every claim left out says why', () =>
    inWorld('journey-wwi-limit', async (door) => {
      const { rows } = await ingestWwi(
        door,
        { folder: folder!, until: '2013-01-14', limitMinor: 50_000_00n },
        silentProgress,
      )
      expect(
        rows.filter(({ ok }) => !ok),
        truthTable(
          'red rows',
          rows.filter(({ ok }) => !ok),
        ),
      ).toEqual([])
      expect(rows.map(({ truth }) => truth)).toContain('exposure never above the limit')
    }))
})
