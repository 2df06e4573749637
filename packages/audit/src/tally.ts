/** Draws every anchor's root again from journals that somebody walks, and says what is not as it was anchored. */
import type { JournalEntry } from '@triflow/desk'
import type { Anchor, Chain, DeskRange } from './anchors.ts'
import { entryLeaf, factsOf, type SaltedFact } from './leaves.ts'
import { rootOf, type Hash } from './merkle.ts'

interface Span {
  readonly anchor: Anchor
  readonly range: DeskRange
  readonly leaves: Hash[]
  lastHash: string
}

/** Takes the entries of each desk in order; those that are not anchored yet are no matter. */
export const tallyOf = (chain: Chain) => {
  /** Per desk, the spans that are not behind its walk yet. */
  const spans = new Map<string, Span[]>()
  const byAnchor = chain.anchors.map((anchor) =>
    anchor.desks.map((range): Span => {
      const span = { anchor, range, leaves: [], lastHash: '' }
      const ahead = spans.get(range.desk) ?? []
      spans.set(range.desk, ahead)
      ahead.push(span)
      return span
    }),
  )

  /** Its anchor, if it has one. */
  const take = (entry: JournalEntry, facts: readonly SaltedFact[] = factsOf(entry.body)): Anchor | undefined => {
    const ahead = spans.get(entry.desk) ?? []
    while (ahead[0] && ahead[0].range.last < entry.sequence) ahead.shift()
    const [span] = ahead
    if (!span) return undefined
    span.leaves.push(entryLeaf(entry, facts))
    span.lastHash = Buffer.from(entry.hash).toString('hex')
    return span.anchor
  }

  const leavesOf = (anchor: Anchor): Hash[] => byAnchor[anchor.number - 1]!.flatMap(({ leaves }) => leaves)

  /** Which leaf of its anchor's tree an entry is. */
  const indexOf = (anchor: Anchor, desk: string, sequence: number): number => {
    let before = 0
    for (const { range } of byAnchor[anchor.number - 1]!) {
      if (range.desk === desk) return before + sequence - range.first
      before += range.last - range.first + 1
    }
    throw new RangeError(`anchor ${anchor.number} covers nothing of ${desk}`)
  }

  /** Everything that differs, once all journals were walked. */
  const finish = (): string[] =>
    byAnchor.flatMap((own, index) => {
      const anchor = chain.anchors[index]!
      const name = `anchor ${anchor.number} of ${chain.service} (${anchor.day})`
      const differing = own.flatMap(({ range, leaves, lastHash }) => {
        const { desk, first, last, hash } = range
        if (leaves.length < last - first + 1)
          return [`${desk}@${first + leaves.length} is missing, and ${name} covers it`]
        return lastHash === hash ? [] : [`${desk}@${first} to ${last} are not the entries that ${name} fixed`]
      })
      if (differing.length > 0) return differing
      const root = Buffer.from(rootOf(leavesOf(anchor))).toString('hex')
      return root === anchor.root ? [] : [`the journals give another root than ${name}`]
    })

  return { take, leavesOf, indexOf, finish }
}

export type Tally = ReturnType<typeof tallyOf>
