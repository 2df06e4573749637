import { describe, expect, it } from 'vitest'
import {
  accepted,
  calendar,
  createTeller,
  dayClosed,
  invoicesByOrder,
  judged,
  openWorld,
  orders,
  partitions,
} from './reader-fixture.ts'
import type { FaultRates } from './memory/index.ts'
import { createRandom } from './memory/index.ts'
import { isFolded, parseAtLeast } from './follower-wait.ts'
import { openViewFollower } from './follower.ts'
import { canonical, rebuildHash } from './follower-rebuild.ts'
import { outcomesView } from './door-outcomes.ts'
import type { OutgoingRecord } from './ports.ts'
import type { ViewDefinition } from './views.ts'

interface Told {
  readonly said: readonly string[]
}

/** Documents that remember each fact they were given, so that one lost or folded twice shows. */
const told = (
  name: string,
  hears: readonly string[],
  idsOf: (fact: Record<string, unknown>) => readonly string[],
): ViewDefinition<Told> => ({
  name,
  hears,
  idsOf,
  fold: (body, _fact, said) => ({ said: [...(body?.said ?? []), `${said.desk}#${said.number}`] }),
  listedBy: [],
})

const byOrder = told('by-order', [orders, invoicesByOrder], (fact) => [String(fact.orderId)])
const everything = told('everything', [orders, invoicesByOrder], () => ['all'])
const days = told('days', [calendar], () => ['calendar'])
const views = [byOrder, everything, days]

const follow = (here: ReturnType<ReturnType<typeof openWorld>['process']>, reader = 'views') =>
  openViewFollower({
    reader,
    views,
    log: here.log,
    store: here.views,
    clock: here.clock,
    witness: here.witness,
    random: () => 0.5,
  })

/** Three order desks, two invoice desks that copy to any partition, and one calendar; some of it published twice. */
const story = (
  seed: number,
  facts: number,
): { readonly records: OutgoingRecord[]; readonly desks: readonly string[] } => {
  const random = createRandom(seed)
  const orderDesks = Array.from({ length: partitions }, (_, p) => createTeller('order.order', p))
  const invoiceDesks = [createTeller('order.invoice', 0), createTeller('order.invoice', 1)]
  const calendarDesk = createTeller('party.calendar', 0)
  const entries: OutgoingRecord[][] = []
  for (let at = 0; at < facts; at++) {
    const orderId = `ingham/${Math.floor(random() * 25)}`
    const which = random()
    if (which < 0.5) {
      const desk = Math.floor(random() * partitions)
      entries.push([
        orderDesks[desk]!.says(
          orders,
          `ingham/${desk}-${Math.floor(random() * 8)}`,
          accepted(`ingham/${desk}`, at),
          desk,
        ),
      ])
    } else if (which < 0.95)
      entries.push([invoiceDesks[Math.floor(random() * 2)]!.says(invoicesByOrder, orderId, accepted(orderId, at))])
    else entries.push(calendarDesk.broadcasts(calendar, dayClosed('2026-01-05', '2026-01-06')))
  }
  const records = entries.flatMap((entry, at) =>
    random() < 0.05 ? [...entry, ...(entries[at - 1] ?? []), ...entry] : entry,
  )
  return { records, desks: [...orderDesks, ...invoiceDesks].map((desk) => desk.desk) }
}

const rough: FaultRates = {
  'call.error': 0.02,
  'call.unknownDone': 0.02,
  'call.unknownLate': 0.01,
  'call.slow': 0.01,
  'log.lateDelivery': 0.3,
  'log.rewind': 0.5,
  'log.corrupt': 0.001,
  'log.announced': 0.5,
}

