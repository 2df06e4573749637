/** How much one entry takes in: what is small grows while the pen is busy, what is large is decided meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { commandsTopic, encodeMessage, fullNameOf, headsTopic, partitionOfKey } from '@triflow/contracts'
import { describe, expect, it } from 'vitest'
import { createCore } from './core.ts'
import { createInbox } from './inbox.ts'
import { openEntry } from './journal.ts'
import { createFreeWorld, createMemoryEngines, createMemoryWitness, memoryPorts } from './memory/index.ts'
import { officeLimits, type HeldDesk } from './premises.ts'
import { commandRecord } from './record.ts'
import { openRound } from './round.ts'
import { simulatedDesks } from '../test/simulation/desks.ts'
import { line } from '../test/simulation/wishes.ts'

const definition = simulatedDesks[0]!
const topic = commandsTopic(definition.name)
const partition = partitionOfKey(Buffer.from('a1'), 2)

/** One running desk whose store acknowledges an entry only when told to. */
const opened = (draftAheadRecords: number, snapshotEveryEntries = officeLimits.snapshotEveryEntries) => {
  const world = createFreeWorld()
  const ports = memoryPorts(createMemoryEngines(world), world.process('a'))
  const witness = createMemoryWitness()
  const inserted: number[] = []
  const snapshots: number[] = []
  let acknowledge: () => void = () => {}
  let keep: () => void = () => {}
  const core = createCore(definition, partition, 2)
  const inbox = createInbox(definition.name, partition, [topic], core.state(), 1_000_000, () => undefined, witness)
  const desk: HeldDesk = {
    partition,
    id: core.id,
    epoch: 1,
    phase: 'running',
    core,
    inbox,
    publishedThrough: 0,
    drafted: undefined,
    captured: undefined,
    fetching: false,
    inserting: false,
    entriesSinceSnapshot: 0,
    bytesSinceSnapshot: 0,
    snapshot: undefined,
    savingSnapshot: false,
    lastTickAt: 0,
  }
  const round = openRound(
    {
      ...ports,
      store: {
        ...ports.store,
        insert: async (entries) => {
          inserted.push(...entries.map((entry) => openEntry(entry).records.length))
          await new Promise<void>((resolve) => (acknowledge = resolve))
          return entries.map(() => 'inserted' as const)
        },
        saveSnapshot: async ({ sequence }) => {
          snapshots.push(sequence)
          await new Promise<void>((resolve) => (keep = resolve))
          return true
        },
      },
      log: { ...ports.log, publish: async (records) => records },
      replies: { deliver: () => {} },
      witness,
      desk: definition,
      desks: 2,
      owner: 'a',
      codeVersion: 'test',
      limits: { ...officeLimits, draftAheadRecords, snapshotEveryEntries },
      inputs: [topic],
      heads: headsTopic(definition.name),
      membership: () => undefined,
      admitted: Promise.resolve(),
      stopped: () => false,
    },
    { held: new Map([[partition, desk]]), lost: () => {}, spoilt: () => {}, halt: () => {} },
  )
  let offset = 0
  return {
    inserted,
    snapshots,
    desk,
    arrive: async (count: number): Promise<void> => {
      const fetchedOffset = offset
      const records = Array.from({ length: count }, () => {
        const { id, key, command } = line(`c${offset}`, 'a1', 'credit', 1)
        const bytes = encodeMessage(command)
        const outgoing = commandRecord(topic, partition, {
          commandId: id,
          type: fullNameOf(command.type),
          key,
          bytes,
          actor: 'tester',
          reply: '',
          traceparent: '',
        })
        return { ...outgoing, offset: offset++ }
      })
      round.takeIn({ topic, partition, fetchedOffset, records })
      await sleep(5)
    },
    acknowledged: async (): Promise<void> => {
      acknowledge()
      await sleep(5)
    },
    kept: async (): Promise<void> => {
      keep()
      await sleep(5)
    },
  }
}

describe('an entry', () => {
  it('takes in all that came while the pen was busy with the one before', async () => {
    const { inserted, desk, arrive, acknowledged } = opened(3)
    await arrive(1)
    await arrive(1)
    await arrive(1)
    expect(inserted).toEqual([1])
    expect(desk.drafted).toBeUndefined()
    await acknowledged()
    expect(inserted).toEqual([1, 2])
  })

  it('that is large is decided meanwhile, and what comes then waits for the next', async () => {
    const { inserted, desk, arrive, acknowledged } = opened(3)
    await arrive(1)
    await arrive(3)
    expect(desk.drafted?.taken).toBe(3)
    await arrive(1)
    await acknowledged()
    await acknowledged()
    expect(inserted).toEqual([1, 3, 1])
  })
})

describe('a snapshot', () => {
  it('is of an entry that is in the journal, and is not begun while another is being stored', async () => {
    const { snapshots, arrive, acknowledged } = opened(1, 1)
    await arrive(1)
    await acknowledged()
    expect(snapshots).toEqual([1])
    await arrive(1)
    await acknowledged()
    expect(snapshots).toEqual([1])
  })

  it('does not wait for another entry when it became due while the one before was being stored', async () => {
    const { snapshots, arrive, acknowledged, kept } = opened(1, 1)
    for (let n = 0; n < 3; n++) {
      await arrive(1)
      await acknowledged()
    }
    expect(snapshots).toEqual([1])
    await kept()
    expect(snapshots).toEqual([1, 3])
  })
})
