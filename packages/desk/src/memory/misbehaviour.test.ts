/** The in-memory engines misbehave as the real ones do; without these the simulation would prove a kinder world. */
import { describe, expect, it } from 'vitest'
import type { Batch, Membership } from '../ports.ts'
import { sessionTimeoutMs } from './broker.ts'
import { createMemoryEngines, memoryPorts, type MemoryEngines } from './engines.ts'
import type { FaultRates } from './faults.ts'
import { createWorld, type ScheduledWorld } from './scheduler.ts'
import type { Process } from './world.ts'

const seeds = Array.from({ length: 40 }, (_, seed) => seed)

const record = (partition: number, value: string, topic = 'facts') => ({
  topic,
  partition,
  key: Buffer.from('k'),
  value: Buffer.from(value),
  headers: {},
})

interface Scene {
  readonly world: ScheduledWorld
  readonly engines: MemoryEngines
}

const scene = (seed: number, faults: FaultRates = {}): Scene => {
  const world = createWorld(seed, { faults })
  const engines = createMemoryEngines(world)
  engines.broker.topics.ensure(['facts', 'more'].map((name) => ({ name, partitions: 4, settings: {} })))
  return { world, engines }
}

interface Reader {
  readonly process: Process
  membership: Membership | undefined
  readonly assigned: (readonly number[])[]
  readonly batches: Batch[]
  revoked: number
}

/** Joins; seeks nothing, so that positions are what the client made of them; resumes everything it is given. */
const join = ({ world, engines }: Scene, name: string): Reader => {
  const process = world.process(name)
  const reader: Reader = { process, membership: undefined, assigned: [], batches: [], revoked: 0 }
  const resume = (): void => {
    const held = (reader.assigned.at(-1) ?? []).flatMap((partition) =>
      ['facts', 'more'].map((topic) => ({ topic, partition })),
    )
    reader.membership?.resume(held)
  }
  void memoryPorts(engines, process)
    .log.join({
      group: 'g',
      topics: ['facts', 'more'],
      onAssigned: (partitions) => {
        reader.assigned.push(partitions)
        resume()
      },
      onBatch: (batch) => void reader.batches.push(batch),
      onRevoked: () => void reader.revoked++,
    })
    .then((membership) => {
      reader.membership = membership
      resume()
    })
  return reader
}

const held = (reader: Reader): readonly number[] => reader.assigned.at(-1) ?? []

const fill = ({ engines }: Scene, count: number, partition = 0): void => {
  for (let index = 0; index < count; index++) engines.broker.topics.append(record(partition, `r${index}`))
}

const values = (reader: Reader): string[] =>
  reader.batches.flatMap((batch) => batch.records.map((one) => String(Buffer.from(one.value!))))

