/** Journal entries as bytes: one protobuf body, chained by SHA-256 to the entry before it. */
import { createHash } from 'node:crypto'
import { deskWire, encodeAs } from '@triflow/contracts'
import { Halted } from './halted.ts'
import type { JournalEntry } from './ports.ts'

export type EntryBody = deskWire.EntryBody

/**
 * The format that entries are written in. Raised whenever code that does not know of a change would fold an entry to
 * another state than the code that wrote it; what such code may do without (a message it never meets in its own
 * journal, a field that changes no meaning) does not raise it. The first is 0, which takes no bytes.
 */
export const journalFormat = 0

/** What the chain of a desk that has written nothing yet starts from. */
export const genesisHash: Uint8Array = new Uint8Array(32)

/** SHA-256 over the previous entry's hash and the body's bytes. */
export const chainHash = (previousHash: Uint8Array, body: Uint8Array): Uint8Array =>
  createHash('sha256').update(previousHash).update(body).digest()

export const sealEntry = (body: EntryBody, previousHash: Uint8Array): JournalEntry => {
  const bytes = encodeAs(deskWire.EntryBody, body)
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

/** The body of an entry; throws Halted on one in a format that this code does not know. */
export const openEntry = (entry: JournalEntry): EntryBody => {
  const body = deskWire.EntryBody.decode(entry.body)
  if (body.format > journalFormat)
    throw new Halted(
      'journal-newer',
      `${entry.desk}@${entry.sequence} was written by code ${body.codeVersion} in journal format ${body.format}; this code reads formats up to ${journalFormat}. Nothing was written: start that version again, or a later one`,
    )
  return body
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