describe('a view follower', () => {
  it('folds each fact into each document once, in the order its desk said it', async () => {
    const { world, engines, process, append, settle } = openWorld(1)
    const { records } = story(1, 400)
    append(...records)
    const follower = follow(process('a'))
    expect(await settle(follower.caughtUp(60_000))).toBe(true)
    const all = engines.database.views.get('everything')!.get('all')!.body as unknown as Told
    const dayFacts = engines.database.views.get('days')!.get('calendar')!.body as unknown as Told
    expect(new Set(all.said).size).toBe(all.said.length)
    const expected = new Set(
      records.filter(({ topic }) => topic !== calendar).map(({ headers }) => Buffer.from(headers.ce_id!).toString()),
    )
    expect(new Set(all.said)).toEqual(expected)
    expect(dayFacts.said).toEqual(
      Array.from({ length: dayFacts.said.length }, (_, at) => `party.calendar-00#${at + 1}`),
    )
    expect(dayFacts.said.length).toBeGreaterThan(5)
    expect(world.seed).toBe(1)
  })

  it.each(Array.from({ length: 30 }, (_, at) => at + 100))(
    'loses and repeats nothing when two instances share it, calls fail and one is killed: seed %i',
    async (seed) => {
      const { world, engines, process, append, settle } = openWorld(seed, rough)
      const { records } = story(seed, 300)
      const first = process('a')
      follow(first)
      follow(process('b'))
      for (let at = 0; at < records.length; at += 40) {
        append(...records.slice(at, at + 40))
        await world.run(() => false, 150)
        if (at === 120) first.inhabitant.kill()
        if (at === 160) follow(process('c'))
        if (at === 200) engines.broker.rebalance('views')
      }
      world.setFaults({})
      const follower = follow(process('d'))
      expect(await settle(follower.caughtUp(120_000))).toBe(true)
      expect(follower.halted()).toBeUndefined()

      const all = engines.database.views.get('everything')!.get('all')!.body as unknown as Told
      const expected = records
        .filter(({ topic }) => topic !== calendar)
        .map(({ headers }) => Buffer.from(headers.ce_id!).toString())
      expect([...all.said].sort()).toEqual([...new Set(expected)].sort())
      const dayFacts = engines.database.views.get('days')!.get('calendar')!.body as unknown as Told
      expect(dayFacts.said).toEqual(dayFacts.said.map((_, at) => `party.calendar-00#${at + 1}`))
      for (const [id, { body }] of engines.database.views.get('by-order')!) {
        const said = (body as unknown as Told).said
        expect(new Set(said).size, id).toBe(said.length)
      }
    },
  )

  it('fills a fresh store from offset 0 with the same documents as were folded live', async () => {
    const { engines, process, append, settle } = openWorld(3)
    append(...story(3, 200).records)
    const here = process('a')
    const live = follow(here)
    await settle(live.caughtUp(60_000))
    // One desk and one topic per document, so that the order of folding is the same in every run.
    const hash = await settle(rebuildHash([days], here.views))
    engines.database.views.clear()
    const again = follow(process('b'), 'rebuilt')
    await settle(again.caughtUp(60_000))
    expect(await settle(rebuildHash([days], here.views))).toBe(hash)
    const [document] = engines.database.views.get('days')!.values()
    engines.database.views.get('days')!.set('calendar', { ...document!, body: { said: [] } })
    expect(await settle(rebuildHash([days], here.views))).not.toBe(hash)
  })

  it('forgets what it kept of a partition that another instance folded meanwhile', async () => {
    const { world, engines, process, append, settle } = openWorld(5)
    // Takes only the next version, so a fold on an old document would silently drop what comes.
    const versions: ViewDefinition<{ version: number }> = {
      name: 'versions',
      hears: [orders],
      idsOf: () => ['ingham/1'],
      fold: (body, { version }) => (version === (body?.version ?? 0) + 1 ? { version: version as number } : undefined),
      listedBy: [],
    }
    const open = (name: string) => {
      const { log, views: store, clock, witness } = process(name)
      return openViewFollower({ reader: 'versions', views: [versions], log, store, clock, witness })
    }
    const desk = createTeller('order.order', 2)
    const stored = () => engines.database.views.get('versions')?.get('ingham/1')?.body.version
    const first = open('a')
    append(desk.says(orders, 'ingham/1', accepted('ingham/1', 1), 2))
    await world.run(() => stored() === 1)
    const second = open('b')
    await world.run(() => second.ready() && first.ready() && engines.broker.members('versions')[1]!.held.includes(2))
    append(desk.says(orders, 'ingham/1', accepted('ingham/1', 2), 2))
    await world.run(() => stored() === 2)
    await settle(second.stop())
    append(desk.says(orders, 'ingham/1', accepted('ingham/1', 3), 2))
    expect(await settle(first.waitFor('versions', 'order.order-02#3', 60_000))).toBe(true)
    expect(stored()).toBe(3)
  })

  it('keeps the first outcome of a command under its id', async () => {
    const { engines, process, append, settle } = openWorld(4)
    const desk = createTeller('order.order', 1)
    append(
      desk.says(orders, 'ingham/1', accepted('ingham/1'), 1),
      desk.says(orders, 'ingham/1', judged('c-1', 'ingham/1'), 1),
    )
    const { log, views: store, clock, witness } = process('a')
    const follower = openViewFollower({
      reader: 'outcomes',
      views: [outcomesView('order', ['order.order'])],
      log,
      store,
      clock,
      witness,
    })
    expect(await settle(follower.waitFor('outcomes-order', 'order.order-01#2', 10_000))).toBe(true)
    expect(engines.database.views.get('outcomes-order')!.get('c-1')!.body).toEqual({
      status: 'accepted',
      code: '',
      detail: '',
      position: 'order.order-01#2',
      facts: ['OrderAccepted'],
    })
  })
})

