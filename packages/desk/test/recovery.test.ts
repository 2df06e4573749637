/** A database restored from a backup, and what it lost brought back from the log, at whatever moment both were taken. */
import { commandsTopic, deskWire, factsTopic, header, headsTopic, toldBy } from '@triflow/contracts'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished as afterwards } from 'vitest'
import { genesisHash, openEntry, sealEntry } from '../src/journal.ts'
import { backUp, journalOf } from '../src/memory/database.ts'
import type { LogRecord } from '../src/ports.ts'
import { headOf } from '../src/publishing.ts'
import { sealRecord } from '../src/record.ts'
import { inputsOf, type Place } from '../src/recovery/places.ts'
import { RecoveryRefused } from '../src/recovery/refused.ts'
import { askAll, toRest } from './simulation/days.ts'
import { allDesks, claimKeys, recoverJournals, recoverLog } from './simulation/loss.ts'
import { bugs } from './simulation/desks.ts'
import { proofsOf } from './simulation/proofs.ts'
import { openTown, type Town } from './simulation/town.ts'
import { closeDay, line, longDay, shortDay } from './simulation/wishes.ts'

const long = { timeout: 600_000 }

/** TRIFLOW_SEEDS=1000 looks longer. */
const runs = Number(process.env['TRIFLOW_SEEDS'] ?? 25)

/** How far each desk has written, as the log tells it. */
const headsOf = (town: Town): Map<string, number> =>
  new Map(
    allDesks.map(({ desk, partition, id }) => {
      const heads = town.engines.broker.topics.read({ topic: headsTopic(desk.name), partition })
      return [id, Math.max(0, ...heads.map((record) => Number(headOf(record)!.sequence)))]
    }),
  )

const tailsOf = (town: Town): Map<string, number> =>
  new Map(allDesks.map(({ id }) => [id, journalOf(town.engines.database, id).length]))

/** What a desk has taken in, as it stands on the log. */
const readBy = (town: Town, { id, desk, partition }: Place): ReadonlyMap<string, readonly LogRecord[]> => {
  const next = new Map<string, number>()
  for (const entry of journalOf(town.engines.database, id))
    for (const { topic, to } of openEntry(entry).inputs) next.set(topic, Number(to) + 1)
  return new Map(
    inputsOf(desk.name).map((topic) => {
      const records = town.engines.broker.topics.read({ topic, partition }).slice(0, next.get(topic) ?? 0)
      return [topic, structuredClone(records)]
    }),
  )
}

/** A day that goes on for so many steps, a backup, so many steps more, and then everything that runs is gone. */
const untilTheLoss = async (seed: number, backupAfter: number, lossAfter: number) => {
  const town = openTown(seed)
  const { world, engines } = town
  town.openNode()
  const wishes = longDay(seed, 30)
  const asked = askAll(town, wishes, 2_000)
  await world.run(() => false, backupAfter)
  const restore = backUp(engines.database)
  await world.run(() => false, lossAfter)
  for (const node of town.nodes) node.kill()
  // What people asked for meanwhile waits on the log; requests of the dead land.
  await toRest(town)
  return { town, wishes, asked, restore }
}

