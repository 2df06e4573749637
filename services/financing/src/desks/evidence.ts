/** How a decision names its grounds: the record that a desk heard, and what that record shows. */
import type { Evidence } from '@triflow/kernel'

/** A heard record as a decision tells it; the wire's `Evidence`. */
export interface Cited {
  /** What it shows: order, acceptance, invoice, goods, funds, consent, confirmation, cash, programme. */
  about: string
  desk: string
  entry: bigint
  index: number
  sha256: string
  type: string
}

export const cite = (about: string, evidence: Evidence): Cited => ({
  about,
  desk: evidence.desk,
  entry: evidence.entry,
  index: evidence.index,
  sha256: evidence.sha256,
  type: evidence.type,
})

/** Evidence as a desk keeps it, `desk@entry/index type sha256`: one text takes half the room of five named fields. */
export type Kept = string

export const keep = ({ desk, entry, index, type, sha256 }: Evidence): Kept =>
  `${desk}@${entry}/${index} ${type} ${sha256}`

export const citeKept = (about: string, kept: Kept): Cited => {
  const [place = '', type = '', sha256 = ''] = kept.split(' ')
  const [at, slash] = [place.indexOf('@'), place.indexOf('/')]
  const entry = BigInt(place.slice(at + 1, slash))
  return { about, desk: place.slice(0, at), entry, index: Number(place.slice(slash + 1)), sha256, type }
}

/** A record that several orders share is cited once; the order of first mention is kept. */
export const citedOnce = (cited: readonly Cited[]): Cited[] => {
  const seen = new Set<string>()
  return cited.filter(({ about, desk, entry, index }) => {
    const identity = `${about} ${desk}@${entry}/${index}`
    if (seen.has(identity)) return false
    seen.add(identity)
    return true
  })
}
