/** What the debtor's programmes ask of a match. */
import { smaller } from '@triflow/kernel'
import type { Shared } from '../programmes.ts'

export interface MatchTerms {
  goodsEvidence: 'receipt' | 'delivery'
  priceToleranceBps: number
  priceToleranceMinor: bigint
}

/**
 * Terms for a debtor's invoices in a currency, undefined when no programme covers them. The trade desk does not know
 * which programme a claim will be sold under, so where several would take it the strictest of each term holds: a
 * receipt before a delivery, the narrowest price tolerance.
 */
export const matchTerms = (shared: Shared, debtorId: string, currency: string): MatchTerms | undefined => {
  let terms: MatchTerms | undefined
  for (const programmeId of shared.byDebtor.get(debtorId) ?? []) {
    const { currency: own, goodsEvidence, priceToleranceBps, priceToleranceMinor } = shared.programmes.get(programmeId)!
    if (own !== currency || (goodsEvidence !== 'receipt' && goodsEvidence !== 'delivery')) continue
    terms = {
      goodsEvidence: terms?.goodsEvidence === 'receipt' ? 'receipt' : goodsEvidence,
      priceToleranceBps: terms ? Math.min(terms.priceToleranceBps, priceToleranceBps) : priceToleranceBps,
      priceToleranceMinor: terms ? smaller(terms.priceToleranceMinor, priceToleranceMinor) : priceToleranceMinor,
    }
  }
  return terms
}
