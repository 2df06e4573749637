/** Small journals over the in-memory ports: entries with facts, written at chosen moments. For tests. */
import { deskWire } from '@triflow/contracts'
import { genesisHash, sealEntry, type JournalEntry } from '@triflow/desk'
import { createFreeWorld, createMemoryEngines, memoryPorts, type MemoryEngines } from '@triflow/desk/memory'
import { createMemoryAnchorFile, createMemoryAnchors } from './memory.ts'
import type { Sealer } from './sealing.ts'

export const recordOf = (type: string, value: Uint8Array, number: number): deskWire.PublishedRecord =>
  deskWire.PublishedRecord.fromPartial({
    topic: 'triflow.financing.obligor',
    key: Buffer.from('acme'),
    number: BigInt(number),
    previous: BigInt(number - 1),
    type,
    value: Buffer.from(value),
  })

/** A desk that has written one entry per moment, with as many facts as its sequence says, up to three. */
export const entriesOf = (desk: string, moments: readonly number[], from?: JournalEntry): JournalEntry[] => {
  const entries: JournalEntry[] = []
  for (const at of moments) {
    const before = entries.at(-1) ?? from
    const sequence = (before?.sequence ?? 0) + 1
    const body = deskWire.EntryBody.fromPartial({
      desk,
      sequence: BigInt(sequence),
      atMs: BigInt(at),
      facts: Array.from({ length: sequence % 4 }, (_, index) =>
        recordOf('triflow.test.v1.Said', Buffer.from(`${desk} ${sequence} ${index}`), sequence * 10 + index),
      ),
    })
    entries.push(sealEntry(body, before?.hash ?? genesisHash))
  }
  return entries
}

export const DESKS = ['financing.obligor-00', 'financing.obligor-01', 'financing.trade-00']

/** One platform; `sealer` is a process of its own on it, with its own idea of the time. */
export const openTown = (engines: MemoryEngines = createMemoryEngines(createFreeWorld())) => {
  const anchors = createMemoryAnchors()
  const file = createMemoryAnchorFile()
  let processes = 0
  const sealer = (now: () => number): Sealer => {
    const { store, log } = memoryPorts(engines, engines.world.process(`sealer-${processes++}`))
    const clock = { now, sleep: async () => undefined, soon: (task: () => void) => void setImmediate(task) }
    return { service: 'financing', desks: DESKS, store, log, anchors, file, clock }
  }
  const { store, log } = memoryPorts(engines, engines.world.process('writer'))
  return { engines, anchors, file, sealer, store, log }
}

export type Town = ReturnType<typeof openTown>
