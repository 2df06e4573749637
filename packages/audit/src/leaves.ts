/**
 * What of a journal entry goes into a tree. An entry is one leaf, `desk@sequence at` with the entry's hash and the root of
 * a small tree over its facts; so one fact can be shown without the others that were decided with it.
 */
import { createHmac, hash as hashOnce } from 'node:crypto'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import type { JournalEntry } from '@triflow/desk'
import { leafHash, rootOf, type Hash } from './merkle.ts'

/** Field `facts` of triflow.desk.v1.EntryBody. */
const FACTS = 10

/** The facts of a body as they lie in it, byte for byte: decoding and encoding again could drop what is not known yet. */
export const factBytes = (body: Uint8Array): Uint8Array[] => {
  const reader = new BinaryReader(body)
  const facts: Uint8Array[] = []
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === FACTS) facts.push(reader.bytes())
    else reader.skip(wireType, field)
  }
  return facts
}

export interface SaltedFact {
  readonly bytes: Uint8Array
  /** Known only to who has the whole body: without it, a fact could be guessed from the hash of its leaf. */
  readonly salt: Uint8Array
  readonly leaf: Hash
}

export const factsOf = (body: Uint8Array): SaltedFact[] => {
  const key = hashOnce('sha256', body, 'buffer')
  return factBytes(body).map((bytes, index) => {
    const salt = createHmac('sha256', key).update(`fact ${index}`).digest()
    return { bytes, salt, leaf: leafHash(salt, bytes) }
  })
}

export const entryLeaf = (
  entry: Pick<JournalEntry, 'desk' | 'sequence' | 'at' | 'hash'>,
  facts: readonly SaltedFact[],
): Hash =>
  leafHash(
    Buffer.from(`${entry.desk}@${entry.sequence} ${new Date(entry.at).toISOString()}`),
    entry.hash,
    rootOf(facts.map(({ leaf }) => leaf)),
  )
