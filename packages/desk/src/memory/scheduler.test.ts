import { describe, expect, it } from 'vitest'
import { createMemoryEngines, memoryPorts, type MemoryEngines, type MemoryPorts } from './engines.ts'
import { createWorld, type ScheduledWorld } from './scheduler.ts'
import type { FaultRates } from './faults.ts'
import type { Process, Verdict } from './world.ts'

const entry = (sequence: number, body = 'x') => ({
  desk: 'test.desk-00',
  sequence,
  at: sequence,
  publishedThrough: 0,
  previousHash: new Uint8Array(32),
  hash: new Uint8Array(32),
  body: Buffer.from(body),
})

const record = (topic: string, partition: number, value: string) => ({
  topic,
  partition,
  key: Buffer.from('k'),
  value: Buffer.from(value),
  headers: {},
})

interface Scene {
  readonly world: ScheduledWorld
  readonly engines: MemoryEngines
  readonly process: Process
  readonly ports: MemoryPorts
}

const scene = (seed: number, faults: FaultRates = {}): Scene => {
  const world = createWorld(seed, { faults, traced: true })
  const engines = createMemoryEngines(world)
  engines.broker.topics.ensure([{ name: 'facts', partitions: 2, settings: {} }])
  const process = world.process('one')
  return { world, engines, process, ports: memoryPorts(engines, process) }
}

/** Three busy writers, a sleeper and a reader: enough for the order of steps to matter. */
const busy = async (seed: number, faults: FaultRates = {}): Promise<readonly string[]> => {
  const { world, engines, process, ports } = scene(seed, faults)
  const writer = async (name: string): Promise<void> => {
    for (let round = 0; round < 5; round++) {
      await ports.log.publish([record('facts', round % 2, `${name}${round}`)]).catch(() => undefined)
      await ports.store.insert([entry(round)]).catch(() => undefined)
      await ports.clock.sleep(10 * round)
      ports.clock.soon(() => undefined)
    }
  }
  const all = Promise.all(['a', 'b', 'c'].map(writer))
  const joining = ports.log.join({
    group: 'g',
    topics: ['facts'],
    onAssigned: (partitions) => {
      void joining.then(
        (membership) => membership.resume(partitions.map((partition) => ({ topic: 'facts', partition }))),
        () => undefined,
      )
    },
    onBatch: () => undefined,
    onRevoked: () => undefined,
  })
  joining.catch(() => undefined)
  void all
  await world.run(() => false, 2000)
  const kept = [0, 1].map((partition) =>
    engines.broker.topics.read({ topic: 'facts', partition }).map((one) => String(one.value)),
  )
  return [...world.trace, process.name, JSON.stringify(kept)]
}

const everything: FaultRates = {
  'call.error': 0.1,
  'call.unknownDone': 0.1,
  'call.unknownLate': 0.1,
  'call.slow': 0.2,
  'log.unsent': 0.2,
  'log.lateDelivery': 0.5,
  'log.rewind': 0.5,
  'log.corrupt': 0.2,
}

describe('the seeded scheduler', () => {
  it('takes the same steps in the same order for the same seed', async () => {
    expect(await busy(7)).toEqual(await busy(7))
    expect(await busy(8, everything)).toEqual(await busy(8, everything))
  })

  it('takes other steps for another seed', async () => {
    const traces = await Promise.all([1, 2, 3, 4, 5].map((seed) => busy(seed)))
    expect(new Set(traces.map((trace) => trace.join('\n'))).size).toBe(5)
  })

  it('lets time pass only when nothing else is due', async () => {
    const { world, process } = scene(1)
    const started = process.clock.now()
    let woken = 0
    void process.clock.sleep(3_600_000).then(() => (woken = process.clock.now()))
    expect(await world.run(() => woken > 0)).toBe('done')
    expect(woken - started).toBeGreaterThanOrEqual(3_600_000)
    expect(woken - started).toBeLessThan(3_600_100)
  })

  it('wakes sleepers in the order of their times, and runs what is due soon in the order it was asked for', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { world, process } = scene(seed)
      const seen: string[] = []
      for (const ms of [30, 10, 20]) void process.clock.sleep(ms).then(() => seen.push(`slept ${ms}`))
      for (const name of ['a', 'b', 'c']) process.clock.soon(() => void seen.push(name))
      await world.run(() => false)
      expect(seen).toEqual(['a', 'b', 'c', 'slept 10', 'slept 20', 'slept 30'])
    }
  })

  it('tells idle when nothing is pending, and spent when the budget of steps is gone', async () => {
    const { world, process } = scene(1)
    expect(await world.run(() => false)).toBe('idle')
    const forever = (): void => process.clock.soon(forever)
    forever()
    expect(await world.run(() => false, 50)).toBe('spent')
  })

  it('never answers a killed process, and may land what it had sent', async () => {
    const landed = new Set<boolean>()
    for (let seed = 0; seed < 30; seed++) {
      const { world, engines, process, ports } = scene(seed)
      let answered = false
      void ports.store.insert([entry(1)]).then(() => (answered = true))
      let slept = false
      void ports.clock.sleep(5).then(() => (slept = true))
      process.kill()
      await world.run(() => false)
      expect([answered, slept]).toEqual([false, false])
      landed.add(engines.database.journal.size === 1)
    }
    expect(landed).toEqual(new Set([true, false]))
  })

  it('keeps what a frozen process waits for until it is thawed', async () => {
    const { world, engines, process, ports } = scene(3)
    let answered = false
    void ports.store.insert([entry(1)]).then(() => (answered = true))
    process.freeze()
    expect(await world.run(() => false)).toBe('idle')
    expect([engines.database.journal.size, answered]).toEqual([1, false])
    process.thaw()
    await world.run(() => false)
    expect(answered).toBe(true)
  })

  const struck = async (verdict: Verdict): Promise<{ stored: number; told: string; alive: boolean }> => {
    const { world, engines, process, ports } = scene(5)
    world.setJudge((step) =>
      step.label.startsWith('store.insert') && !step.label.includes('late') && step.kind === 'request'
        ? verdict
        : undefined,
    )
    let told = 'nothing'
    void ports.store.insert([entry(1)]).then(
      ([result]) => (told = result!),
      (error: Error) => (told = error.message),
    )
    await world.run(() => false)
    return { stored: engines.database.journal.size, told, alive: process.isAlive() }
  }

  it.each([
    ['go', { stored: 1, told: 'inserted', alive: true }],
    ['error', { stored: 0, told: 'no answer to store.insert test.desk-00@1', alive: true }],
    ['unknown-late', { stored: 1, told: 'no answer to store.insert test.desk-00@1', alive: true }],
    ['crash-before', { stored: 0, told: 'nothing', alive: false }],
    ['crash-after', { stored: 1, told: 'nothing', alive: false }],
  ] as const)('strikes a step with %s', async (verdict, expected) => {
    expect(await struck(verdict)).toEqual(expected)
  })

  it('shows each process its own clock, skewed or not', async () => {
    const { world, process } = scene(1)
    const other = world.process('other')
    world.skew(other, -60_000)
    expect(process.clock.now() - other.clock.now()).toBe(60_000)
  })
})
