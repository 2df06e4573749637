/** When a snapshot is due and what it is made of, and that reading a large desk lets others have their turn. */
import { describe, expect, it } from 'vitest'
import { createMemoryEngines, createMemoryWitness, createWorld, memoryPorts } from './memory/index.ts'
import { createCore, type CapturedState } from './core.ts'
import type { Clock, JournalEntry, Snapshot, Store } from './ports.ts'
import type { HeldDesk } from './premises.ts'
import { createSnapshots } from './snapshots.ts'
import { restore } from './takeover.ts'
import { simulatedDesks } from '../test/simulation/desks.ts'

const desk = simulatedDesks[0]!
const codeVersion = 'test'
const limits = { snapshotEveryEntries: 1_000, snapshotEveryBytes: 100 }

const opened = () => {
  const world = createWorld(1)
  const engines = createMemoryEngines(world)
  const ports = memoryPorts(engines, world.process('a'))
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
  return { world, engines, ports, entriesWritten }
}

describe('a snapshot', () => {
  const asked = async (
    world: { run(isDone: () => boolean): Promise<unknown> },
    store: Store,
  ): Promise<Snapshot | undefined> => {
    const found = store.snapshot('payment.account-00')
    await world.run(() => false)
    return found
  }
  const meta = { owner: 'a', codeVersion, publishedThrough: 0 }

  const desks = () => {
    const { world, ports } = opened()
    const core = createCore(desk, 0, 2)
    const held = {
      id: core.id,
      epoch: 1,
      core,
      entriesSinceSnapshot: 0,
      bytesSinceSnapshot: 0,
      snapshot: undefined,
      savingSnapshot: false,
    } as unknown as HeldDesk
    const witness = createMemoryWitness()
    const archive = { flushed: async (): Promise<void> => {} }
    const snapshots = createSnapshots(ports.store, archive, ports.clock, witness, codeVersion, limits, () => false)
    const drafted = (): void => void core.draft([], new Map(), { at: 1, ...meta })
    const saved = async (captured: CapturedState): Promise<void> => {
      void snapshots.save(held, captured)
      await world.run(() => false)
    }
    return { world, ports, core, held, archive, snapshots, drafted, saved }
  }

  it('is due after so many entries or bytes, and not while one is being written', async () => {
    const { held, snapshots, drafted, saved } = desks()
    drafted()
    held.entriesSinceSnapshot = 999
    expect(snapshots.captureIfDue(held)).toBeUndefined()
    held.bytesSinceSnapshot = 100
    const captured = snapshots.captureIfDue(held)!
    expect(captured.sequence).toBe(1)
    held.entriesSinceSnapshot = 1_000
    expect(snapshots.captureIfDue(held)).toBeUndefined()
    await saved(captured)
    expect(snapshots.captureIfDue(held)).toBeDefined()
  })

  it('is first a whole state, then changes on top of it', async () => {
    const { world, ports, held, snapshots, drafted, saved } = desks()
    for (let n = 1; n <= 3; n++) {
      drafted()
      held.entriesSinceSnapshot = 1_000
      await saved(snapshots.captureIfDue(held)!)
    }
    const stored = (await asked(world, ports.store))!
    expect([stored.sequence, held.snapshot!.sequence]).toEqual([3, 3])
    const read = Array.fromAsync(stored.pieces())
    await world.run(() => false)
    // Bookkeeping alone, each time: this desk has nothing open.
    expect((await read).length).toBe(3)
  })

  it('waits for the archive to have what is no longer in it, and is not kept of a desk that was lost meanwhile', async () => {
    const { world, ports, held, archive, snapshots, drafted, saved } = desks()
    let archived = (): void => {}
    archive.flushed = () => new Promise((resolve) => (archived = resolve))
    const sequences: unknown[] = []
    for (const isLost of [true, false]) {
      drafted()
      held.entriesSinceSnapshot = 1_000
      await saved(snapshots.captureIfDue(held)!)
      sequences.push((await asked(world, ports.store))?.sequence)
      if (isLost) held.epoch += 1
      archived()
      await world.run(() => false)
      sequences.push((await asked(world, ports.store))?.sequence)
      held.savingSnapshot = false
    }
    expect(sequences).toEqual([undefined, undefined, undefined, 2])
  })

  it('is whole again before a takeover would have to read very many pieces', async () => {
    const { world, ports, held, snapshots, drafted, saved } = desks()
    let most = 0
    for (let n = 1; n <= 50; n++) {
      drafted()
      held.entriesSinceSnapshot = 1_000
      await saved(snapshots.captureIfDue(held)!)
      const read = Array.fromAsync((await asked(world, ports.store))!.pieces())
      await world.run(() => false)
      most = Math.max(most, (await read).length)
    }
    expect(most).toBeGreaterThan(2)
    expect(most).toBeLessThan(12)
  })

  it('is whole again when another owner has written one meanwhile', async () => {
    const { world, ports, core, held, snapshots, drafted, saved } = desks()
    drafted()
    held.entriesSinceSnapshot = 1_000
    await saved(snapshots.captureIfDue(held)!)
    const theirs = { desk: core.id, entryHash: new Uint8Array(32), codeVersion, wholeBytes: 1, changedBytes: 0 }
    void ports.store.saveSnapshot({ ...theirs, sequence: 2 }, [])
    await world.run(() => false)
    for (const expected of [2, 4]) {
      drafted()
      drafted()
      held.entriesSinceSnapshot = 1_000
      await saved(snapshots.captureIfDue(held)!)
      expect((await asked(world, ports.store))!.sequence).toBe(expected === 2 ? 2 : 5)
    }
  })

  it('that lacks a piece, or cannot be read, costs a longer way and nothing else', async () => {
    for (const harm of ['lost', 'rotted'] as const) {
      const { world, ports, entriesWritten, engines } = opened()
      await entriesWritten(3)
      const core = createCore(desk, 0, 2)
      core.draft([], new Map(), { at: 1, ...meta })
      const { entryHash, sequence, pieces } = core.capture(true)
      const header = { desk: core.id, sequence, entryHash, codeVersion, wholeBytes: 1, changedBytes: 0 }
      void ports.store.saveSnapshot(header, pieces())
      await world.run(() => false)
      const { snapshotChunks } = engines.database
      for (const id of [...snapshotChunks.keys()])
        if (harm === 'lost') snapshotChunks.delete(id)
        else snapshotChunks.set(id, Buffer.from('rot'))
      const restoring = restore(desk, 0, 2, ports.store, ports.clock, codeVersion)
      await world.run(() => false)
      const { snapshot, folded } = await restoring
      expect([snapshot, folded]).toEqual([undefined, 3])
    }
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