describe('reading one’s own write', () => {
  it('waits until the position of an answer has been folded, and says so then', async () => {
    const { world, engines, process, append, settle } = openWorld(20)
    const desk = createTeller('order.order', 2)
    const follower = follow(process('a'))
    await world.run(() => follower.ready())
    let answer: boolean | undefined
    void follower.waitFor('by-order', 'order.order-02#2', 60_000).then((folded) => (answer = folded))
    append(desk.says(orders, 'ingham/1', accepted('ingham/1'), 2))
    await world.run(() => engines.database.views.get('by-order')?.has('ingham/1') ?? false)
    expect(answer).toBeUndefined()
    append(desk.says(orders, 'ingham/1', judged('c-1', 'ingham/1'), 2))
    await world.run(() => answer !== undefined)
    expect(answer).toBe(true)
    await settle(follower.stop())
  })

  it('says no at the deadline when the database is away and nothing can be folded', async () => {
    const { world, process, append, settle } = openWorld(21)
    const here = process('a')
    const follower = follow(here)
    await world.run(() => follower.ready())
    world.setFaults({ 'call.error': 1 })
    append(createTeller('order.order', 2).says(orders, 'ingham/1', judged('c-1', 'ingham/1'), 2))
    const from = here.clock.now()
    expect(await settle(follower.waitFor('by-order', 'order.order-02#1', 500))).toBe(false)
    expect(here.clock.now() - from).toBeGreaterThanOrEqual(500)
    world.setFaults({})
    expect(await settle(follower.waitFor('by-order', 'order.order-02#1', 60_000))).toBe(true)
  })

  it('says no at once to a position that is none', async () => {
    const { process, settle } = openWorld(24)
    expect(await settle(follow(process('a')).waitFor('by-order', '817', 60_000))).toBe(false)
  })

  it('waits for copies on all partitions, when a view hears nothing else of that desk', async () => {
    const { world, engines, process, append, settle } = openWorld(22, { 'log.slowPartition': 0.5 })
    const desk = createTeller('order.invoice', 0)
    const follower = follow(process('a'))
    await world.run(() => follower.ready())
    append(
      ...Array.from({ length: 12 }, (_, at) => desk.says(invoicesByOrder, `ingham/${at}`, accepted(`ingham/${at}`))),
    )
    // Number 13 is the outcome, on a topic that this view does not hear.
    expect(await settle(follower.waitFor('by-order', 'order.invoice-00#13', 60_000))).toBe(true)
    expect(engines.database.views.get('by-order')!.size).toBe(12)
  })

  it('believes the saved position of the instance that folds the partition', async () => {
    const { world, process, append, settle } = openWorld(23)
    const followers = [follow(process('a')), follow(process('b'))]
    await world.run(() => followers.every((follower) => follower.ready()))
    for (let partition = 0; partition < partitions; partition++) {
      const desk = createTeller('order.order', partition)
      append(desk.says(orders, 'ingham/1', judged(`c-${partition}`, 'ingham/1'), partition))
    }
    for (const follower of followers) {
      for (let partition = 0; partition < partitions; partition++) {
        expect(await settle(follower.waitFor('by-order', `order.order-0${partition}#1`, 60_000))).toBe(true)
      }
    }
  })

  it('knows where a desk may say things, and what is enough there', () => {
    const desk = parseAtLeast('party.calendar-00#5')!
    const position = (next: number, number: number) => ({
      next: { [`${calendar}/0`]: next, [`${calendar}/1`]: next },
      marks: { [`party.calendar-00>${calendar}/1`]: { number, hash: '' } },
    })
    const ends = new Map([
      [`${calendar}/0`, 9],
      [`${calendar}/1`, 9],
    ])
    expect(isFolded(desk, orders, [0, 1], () => undefined, undefined)).toBe(true)
    expect(isFolded(desk, calendar, [0, 1], () => position(3, 4), undefined)).toBe(false)
    expect(isFolded(desk, calendar, [0, 1], () => position(3, 5), undefined)).toBe(true)
    expect(isFolded(desk, calendar, [0, 1], () => position(8, 4), ends)).toBe(false)
    expect(isFolded(desk, calendar, [0, 1], (partition) => (partition === 0 ? position(9, 4) : undefined), ends)).toBe(
      true,
    )
  })
})

