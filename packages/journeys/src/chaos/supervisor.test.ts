/** The supervisor: seeded, complete in what it starts again, and not silent about a part that died by itself. */
import { describe, expect, it } from 'vitest'
import { seeded } from '../generator/random.ts'
import { drawKill, supervise } from './supervisor.ts'
import { parts, type Part } from './world.ts'

/** A world in which time passes as it is waited for. */
const fakeWorld = () => {
  const alive = new Set<Part>(parts)
  const log: string[] = []
  let time = 0
  return {
    alive,
    log,
    now: () => time,
    wait: async (ms: number) => void (time += ms),
    world: {
      lives: (part: Part) => alive.has(part),
      kill: async (victims: readonly Part[]) => {
        for (const part of victims) alive.delete(part)
        log.push(`kill ${victims.join(' ')}`)
      },
      start: async (part: Part) => {
        alive.add(part)
        log.push(`start ${part}`)
      },
    },
  }
}

const gapMs = { least: 1_000, most: 5_000 }

const run = async (seed: number, kills: number) => {
  const fake = fakeWorld()
  const told: string[] = []
  const supervision = supervise({
    ...fake,
    random: seeded(seed),
    gapMs,
    killsMost: kills,
    onEvent: (line) => told.push(line),
  })
  await expect.poll(() => supervision.events.length).toBe(kills)
  await supervision.stop()
  return { fake, told, supervision }
}

describe('a supervisor', () => {
  it('does the same again for the same seed, and something else for another', async () => {
    const [first, again, other] = [await run(1, 20), await run(1, 20), await run(2, 20)]
    expect(again.fake.log).toEqual(first.fake.log)
    expect(again.supervision.events).toEqual(first.supervision.events)
    expect(other.fake.log).not.toEqual(first.fake.log)
  })

  it('starts all that it killed again, and tells of each kill in one line', async () => {
    const { fake, told, supervision } = await run(3, 30)
    expect([...fake.alive].sort()).toEqual([...parts].sort())
    expect(told).toHaveLength(30)
    for (const { victims, order } of supervision.events) expect([...order].sort()).toEqual([...victims].sort())
    expect(supervision.restarts()).toBe(supervision.events.flatMap(({ order }) => order).length)
  })

  it('hits every part alone and all at once, and starts all in different orders', () => {
    const random = seeded(4)
    const drawn = Array.from({ length: 400 }, () => drawKill(random))
    const alone = new Set(drawn.filter(({ victims }) => victims.length === 1).map(({ victims }) => victims[0]))
    const together = drawn.filter(({ victims }) => victims.length === parts.length)
    expect([...alone].sort()).toEqual([...parts].sort())
    expect(together.length).toBeGreaterThan(20)
    expect(new Set(together.map(({ order }) => order.join(' '))).size).toBe(together.length)
  })

  it('fails as soon as a part has died that nobody killed', async () => {
    const fake = fakeWorld()
    fake.alive.delete('payment')
    const supervision = supervise({ ...fake, random: seeded(5), gapMs, onEvent: () => {} })
    await expect(supervision.failed).rejects.toThrow('payment died, and nobody killed it')
    await expect(supervision.stop()).rejects.toThrow('payment died')
  })
})
