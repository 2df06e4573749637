/** Fair places: never more than there are, shares that hold whatever comes in which order, and nothing that leaks. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fairPlaces, type Entry, type FairPlaces } from './fair-places.ts'

/** What was asked for, and what became of it as soon as that is known. */
interface Asked {
  readonly tenant: string
  readonly gone: AbortController
  entry?: Entry
}

const turnOfLoop = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Places with a clock that only a test moves. */
const room = (places: number) => {
  const timers = new Set<() => void>()
  const fair: FairPlaces = fairPlaces({ places, waitMs: 1_000 }, (_ms, task) => {
    timers.add(task)
    return () => timers.delete(task)
  })
  const all: Asked[] = []
  const ask = (tenant: string): Asked => {
    const asked: Asked = { tenant, gone: new AbortController() }
    all.push(asked)
    void fair.enter(tenant, asked.gone.signal).then((entry) => (asked.entry = entry))
    return asked
  }
  const isIn = ({ entry }: Asked) => entry !== undefined && 'leave' in entry
  const waits = ({ entry }: Asked) => entry === undefined
  const inHand = () => all.filter(isIn)
  return {
    fair,
    ask,
    inHand,
    waiting: () => all.filter(waits),
    heldBy: (tenant: string) => all.filter((one) => one.tenant === tenant && (isIn(one) || waits(one))).length,
    leave: (asked: Asked) => {
      if (asked.entry && 'leave' in asked.entry) asked.entry.leave()
      all.splice(all.indexOf(asked), 1)
    },
    runOutOfPatience: () => {
      for (const task of [...timers]) task()
    },
    timers,
  }
}

const refusedAs = (asked: Asked) => (asked.entry && 'refused' in asked.entry ? asked.entry.refused : undefined)

const fill = async (places: number, tenant: string, count: number) => {
  const made = room(places)
  for (let n = 0; n < count; n++) made.ask(tenant)
  await turnOfLoop()
  return made
}

describe('places', () => {
  it('may all be taken by a tenant that is alone, and the next is refused at once', async () => {
    const { fair, ask, inHand } = await fill(8, 'acme', 8)
    expect(inHand()).toHaveLength(8)
    const ninth = ask('acme')
    await turnOfLoop()
    expect(ninth.entry).toEqual({ refused: 'above-share', held: 8, share: 8 })
    expect([fair.taken(), fair.waiting()]).toEqual([8, 0])
  })

  it('that are all taken are waited for by a tenant within its share, which gets the first that comes free', async () => {
    const { ask, inHand, leave } = await fill(8, 'acme', 8)
    const modest = ask('globex')
    await turnOfLoop()
    expect(modest.entry).toBeUndefined()
    leave(inHand()[0]!)
    await turnOfLoop()
    expect(modest.entry).toHaveProperty('leave')
  })

  it('keep a quarter free of tenants above their share, so that others need not wait', async () => {
    const { ask, inHand, leave } = await fill(8, 'acme', 8)
    ask('globex')
    for (const one of inHand().slice(0, 3)) leave(one)
    await turnOfLoop()
    // Acme holds five of eight, its share is four; six are taken.
    const greedy = ask('acme')
    const modest = ask('globex')
    await turnOfLoop()
    expect([refusedAs(greedy), modest.entry]).toEqual([
      'above-share',
      expect.objectContaining({ leave: expect.any(Function) }),
    ])
  })

  it('go to who holds fewest, not to who asked first', async () => {
    const { ask, inHand, leave } = await fill(6, 'acme', 4)
    ask('globex')
    ask('globex')
    const holdsTwo = ask('globex')
    const holdsNone = ask('hooli')
    await turnOfLoop()
    leave(inHand()[0]!)
    await turnOfLoop()
    expect(holdsTwo.entry).toBeUndefined()
    expect(holdsNone.entry).toHaveProperty('leave')
  })

  it('are waited for by as many as there are places; then who holds most gives up its newest for one within its share', async () => {
    const { fair, ask } = await fill(12, 'acme', 12)
    const first = Array.from({ length: 6 }, () => ask('globex'))
    for (const _ of [1, 2, 3, 4]) ask('hooli')
    for (const _ of [1, 2]) ask('initech')
    await turnOfLoop()
    expect(fair.waiting()).toBe(12)
    const third = ask('initech')
    await turnOfLoop()
    expect(first.map(refusedAs)).toEqual([...Array(5).fill(undefined), 'above-share'])
    expect(third.entry).toBeUndefined()
    expect(fair.waiting()).toBe(12)
  })

  it('that do not come free in time are refused as full', async () => {
    const { fair, ask, runOutOfPatience } = await fill(4, 'acme', 4)
    const late = ask('globex')
    await turnOfLoop()
    runOutOfPatience()
    await turnOfLoop()
    expect(refusedAs(late)).toBe('full')
    expect(fair.waiting()).toBe(0)
  })

  it('are not given to a caller who has gone', async () => {
    const { fair, ask, inHand, leave, timers } = await fill(4, 'acme', 4)
    const gone = ask('globex')
    await turnOfLoop()
    gone.gone.abort()
    leave(inHand()[0]!)
    await turnOfLoop()
    expect(refusedAs(gone)).toBe('gone')
    expect([fair.taken(), fair.waiting(), timers.size]).toEqual([3, 0, 0])
  })

  it('are left once, however often that is said', async () => {
    const { fair, inHand } = await fill(4, 'acme', 2)
    const [one] = inHand()
    if (one?.entry && 'leave' in one.entry) {
      one.entry.leave()
      one.entry.leave()
    }
    expect(fair.taken()).toBe(1)
  })

  it('refuse as full when more tenants wait than there are places', async () => {
    const { fair, ask } = await fill(2, 'acme', 2)
    ask('a')
    ask('b')
    const crowded = ask('c')
    await turnOfLoop()
    expect(refusedAs(crowded)).toBe('full')
    expect(fair.waiting()).toBe(2)
  })
})

