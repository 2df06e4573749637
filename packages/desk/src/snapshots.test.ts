/** When a snapshot is due, and that reading a large desk lets others have their turn. */
import { describe, expect, it } from 'vitest'
import { createMemoryEngines, createMemoryWitness, createWorld, memoryPorts } from './memory/index.ts'
import { createCore } from './core.ts'
import type { Clock, JournalEntry } from './ports.ts'
import { createSnapshots } from './snapshots.ts'
import { restore } from './takeover.ts'
import { simulatedDesks } from '../test/simulation/desks.ts'

const desk = simulatedDesks[0]!
const codeVersion = 'test'
const limits = { snapshotEveryEntries: 1_000, snapshotEveryBytes: 100 }

const opened = () => {
  const world = createWorld(1)
  const ports = memoryPorts(createMemoryEngines(world), world.process('a'))
  const entriesWritten = async (count: number, owner = 'a'): Promise<void> => {
    const core = createCore(desk, 0, 2)
    const entries: JournalEntry[] = []
    for (let n = 1; n <= count; n++)
      entries.push(core.draft([], new Map(), { at: n, owner, codeVersion, publishedThrough: 0 }).entry)
    await world.run(() => false)
    const inserted = ports.store.insert(entries)
    await world.run(() => false)
    await inserted
  }
  return { world, ports, entriesWritten }
}

describe('a snapshot', () => {
  it('is due after so many entries or bytes, and of a large desk only after twice its own size', async () => {
    const { world, ports, entriesWritten } = opened()
    const snapshots = createSnapshots(desk, 2, ports.store, ports.clock, createMemoryWitness(), codeVersion, limits)
    expect([snapshots.isDue(0, 999, 99), snapshots.isDue(0, 1_000, 0), snapshots.isDue(0, 0, 100)]).toEqual([
      false,
      true,
      true,
    ])
    await entriesWritten(3)
    snapshots.request(0)
    await world.run(() => false)
    const asked = ports.store.snapshot('payment.account-00')
    await world.run(() => false)
    const { bytes } = (await asked)!
    expect(bytes.length).toBeGreaterThan(limits.snapshotEveryBytes)
    expect(snapshots.isDue(0, 0, 2 * bytes.length - 1)).toBe(false)
    expect(snapshots.isDue(0, 0, 2 * bytes.length)).toBe(true)
    expect(snapshots.isDue(1, 0, 100)).toBe(true)
  })
})

describe('reading a journal', () => {
  it('gives way after every megabyte that was folded', async () => {
    const pauses = async (owner: string): Promise<number> => {
      const { world, ports, entriesWritten } = opened()
      // Whoever wrote an entry is named in it: a long name makes a large entry.
      await entriesWritten(10, owner)
      let count = 0
      const clock: Clock = { ...ports.clock, sleep: async () => void count++ }
      const restored = restore(desk, 0, 2, ports.store, clock, codeVersion)
      await world.run(() => false)
      expect((await restored).folded).toBe(10)
      return count
    }
    expect(await pauses('a')).toBe(0)
    expect(await pauses('a'.repeat(500_000))).toBe(5)
  })
})
