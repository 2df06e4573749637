/** A town to simulate: engines in memory, nodes that run the desks and can die, and a door that logs commands. */
import {
  commandsTopic,
  deskEntry,
  encodeMessage,
  fullNameOf,
  partitionOfKey,
  partitionsOf,
  topicNamed,
  topics,
  topicSettings,
} from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import type { CoreLimits } from '../../src/core.ts'
import { openOffice } from '../../src/office.ts'
import { commandRecord } from '../../src/record.ts'
import { createMemoryEngines, memoryPorts, type MemoryEngines } from '../../src/memory/engines.ts'
import type { FaultRates } from '../../src/memory/faults.ts'
import { createWorld, type ScheduledWorld } from '../../src/memory/scheduler.ts'
import { createMemoryWitness, type MemoryWitness } from '../../src/memory/witness.ts'
import type { Process } from '../../src/memory/world.ts'
import type { OfficeLimits } from '../../src/premises.ts'
import { simulatedDesks, type CloseDay, type Line, type Redrive } from './desks.ts'

export const desksPerKind = 2

export const codeVersion = 'simulated'

export const coreLimits: CoreLimits = { factBytes: 20_000, outcomes: 3, atHand: 2 }

/** Small numbers, so that a short run meets every bound: several entries, snapshots, archived outcomes. */
const limits: Partial<OfficeLimits> = {
  recordsPerEntry: 3,
  draftAheadRecords: 2,
  sweepStepsPerEntry: 2,
  tickEveryMs: 1000,
  inboxBytes: 4000,
  snapshotEveryEntries: 4,
  snapshotEveryBytes: 1_000_000,
  core: coreLimits,
}

export interface Wish {
  readonly id: string
  readonly desk: string
  readonly key: string
  readonly command: Line | CloseDay | Redrive
}

export interface Town {
  readonly world: ScheduledWorld
  readonly engines: MemoryEngines
  readonly witness: MemoryWitness
  readonly nodes: readonly Process[]
  openNode(): Process
  /** Logs a command until the log has named its place; resolves then. */
  ask(wish: Wish): Promise<void>
}

const usedTopics = (): string[] => {
  const words = simulatedDesks.flatMap((desk) => [desk.name, ...deskEntry(desk.name).hears])
  return topics
    .map((topic) => topic.name)
    .filter(
      (name) =>
        words.some((word) => name === word || name.startsWith(`triflow.${word}`)) || name.endsWith('dead-letters'),
    )
}

const openDesks = async (
  town: { engines: MemoryEngines; witness: MemoryWitness },
  process: Process,
  desks: readonly AnyDesk[],
): Promise<void> => {
  const ports = memoryPorts(town.engines, process)
  try {
    await Promise.all(
      desks.map((desk) =>
        openOffice({
          desk,
          desks: desksPerKind,
          ...ports,
          witness: town.witness,
          owner: process.name,
          codeVersion,
          limits,
        }),
      ),
    )
  } catch {
    // What cannot start exits; something starts it again.
    process.kill()
  }
}

export const openTown = (
  seed: number,
  options: { readonly faults?: FaultRates; readonly traced?: boolean } = {},
): Town => {
  const world = createWorld(seed, options)
  const engines = createMemoryEngines(world)
  const witness = createMemoryWitness()
  const nodes: Process[] = []
  engines.broker.topics.ensure(
    usedTopics().map((name) => ({
      name,
      partitions: partitionsOf(topicNamed(name), desksPerKind),
      settings: topicSettings,
    })),
  )
  const door = world.process('door')
  const { log, clock } = memoryPorts(engines, door)
  return {
    world,
    engines,
    witness,
    nodes,
    openNode: () => {
      const process = world.process(`node-${nodes.length + 1}`)
      nodes.push(process)
      void openDesks({ engines, witness }, process, simulatedDesks)
      return process
    },
    ask: async ({ id, desk, key, command }) => {
      const topic = commandsTopic(desk)
      const partition = partitionOfKey(Buffer.from(key), engines.broker.topics.partitionsOf(topic))
      const record = commandRecord(topic, partition, {
        commandId: id,
        type: fullNameOf(command.type),
        key,
        bytes: encodeMessage(command),
        actor: 'tester',
        reply: 'door',
        traceparent: `trace of ${id}`,
      })
      for (;;) {
        const named = await log.publish([record]).catch(() => [])
        if (named.length > 0) return
        await clock.sleep(50)
      }
    },
  }
}
