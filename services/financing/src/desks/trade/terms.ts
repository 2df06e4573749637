/** What the debtor's programmes ask of a match. */
import { programmesOf, type Shared } from '../programmes.ts'

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
  const programmes = programmesOf(shared, debtorId).filter(
    ({ currency: own, goodsEvidence }) =>
      own === currency && (goodsEvidence === 'receipt' || goodsEvidence === 'delivery'),
  )
  if (programmes.length === 0) return undefined
  const byAmount = programmes.map((programme) => programme.priceToleranceMinor)
  return {
    goodsEvidence: programmes.some((programme) => programme.goodsEvidence === 'receipt') ? 'receipt' : 'delivery',
    priceToleranceBps: Math.min(...programmes.map((programme) => programme.priceToleranceBps)),
    priceToleranceMinor: byAmount.reduce((least, amount) => (amount < least ? amount : least)),
  }
}
