/** Whole journals as lines of JSON, as they stand and unjudged: what an auditor checks against his own copy of the anchors. */
import { nextEntries } from '@triflow/desk'
import type { Journals } from './journal-walk.ts'

const PAGE = 100

/** One line per entry, each desk's in order. `most` is the sequence up to which gaps are looked beyond. */
export async function* exportLines({ store, clock }: Journals, desk: string, most: number) {
  for (let next = 1; ;) {
    const page = await nextEntries(store, desk, next, PAGE)
    if (page.length === 0 && next > most) return
    for (const { sequence, hash, body } of page)
      yield JSON.stringify({
        desk,
        sequence,
        hash: Buffer.from(hash).toString('hex'),
        body: Buffer.from(body).toString('base64'),
      })
    next = (page.at(-1)?.sequence ?? next + PAGE - 1) + 1
    await clock.sleep(0)
  }
}
