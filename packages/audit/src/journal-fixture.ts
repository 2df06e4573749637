/** Small journals over the in-memory ports: entries with facts, written at chosen moments. For tests. */
import { decodeMessage, deskWire, encodeMessage, fullNameOf } from '@triflow/contracts'
import { genesisHash, sealEntry, type JournalEntry } from '@triflow/desk'
import { createFreeWorld, createMemoryEngines, memoryPorts, realClock, type MemoryEngines } from '@triflow/desk/memory'
import { createMemoryAnchorFile, createMemoryAnchors } from './memory.ts'
import type { Sealer } from './sealing.ts'

/** A fact as published, with empty fields where none are given. */
export const factOf = (
  type: string,
  fields: Readonly<Record<string, unknown>>,
  record: Partial<deskWire.PublishedRecord> = {},
): deskWire.PublishedRecord => ({
  ...deskWire.PublishedRecord.fromPartial({ topic: 'triflow.test', key: Buffer.from('acme'), number: 1n }),
  type: fullNameOf(type),
  value: Buffer.from(encodeMessage({ ...decodeMessage(fullNameOf(type), new Uint8Array()), ...fields, type })),
  ...record,
})

/** The entry of a desk that comes after `before`. */
export const entryAfter = (
  before: JournalEntry | undefined,
  desk: string,
  at: number,
  facts: readonly deskWire.PublishedRecord[],
): JournalEntry => {
  const sequence = BigInt((before?.sequence ?? 0) + 1)
  const body = deskWire.EntryBody.fromPartial({ desk, sequence, atMs: BigInt(at), facts: [...facts] })
  return sealEntry(body, before?.hash ?? genesisHash)
}

/** A desk that has written one entry per moment, with none to three facts. */
export const entriesOf = (desk: string, moments: readonly number[], from?: JournalEntry): JournalEntry[] => {
  const entries: JournalEntry[] = []
  for (const at of moments) {
    const before = entries.at(-1) ?? from
    const facts = Array.from({ length: ((before?.sequence ?? 0) + 1) % 4 }, (_, index) =>
      factOf('OrderAccepted', { orderId: `${desk} at ${at}`, version: index }),
    )
    entries.push(entryAfter(before, desk, at, facts))
  }
  return entries
}

export const DESKS = ['financing.obligor-00', 'financing.obligor-01', 'financing.trade-00']

/** One platform; `sealer` is a process of its own on it, with its own idea of the time. */
export const openTown = (engines: MemoryEngines = createMemoryEngines(createFreeWorld())) => {
  const anchors = createMemoryAnchors()
  const file = createMemoryAnchorFile()
  let processes = 0
  const sealer = (now: () => number, service = 'financing', desks: readonly string[] = DESKS): Sealer => {
    const { store, log } = memoryPorts(engines, engines.world.process(`sealer-${processes++}`))
    const clock = { ...realClock, now, sleep: async () => undefined }
    return { service, desks, store, log, anchors, file, clock }
  }
  const { store, log } = memoryPorts(engines, engines.world.process('writer'))
  return { engines, anchors, file, sealer, store, log }
}

export type Town = ReturnType<typeof openTown>