describe('a database restored from a backup', () => {
  it('gets back every entry that the log knows, to the byte, and the day goes on', long, async () => {
    const moments = fc.record({
      seed: fc.integer({ min: 1, max: 1_000_000 }),
      backupAfter: fc.integer({ min: 0, max: 1_500 }),
      lossAfter: fc.integer({ min: 0, max: 1_500 }),
    })
    let rebuilt = 0
    await fc.assert(
      fc.asyncProperty(moments, async ({ seed, backupAfter, lossAfter }) => {
        const { town, wishes, asked, restore } = await untilTheLoss(seed, backupAfter, lossAfter)
        const lost = new Map(town.engines.database.journal)
        const known = headsOf(town)
        restore()
        const { tails, strays } = await recoverJournals(town)
        rebuilt += tails.reduce((sum, { before, through }) => sum + through - before, 0)
        expect(strays).toEqual([])
        for (const [desk, tail] of tailsOf(town)) expect(tail, desk).toBeGreaterThanOrEqual(known.get(desk)!)
        for (const [id, entry] of town.engines.database.journal) expect(entry, id).toEqual(lost.get(id))
        town.openNode()
        await toRest(town)
        expect(asked()).toBe(true)
        expect(await proofsOf(town, wishes)).toEqual([])
      }),
      { numRuns: runs },
    )
    // What was never lost cannot be brought back.
    expect(rebuilt).toBeGreaterThan(runs)
  })

  it('decides nothing before its tail is rebuilt, and names the command that does it', long, async () => {
    const { town, restore } = await untilTheLoss(7, 400, 600)
    restore()
    const [known, before] = [headsOf(town), tailsOf(town)]
    const behind = [...known].filter(([desk, tail]) => tail > before.get(desk)!).map(([desk]) => desk)
    expect(behind.length).toBeGreaterThan(1)
    const node = town.openNode()
    await toRest(town)
    const halts = town.witness.said.filter(({ event }) => event === 'desk-halted')
    expect(new Set(halts.map(({ details }) => details['desk']))).toEqual(new Set(behind))
    for (const { details } of halts) expect(details['detail']).toContain('./triflow recover journals')
    node.kill()
    await toRest(town)
    for (const desk of behind) expect(tailsOf(town).get(desk)).toBe(before.get(desk))
  })

  it(
    'gets back what rules that throw have left: dead letters, sweeps that passed an item over, alarms',
    long,
    async () => {
      afterwards(() => void Object.assign(bugs, { ledger: false, sweep: false, tick: false }))
      for (let seed = 1; seed <= 5; seed++) {
        Object.assign(bugs, { ledger: true, sweep: true, tick: true })
        const town = openTown(seed)
        const node = town.openNode()
        askAll(town, [line('b1', 'a1', 'credit', 13, 'nap'), line('b2', 'a0', 'credit', 4, 'nap')])
        await toRest(town)
        const restore = backUp(town.engines.database)
        askAll(town, [
          line('b3', 'a3', 'credit', 13),
          closeDay('b4', '2026-01-05'),
          line('b5', 'a2', 'credit', 13, 'boom'),
        ])
        await toRest(town)
        node.kill()
        const lost = new Map(town.engines.database.journal)
        restore()
        expect(town.engines.database.journal.size).toBeLessThan(lost.size)
        await recoverJournals(town)
        expect(town.engines.database.journal).toEqual(lost)
      }
    },
  )

  it('may have been backed up collection by collection, if the disposable ones are made anew', long, async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const town = openTown(seed)
      town.openNode()
      const wishes = longDay(seed, 30)
      askAll(town, wishes, 2_000)
      await town.world.run(() => false, 900)
      // Only the journals are of this moment; snapshots and archive are as new as can be.
      const restore = backUp(town.engines.database, ['journal'])
      await toRest(town)
      town.nodes[0]!.kill()
      restore()
      const { archive, snapshotHeaders, snapshotChunks } = town.engines.database
      for (const disposable of [archive, snapshotHeaders, snapshotChunks]) disposable.clear()
      await recoverJournals(town, { fromFirstEntry: true })
      town.openNode()
      const more = longDay(seed + 1_000, 20).map((wish) => ({ ...wish, id: `more-${wish.id}` }))
      askAll(town, more, 1_000)
      await toRest(town)
      const found = await proofsOf(town, [...wishes, ...more])
      expect(found, `seed ${seed}`).toEqual([])
    }
  })
})

describe('a lost log', () => {
  it('stands again as every desk has read it, and the day goes on', long, async () => {
    const moments = fc.record({
      seed: fc.integer({ min: 1, max: 1_000_000 }),
      lossAfter: fc.integer({ min: 0, max: 3_000 }),
      // What is heard twice is written again twice, and what came damaged stays so.
      faults: fc.constantFrom({}, { 'call.unknownDone': 0.1, 'log.unsent': 0.1 }),
    })
    const seen = { consumed: 0, said: 0, commands: 0 }
    await fc.assert(
      fc.asyncProperty(moments, async ({ seed, lossAfter, faults }) => {
        const town = openTown(seed, { faults })
        const { world } = town
        town.openNode()
        const wishes = longDay(seed, 30)
        const asked = askAll(town, wishes, 2_000)
        await world.run(asked, 20_000)
        await world.run(() => false, lossAfter)
        town.nodes[0]!.kill()
        world.setFaults({})
        await toRest(town)
        claimKeys(town, wishes)
        const before = new Map(allDesks.map((place) => [place.id, readBy(town, place)]))
        town.engines.broker.topics.lose()
        const rebuilt = await recoverLog(town)
        for (const what of ['consumed', 'said', 'commands'] as const) seen[what] += rebuilt[what]
        for (const place of allDesks) expect(readBy(town, place), place.id).toEqual(before.get(place.id))
        town.openNode()
        await toRest(town)
        expect(await proofsOf(town, wishes)).toEqual([])
      }),
      { numRuns: runs },
    )
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0)
  })

  it('keeps a record without key or value at its offset', async () => {
    const town = openTown(2)
    const at = { topic: commandsTopic('payment.account'), partition: 0 }
    for (const [key, value] of [
      [null, Buffer.from('x')],
      [Buffer.from('a1'), null],
      [null, null],
    ] as const)
      town.engines.broker.topics.append({ ...at, key, value, headers: {} })
    const node = town.openNode()
    askAll(town, shortDay)
    await toRest(town)
    node.kill()
    const before = structuredClone(town.engines.broker.topics.read(at))
    expect(before.length).toBeGreaterThan(3)
    town.engines.broker.topics.lose()
    await recoverLog(town)
    expect(town.engines.broker.topics.read(at)).toEqual(before)
    town.openNode()
    await toRest(town)
    expect(await proofsOf(town, shortDay)).toEqual([])
  })

  it('is rebuilt from nothing only', async () => {
    const town = openTown(2)
    const node = town.openNode()
    askAll(town, shortDay)
    await toRest(town)
    node.kill()
    await expect(recoverLog(town)).rejects.toMatchObject({ code: 'log-not-empty' })
  })

  it('into which somebody else wrote meanwhile is not taken for the old one', async () => {
    const town = openTown(2)
    const node = town.openNode()
    askAll(town, shortDay)
    await toRest(town)
    node.kill()
    const { topics } = town.engines.broker
    topics.lose()
    let written = 0
    topics.onAppend((at) => {
      if (++written === 20) topics.append({ ...at, key: null, value: Buffer.from('a stranger'), headers: {} })
    })
    await expect(recoverLog(town)).rejects.toMatchObject({ code: 'log-shared' })
  })

  it('with holes at which nobody read cannot be rebuilt as it was', async () => {
    const town = openTown(2)
    // As the marker of a stranger's transaction takes an offset and is shown to nobody.
    const topic = commandsTopic('payment.account')
    const entry = sealEntry(
      deskWire.EntryBody.fromPartial({
        desk: 'payment.account-00',
        sequence: 1n,
        inputs: [{ topic, partition: 0, from: 1n, to: 1n, lastHash: new Uint8Array(32) }],
        records: [{ input: 0, offset: 1n, key: Buffer.from('a1'), value: Buffer.from('x'), fate: 'corrupt' }],
      }),
      genesisHash,
    )
    town.engines.database.journal.set('payment.account-00@1', entry)
    await expect(recoverLog(town)).rejects.toMatchObject({ code: 'offsets-missing' })
  })
})

