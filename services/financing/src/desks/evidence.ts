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

/** Evidence as a desk keeps it: without the names of its fields, which the archive would write anew for every record. */
export type Kept = readonly [desk: string, entry: bigint, index: number, sha256: string, type: string]

export const keep = ({ desk, entry, index, sha256, type }: Evidence): Kept => [desk, entry, index, sha256, type]

export const citeKept = (about: string, [desk, entry, index, sha256, type]: Kept): Cited => ({
  about,
  desk,
  entry,
  index,
  sha256,
  type,
})

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