const happening = fc.oneof(
  { weight: 12, arbitrary: fc.record({ what: fc.constant('ask' as const), at: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('leave' as const), at: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('go' as const), at: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('late' as const), at: fc.constant(0) }) },
)

describe('whatever comes in which order', () => {
  it('no more are in than there are places, nobody within its share is refused on arrival, and all is free again at the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 5, max: 12 }),
        fc.array(happening, { maxLength: 120 }),
        async (places, all) => {
          const { fair, ask, inHand, waiting, heldBy, leave, runOutOfPatience, timers } = room(places)
          const names = ['a', 'b', 'c', 'd', 'e']
          for (const { what, at } of all) {
            if (what === 'ask') {
              const tenant = names[at]!
              const before = new Map(names.map((name) => [name, heldBy(name)]))
              const active = names.filter((name) => name === tenant || before.get(name)! > 0).length
              const share = Math.floor(places / active)
              const wereWaiting = waiting()
              const asked = ask(tenant)
              await turnOfLoop()
              if (before.get(tenant)! < share) expect(refusedAs(asked)).toBeUndefined()
              // Who gave up its place in the line for another was above its share.
              for (const one of wereWaiting.filter((waiter) => waiter.entry !== undefined)) {
                expect(refusedAs(one)).toBe('above-share')
                expect(before.get(one.tenant)!).toBeGreaterThan(share)
              }
            } else if (what === 'leave') {
              const one = inHand()[at]
              if (one) leave(one)
            } else if (what === 'go') waiting()[at]?.gone.abort()
            else runOutOfPatience()
            await turnOfLoop()
            expect(fair.taken()).toBe(inHand().length)
            expect(fair.waiting()).toBe(waiting().length)
            expect(fair.taken()).toBeLessThanOrEqual(places)
            expect(fair.waiting()).toBeLessThanOrEqual(places)
            expect(timers.size).toBe(fair.waiting())
            // Nobody waits beside a free place.
            if (fair.waiting() > 0) expect(fair.taken()).toBe(places)
          }
          while (inHand().length + waiting().length > 0) {
            for (const one of inHand()) leave(one)
            await turnOfLoop()
            waiting()[0]?.gone.abort()
            await turnOfLoop()
          }
          expect([fair.taken(), fair.waiting(), timers.size]).toEqual([0, 0, 0])
          for (let n = 0; n < places; n++) ask('a')
          await turnOfLoop()
          expect(inHand()).toHaveLength(places)
        },
      ),
      { numRuns: 200 },
    )
  })
})