it('the canonical form does not depend on the order of fields', () => {
  expect(canonical({ b: 1n, a: ['x', { d: undefined, c: null }] })).toBe(canonical({ a: ['x', { c: null }], b: 1n }))
  expect(canonical({ a: 1n })).not.toBe(canonical({ a: 1 }))
})

describe('a save whose answer comes late', () => {
  // The third fact means something only to a document that knows the second.
  const needsSecond: ViewDefinition<Told> = {
    ...told('needs-second', [orders], () => ['all']),
    fold: (body, _fact, said) =>
      said.number === 3 && !body?.said.includes('2') ? undefined : { said: [...(body?.said ?? []), `${said.number}`] },
  }

  /** A follower whose first save of that view is answered when the test says so; `beside` is what happens to its others. */
  const scene = (beside: (view: string, save: number) => void) => {
    const { world, engines, process, append, settle } = openWorld(1)
    const here = process('a')
    const answered = Promise.withResolvers<void>()
    const saves = new Map<string, number>()
    const follower = openViewFollower({
      reader: 'views',
      views: [needsSecond, byOrder],
      log: here.log,
      store: {
        ...here.views,
        save: async (view, documents) => {
          const save = (saves.get(view) ?? 0) + 1
          saves.set(view, save)
          beside(view, save)
          const lost = await here.views.save(view, documents)
          if (view === needsSecond.name && save === 1) await answered.promise
          return lost
        },
      },
      clock: here.clock,
      witness: here.witness,
      random: () => 0.5,
    })
    const desk = createTeller('order.order', 0)
    return {
      follower,
      engines,
      settle,
      answer: answered.resolve,
      wait: (ms: number) => settle(here.clock.sleep(ms)),
      say: (): void => append(desk.says(orders, 'ingham/1', accepted('ingham/1', 1), 0)),
      firstSaved: () => world.run(() => engines.database.views.get(needsSecond.name)?.size === 1),
      kept: () => engines.database.views.get(needsSecond.name)!.get('all')!.body,
    }
  }

  it('changes nothing of what a later assignment knows', async () => {
    const { follower, engines, settle, answer, say, firstSaved, kept } = scene(() => undefined)
    say()
    await firstSaved()
    engines.broker.rebalance('views')
    say()
    expect(await settle(follower.caughtUp(60_000))).toBe(true)
    answer()
    say()
    expect(await settle(follower.caughtUp(60_000))).toBe(true)
    expect(kept()).toEqual({ said: ['1', '2', '3'] })
  })

  it('is waited for, also when another view could not be saved and the batch is to be folded again', async () => {
    const { follower, settle, answer, wait, say, firstSaved, kept } = scene((view, save) => {
      if (view === byOrder.name && save === 1) throw new Error('the store is away')
    })
    say()
    await firstSaved()
    say()
    await wait(2_000)
    answer()
    say()
    expect(await settle(follower.caughtUp(60_000))).toBe(true)
    expect(kept()).toEqual({ said: ['1', '2', '3'] })
  })
})
