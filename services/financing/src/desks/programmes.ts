/** What broadcasts have said: the business date and the programmes of each debtor. Both financing desks know it alike. */
import type { Evidence } from '@triflow/kernel'
import { cite, type Cited } from './evidence.ts'

/** Terms of one programme (debtor and funder). Amounts in minor units of its currency, rates in basis points. */
export interface ProgrammeTerms {
  programmeId: string
  debtorId: string
  funderId: string
  currency: string
  limitMinor: bigint
  advanceRateBps: number
  annualRateBps: number
  dayCountBasis: number
  penaltyRateBps: number
  goodsEvidence: string
  acceptance: string
  priceToleranceBps: number
  priceToleranceMinor: bigint
  minTenorDays: number
  maxTenorDays: number
  suspenseAfterDays: number
  advanceBase: string
}

export interface Programme extends ProgrammeTerms {
  policyVersion: bigint
  /** Where its opening and its latest change can be read; empty while the runtime does not say. */
  cited: Cited[]
}

export type Broadcast =
  | { type: 'ProgrammeOpened'; programme?: ProgrammeTerms | undefined; policyVersion: bigint }
  | { type: 'ProgrammeLimitChanged'; programmeId: string; limitMinor: bigint; policyVersion: bigint }
  | { type: 'BusinessDayOpened'; date: string }
  | { type: 'BusinessDayClosed'; date: string; next: string }

export interface Shared {
  /** '' until the first business day is opened. */
  businessDate: string
  readonly programmes: Map<string, Programme>
  /** Programme ids of a debtor, ascending. */
  readonly byDebtor: Map<string, string[]>
}

export const initialShared = (): Shared => ({ businessDate: '', programmes: new Map(), byDebtor: new Map() })

export const evolveShared = (shared: Shared, fact: Broadcast, evidence?: Evidence): Shared => {
  const cited = evidence ? [cite('programme', evidence)] : []
  switch (fact.type) {
    case 'BusinessDayOpened':
      shared.businessDate = fact.date
      return shared
    case 'BusinessDayClosed':
      shared.businessDate = fact.next
      return shared
    case 'ProgrammeOpened': {
      const { programme, policyVersion } = fact
      if (!programme) return shared
      shared.programmes.set(programme.programmeId, { ...programme, policyVersion, cited })
      const others = (shared.byDebtor.get(programme.debtorId) ?? []).filter((id) => id !== programme.programmeId)
      shared.byDebtor.set(programme.debtorId, [...others, programme.programmeId].sort())
      return shared
    }
    case 'ProgrammeLimitChanged': {
      const known = shared.programmes.get(fact.programmeId)
      if (!known) return shared
      const { limitMinor, policyVersion } = fact
      const opening = known.cited.slice(0, 1)
      shared.programmes.set(fact.programmeId, { ...known, limitMinor, policyVersion, cited: [...opening, ...cited] })
      return shared
    }
    default:
      return shared
  }
}

/** Programmes of a debtor in id order. */
export const programmesOf = (shared: Shared, debtorId: string): Programme[] =>
  (shared.byDebtor.get(debtorId) ?? []).map((id) => shared.programmes.get(id)!)