describe('a recovery is refused', () => {
  const refusedAfter = async (spoil: (town: Town) => void): Promise<unknown> => {
    const { town, restore } = await untilTheLoss(7, 400, 600)
    restore()
    spoil(town)
    const before = tailsOf(town)
    const failure = await recoverJournals(town).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(RecoveryRefused)
    // Whatever was accepted before the refusal is right, and a later attempt goes on from there.
    for (const [desk, tail] of tailsOf(town)) expect(tail).toBeGreaterThanOrEqual(before.get(desk)!)
    return (failure as RecoveryRefused).code
  }
  const heads = headsTopic('payment.account')
  const changed = (record: LogRecord, change: Partial<deskWire.EntryHead>): LogRecord => {
    const value = deskWire.EntryHead.encode({ ...headOf(record)!, ...change }).finish()
    const { [header.checksum]: _, ...headers } = record.headers
    return { ...record, ...sealRecord({ ...record, key: record.key!, value, headers }) }
  }

  it('when the log no longer holds what the lost entries took in', async () => {
    expect(
      await refusedAfter((town) => {
        for (const partition of [0, 1]) {
          const at = { topic: commandsTopic('payment.account'), partition }
          town.engines.broker.topics.trim(at, town.engines.broker.topics.read(at).length)
        }
      }),
    ).toBe('inputs-missing')
  })

  it('when a head is missing, or is not the one of the entry that is decided', async () => {
    const spoilt = (change: (records: LogRecord[]) => void) =>
      refusedAfter((town) => {
        for (const partition of [0, 1])
          change(town.engines.broker.topics.partition({ topic: heads, partition }).records)
      })
    const last = (records: LogRecord[], change: Partial<deskWire.EntryHead>): void =>
      void records.push(changed(records.pop()!, change))
    expect(await spoilt((records) => void records.splice(-3, 1, records.at(-1)!))).toBe('head-missing')
    expect(await spoilt((records) => last(records, { atMs: 1n }))).toBe('decided-differently')
    expect(await spoilt((records) => last(records, { previousHash: new Uint8Array(32) }))).toBe('chain-broken')
    expect(await spoilt((records) => last(records, { codeVersion: '', steps: [] }))).toBe('head-too-old')
    expect(await spoilt((records) => void records.push(changed(records.at(-1)!, { hash: new Uint8Array(32) })))).toBe(
      'two-stories',
    )
  })

  it('in the end, when facts stand on the log whose entry nobody has', async () => {
    const town = openTown(3)
    const node = town.openNode()
    askAll(town, [line('s1', 'a1', 'credit', 13)])
    await toRest(town)
    const restore = backUp(town.engines.database)
    askAll(town, [line('s2', 'a1', 'credit', 5)])
    await toRest(town)
    node.kill()
    restore()
    for (const partition of [0, 1]) {
      const { records } = town.engines.broker.topics.partition({ topic: heads, partition })
      if (Number(headOf(records.at(-1)!)!.sequence) > tailsOf(town).get(`payment.account-0${partition}`)!) records.pop()
    }
    const { strays } = await recoverJournals(town)
    expect(new Set(strays.map(({ topic }) => topic))).toEqual(
      new Set([factsTopic('payment.account'), toldBy('payment.account', 'programme')]),
    )
  })
})
