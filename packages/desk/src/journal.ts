/** Journal entries as bytes: one protobuf body, chained by SHA-256 to the entry before it. */
import { createHash } from 'node:crypto'
import { deskWire } from '@triflow/contracts'
import type { JournalEntry } from './ports.ts'

/**
 * Format of stored entries: what this code writes, and the oldest that it still reads. Fields added to a message do not
 * change it; whatever older code would misread does, and is upcast on reading.
 */
export const journalFormat = { writes: 1, reads: 1 } as const

export type EntryBody = deskWire.EntryBody

/** What the chain of a desk that has written nothing yet starts from. */
export const genesisHash: Uint8Array = new Uint8Array(32)

/** SHA-256 over the previous entry's hash and the body's bytes. */
export const chainHash = (previousHash: Uint8Array, body: Uint8Array): Uint8Array =>
  createHash('sha256').update(previousHash).update(body).digest()

export const sealEntry = (body: EntryBody, previousHash: Uint8Array): JournalEntry => {
  const bytes = deskWire.EntryBody.encode(body).finish()
  return {
    desk: body.desk,
    sequence: Number(body.sequence),
    at: Number(body.atMs),
    publishedThrough: Number(body.publishedThrough),
    previousHash,
    hash: chainHash(previousHash, bytes),
    body: bytes,
  }
}

export const openEntry = (entry: JournalEntry): EntryBody => deskWire.EntryBody.decode(entry.body)

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
