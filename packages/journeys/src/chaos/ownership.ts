/** Who held the pen when: entries of desks by their owner, and what an owner wrote that had lost its desks meanwhile. */
import { deskId, openEntry, type EntryBody, type JournalEntry } from '@triflow/desk'
import { connectMongo, openStore, systemClock } from '@triflow/platform'
import { silent } from '../surroundings.ts'

const PAGE = 500

export interface Written {
  readonly entry: JournalEntry
  readonly body: EntryBody
}

export type Journals = ReadonlyMap<string, readonly Written[]>

export const readJournals = async (
  url: string,
  kinds: readonly string[],
  desks: number,
): Promise<Map<string, Written[]>> => {
  const mongo = await connectMongo({ url, clock: systemClock, witness: silent })
  try {
    const store = await openStore(mongo)
    const journals = new Map<string, Written[]>()
    for (const desk of kinds.flatMap((kind) => Array.from({ length: desks }, (_, n) => deskId(kind, n)))) {
      const written: Written[] = []
      for (;;) {
        const page = await store.entries(desk, written.length + 1, PAGE)
        written.push(...page.map((entry) => ({ entry, body: openEntry(entry) })))
        if (page.length < PAGE) break
      }
      journals.set(desk, written)
    }
    return journals
  } finally {
    await mongo.close()
  }
}

/** Desks whose last entry is this owner's. */
export const desksOf = (journals: Journals, owner: string): string[] =>
  [...journals].flatMap(([desk, written]) => (written.at(-1)?.body.owner === owner ? [desk] : []))

/** A pen changes hands by an empty entry that names its new owner, and by nothing else; others are named here. */
export const seizedPens = (journals: Journals): string[] =>
  [...journals].flatMap(([desk, written]) =>
    written.flatMap(({ entry, body }, index) => {
      const tookOver = index === 0 || written[index - 1]!.body.owner !== body.owner
      return tookOver && body.records.length + body.facts.length + body.inputs.length > 0
        ? [`${desk}@${entry.sequence}`]
        : []
    }),
  )

/** What an owner wrote on desks that it had lost, between waking and being given desks again. */
export const writtenInExile = (
  journals: Journals,
  exile: {
    readonly owner: string
    readonly lost: readonly string[]
    readonly wokeAt: number
    readonly givenAgain: (desk: string) => number
  },
): string[] =>
  exile.lost.flatMap((desk) =>
    (journals.get(desk) ?? []).flatMap(({ entry: { sequence, at }, body }) =>
      body.owner === exile.owner && at >= exile.wokeAt && at < exile.givenAgain(desk)
        ? [`${desk}@${sequence} at ${at - exile.wokeAt} ms after waking`]
        : [],
    ),
  )
