/** What older code has stored is read by today's, and nobody changes what is stored without keeping an example. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeMessage, encodeMessage, fullNameOf } from '@triflow/contracts'
import { openEntry, sealEntry } from '@triflow/desk'
import { describe, expect, it } from 'vitest'
import { uncovered } from '../src/corpus/command.ts'
import { decidesOtherwise, replay } from '../src/corpus/replay.ts'
import { corpusFolder, corpusNames, readManifest, readStored, type Stored } from '../src/corpus/stored.ts'

const names = corpusNames()

/** Over everything stored: as it lies on disk, and as it is at hand. */
const hashOf = (name: string, { entries }: Stored): string => {
  const hash = createHash('sha256').update(readFileSync(join(corpusFolder, name, 'stored.ndjson.br')))
  for (const { previousHash, hash: own, body } of entries) hash.update(previousHash).update(own).update(body)
  return hash.digest('hex')
}

const changedByte = (stored: Stored): Stored => ({
  ...stored,
  entries: stored.entries.with(100, {
    ...stored.entries[100]!,
    body: Buffer.from(stored.entries[100]!.body).fill(1, 9, 10),
  }),
})

const leftOut = ({ entries, keys }: Stored): Stored => ({ keys, entries: entries.toSpliced(100, 1) })

/** The first financed claim advances a cent more, and every later entry of its desk is chained anew. */
const toldOtherwise = (stored: Stored): Stored => {
  const type = fullNameOf('ClaimFinanced')
  const first = stored.entries.find((entry) => openEntry(entry).facts.some((fact) => fact.type === type))!
  let previous = first.previousHash
  const entries = stored.entries.map((entry) => {
    if (entry.desk !== first.desk || entry.sequence < first.sequence) return entry
    const body = openEntry(entry)
    if (entry === first)
      for (const fact of body.facts)
        if (fact.type === type) {
          const told = decodeMessage(type, fact.value) as { type: string; advanceMinor: bigint }
          fact.value = encodeMessage({ ...told, advanceMinor: told.advanceMinor + 1n } as never)
        }
    const sealed = sealEntry(body, previous)
    previous = sealed.hash
    return sealed
  })
  return { ...stored, entries }
}

describe('the corpus of stored journals', () => {
  it.each(names)('%s is read by today’s code as by the code that wrote it', async (name) => {
    const manifest = readManifest(name)
    const stored = readStored(name)
    const before = hashOf(name, stored)
    const replayed = await replay(manifest, stored)
    expect(replayed.wrong).toEqual([])
    const { entries, decidedAgain, chainOnly } = replayed
    expect(entries).toBeGreaterThan(100)
    const otherwise = stored.entries.filter(({ desk }) => decidesOtherwise(manifest).has(desk))
    expect([decidedAgain, chainOnly]).toEqual([entries - otherwise.length, otherwise.length])
    expect(stored.keys.length).toBeGreaterThan(0)
    // Journals are upcast on read, never rewritten.
    expect(hashOf(name, stored)).toBe(before)
  })

  it.each([
    ['a byte of an entry', /does not follow the one before it/, changedByte],
    ['an entry left out', /is missing|entries are of no desk/, leftOut],
    ['a claim told with another amount, the chain made anew', /entry \d+: fact \d+: recorded/, toldOtherwise],
  ] as const)('finds out %s', async (_, sentence, change) => {
    const name = names.at(-1)!
    const { wrong } = await replay(readManifest(name), change(readStored(name)))
    expect(wrong[0]).toMatch(sentence)
  })

  it('has an entry for every change of a stored format', async () => {
    expect(await uncovered()).toBeUndefined()
  })

  it('tells of claims financed, refused and referred, of returns, of payouts nobody knows of, and of keys that were parked', () => {
    const shown = new Set(names.flatMap((name) => Object.keys(readManifest(name).derived.shows)))
    expect([...shown]).toEqual(expect.arrayContaining(rich))
  })
})

/** What makes a story worth keeping: every way in which an input, an item or a payout can end. */
const rich = [
  ...['ClaimFinanced', 'ClaimRefused', 'ClaimReferred', 'CreditNoteIssued', 'GoodsReturned', 'InvoiceDisputed'].map(
    (fact) => `fact ${fact}`,
  ),
  ...['DisbursementExecuted', 'DisbursementUnknown', 'CashAllocated', 'DilutionRecorded', 'KeyRedriven'].map(
    (fact) => `fact ${fact}`,
  ),
  ...['applied', 'duplicate', 'dead', 'corrupt', 'parked', 'unparked', 'sweep', 'sweep-done'].map(
    (fate) => `input ${fate}`,
  ),
  ...['unknown-type', 'undecodable', 'corrupt'].map((reason) => `dead letter ${reason}`),
  'archive asked, found',
]