describe('the in-memory log', () => {
  it('resolves a publish that left a topic-partition unsent, and does not name it', async () => {
    let unsent = 0
    for (const seed of seeds) {
      const here = scene(seed, { 'log.unsent': 0.3 })
      const { log } = memoryPorts(here.engines, here.world.process('p'))
      let named: string[] | undefined
      void log
        .publish([record(0, 'a'), record(1, 'b')])
        .then((result) => (named = result.map((at) => String(at.partition))))
      await here.world.run(() => false)
      const written = [0, 1].filter(
        (partition) => here.engines.broker.topics.read({ topic: 'facts', partition }).length > 0,
      )
      expect(named).toEqual(written.map(String))
      unsent += 2 - written.length
    }
    expect(unsent).toBeGreaterThan(5)
  })

  it('reorders publishes that are in flight together', async () => {
    const orders = new Set<string>()
    for (const seed of seeds) {
      const here = scene(seed)
      const { log } = memoryPorts(here.engines, here.world.process('p'))
      void log.publish([record(0, 'a')])
      void log.publish([record(0, 'b')])
      await here.world.run(() => false)
      orders.add(
        here.engines.broker.topics
          .read({ topic: 'facts', partition: 0 })
          .map((one) => String(Buffer.from(one.value!)))
          .join(''),
      )
    }
    expect(orders).toEqual(new Set(['ab', 'ba']))
  })

  it('loses the answer of a publish that was written, wholly, in part or not at all', async () => {
    const written = new Set<number>()
    for (const seed of seeds) {
      const here = scene(seed, { 'call.unknownDone': 1 })
      let failed = false
      void memoryPorts(here.engines, here.world.process('p'))
        .log.publish([record(0, 'a'), record(1, 'b')])
        .catch(() => (failed = true))
      await here.world.run(() => false)
      expect(failed).toBe(true)
      written.add(here.engines.broker.topics.appended())
    }
    expect(written).toEqual(new Set([0, 1, 2]))
  })

  it('may tell an assignment before the join is answered, and after it', async () => {
    const orders = new Set<boolean>()
    for (const seed of seeds) {
      const here = scene(seed)
      const reader = join(here, 'p')
      await here.world.run(() => reader.assigned.length > 0)
      orders.add(reader.membership === undefined)
    }
    expect(orders).toEqual(new Set([true, false]))
  })

  it('rewinds a partition that a member keeps when it rejoins', async () => {
    const here = scene(1, { 'log.rewind': 1 })
    fill(here, 3)
    const reader = join(here, 'p')
    await here.world.run(() => values(reader).length === 3)
    here.engines.broker.rebalance('g')
    await here.world.run(() => values(reader).length === 6)
    expect(values(reader)).toEqual(['r0', 'r1', 'r2', 'r0', 'r1', 'r2'])
  })

  it('delivers a batch it had fetched before a pause or a seek', async () => {
    const late = async (rate: number): Promise<number> => {
      let count = 0
      for (const seed of seeds) {
        const here = scene(seed, { 'log.lateDelivery': rate })
        const reader = join(here, 'p')
        await here.world.run(() => held(reader).length === 4 && reader.membership !== undefined)
        fill(here, 3)
        let paused = false
        here.world.setJudge((step) => {
          if (step.label === 'log.deliver facts/0' && !paused) {
            paused = true
            reader.membership!.pause([{ topic: 'facts', partition: 0 }])
          }
          return undefined
        })
        await here.world.run(() => false)
        count += reader.batches.length
      }
      return count
    }
    expect(await late(0)).toBe(0)
    expect(await late(1)).toBe(seeds.length)
  })

  it('delivers after a revocation what was fetched before it', async () => {
    let late = 0
    for (const seed of seeds) {
      const here = scene(seed, { 'log.lateDelivery': 1 })
      const reader = join(here, 'p')
      await here.world.run(() => held(reader).length === 4 && reader.membership !== undefined)
      fill(here, 3, 3)
      let joined: Reader | undefined
      here.world.setJudge((step) => {
        if (step.label === 'log.fetch facts/3' && !joined) joined = join(here, 'q')
        return undefined
      })
      await here.world.run(() => false)
      expect(held(reader)).toEqual([0, 1])
      if (reader.batches.some((batch) => batch.partition === 3 && batch.fetchedOffset === 0)) late++
    }
    expect(late).toBeGreaterThan(0)
  })

  it('jumps when its position is outside the log, to either end, without a word', async () => {
    const starts = new Set<number>()
    for (const seed of seeds) {
      const here = scene(seed, { 'log.jump': 0.5 })
      fill(here, 10)
      here.engines.broker.topics.trim({ topic: 'facts', partition: 0 }, 4)
      const reader = join(here, 'p')
      await here.world.run(() => false)
      fill(here, 1)
      await here.world.run(() => false)
      starts.add(reader.batches[0]!.fetchedOffset)
    }
    expect(starts).toEqual(new Set([4, 10]))
  })

  it('flips a byte of what it fetches; fetched again it is good, unless it has rotted', async () => {
    const read = async (faults: FaultRates): Promise<string[]> => {
      const here = scene(11, faults)
      fill(here, 1)
      const reader = join(here, 'p')
      await here.world.run(() => reader.batches.length === 1)
      here.world.setFaults({})
      reader.membership!.seek({ topic: 'facts', partition: 0 }, 0)
      await here.world.run(() => reader.batches.length === 2)
      return values(reader)
    }
    const [flipped, good] = await read({ 'log.corrupt': 1 })
    expect([flipped === 'r0', good]).toEqual([false, 'r0'])
    const [rotten, still] = await read({ 'log.rot': 1 })
    expect([rotten === 'r0', still]).toEqual([false, rotten])
  })

  it('gives a killed member’s partitions to the others once its session is over', async () => {
    const here = scene(4)
    const [one, two] = [join(here, 'one'), join(here, 'two')]
    await here.world.run(() => held(one).length === 2 && held(two).length === 2)
    const killedAt = here.world.now()
    one.process.kill()
    await here.world.run(() => held(two).length === 4)
    expect(held(two)).toEqual([0, 1, 2, 3])
    expect(here.world.now() - killedAt).toBeGreaterThanOrEqual(sessionTimeoutMs)
    expect(held(one)).toHaveLength(2)
  })

  it('goes on without a member that froze past its session, and takes it back when it wakes', async () => {
    const here = scene(4)
    const [one, two] = [join(here, 'one'), join(here, 'two')]
    await here.world.run(() => held(one).length === 2 && held(two).length === 2)
    one.process.freeze()
    await here.world.run(() => held(two).length === 4)
    expect([held(one).length, one.revoked]).toEqual([2, 0])
    one.process.thaw()
    await here.world.run(() => one.revoked === 1 && held(one).length === 2 && held(two).length === 2)
    expect([...held(one), ...held(two)].sort()).toEqual([0, 1, 2, 3])
  })
})

