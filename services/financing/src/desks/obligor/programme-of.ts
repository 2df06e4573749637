/** Under which programme a supplier's claim is sold. */
import { programmesOf, type Programme, type Shared } from '../programmes.ts'
import type { Enrolment, PairBook } from './book.ts'

export interface Terms {
  programme?: Programme
  enrolment?: Enrolment
}

/**
 * The first programme of the debtor in the currency whose terms the supplier accepted; else, so that what is missing can
 * be named, the debtor's first in the currency.
 */
export const termsFor = (shared: Shared, debtorId: string, pair: PairBook | undefined, currency: string): Terms => {
  for (const enrolment of pair?.enrolments ?? []) {
    const programme = shared.programmes.get(enrolment.programmeId)
    if (programme?.debtorId === debtorId && programme.currency === currency) return { programme, enrolment }
  }
  const programme = programmesOf(shared, debtorId).find((candidate) => candidate.currency === currency)
  return { programme }
}

/** The programme whose day a pair's invoices are counted in. */
export const homeOf = (shared: Shared, debtorId: string, pair: PairBook): string => {
  const own = programmesOf(shared, debtorId)
  const enrolled = pair.enrolments.find(({ programmeId }) => shared.programmes.get(programmeId)?.debtorId === debtorId)
  return enrolled?.programmeId ?? own[0]?.programmeId ?? ''
}
