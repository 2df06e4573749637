/** What older code has stored is read by today's, and nobody changes what is stored without keeping an example. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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

  it('has an entry for every change of a stored format', async () => {
    expect(await uncovered()).toBeUndefined()
  })

  it('tells of financed, refused and returned, of payouts that failed, and of keys that were parked', () => {
    const shown = new Set(names.flatMap((name) => Object.keys(readManifest(name).derived.shows)))
    expect([...shown]).toEqual(expect.arrayContaining(rich))
  })
})

/** What makes a story worth keeping: every way in which an input, an item or a payout can end. */
const rich = [
  ...['applied', 'duplicate', 'dead', 'corrupt', 'parked', 'unparked', 'sweep', 'sweep-done'].map(
    (fate) => `input ${fate}`,
  ),
  ...['unknown-type', 'undecodable', 'corrupt'].map((reason) => `dead letter ${reason}`),
  'archive asked, found',
]