describe('the in-memory store', () => {
  const entry = (sequence: number) => ({
    desk: 'test.desk-00',
    sequence,
    at: sequence,
    publishedThrough: 0,
    previousHash: new Uint8Array(32),
    hash: new Uint8Array(32),
    body: new Uint8Array(1),
  })

  it('may miss the newest of several entries, never one that is asked for by itself', async () => {
    let missed = 0
    for (const seed of seeds) {
      const here = scene(seed, { 'store.staleEntries': 0.5 })
      const { store } = memoryPorts(here.engines, here.world.process('p'))
      const answers: number[] = []
      void (async () => {
        await store.insert([1, 2, 3, 4, 5].map(entry))
        answers.push((await store.entries('test.desk-00', 1, 10)).length)
        answers.push((await store.entry('test.desk-00', 5))!.sequence)
      })()
      await here.world.run(() => answers.length === 2)
      expect(answers[1]).toBe(5)
      if (answers[0]! < 5) missed++
    }
    expect(missed).toBeGreaterThan(5)
  })

  it('shows the snapshot before when a writer died between the chunks and the header', async () => {
    const here = scene(2)
    const { store } = memoryPorts(here.engines, here.world.process('p'))
    const save = (sequence: number, size: number) =>
      store.saveSnapshot(
        {
          desk: 'd',
          sequence,
          entryHash: new Uint8Array(1),
          codeVersion: '1',
          wholeBytes: size,
          changedBytes: 0,
        },
        [new Uint8Array(size).fill(sequence)],
      )
    let saved = false
    void save(1, 10).then(() => (saved = true))
    await here.world.run(() => saved)
    here.world.setJudge((step) => (step.label === 'store.snapshotHeader d@2' ? 'crash-before' : undefined))
    void save(2, 10)
    await here.world.run(() => false)
    expect(here.engines.database.snapshotChunks.size).toBe(2)
    let newest: number | undefined
    void memoryPorts(here.engines, here.world.process('q'))
      .store.snapshot('d')
      .then((snapshot) => (newest = snapshot!.sequence))
    await here.world.run(() => newest !== undefined)
    expect(newest).toBe(1)
  })
})
