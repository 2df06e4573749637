/** What the platform's operator does: registers parties and turns the business day. */
import { accepted, type Caller, type Outcome } from '../client/caller.ts'
import type { PublicKey } from '../client/keys.ts'

export type Role = 'buyer' | 'supplier' | 'carrier' | 'funder' | 'operator' | 'auditor'

export interface PartyParticulars {
  readonly partyId: string
  readonly name: string
  readonly roles: readonly Role[]
  /** ISO 3166-1 alpha-2. */
  readonly country: string
}

export const registerParty = async (operator: Caller, party: PartyParticulars, key: PublicKey): Promise<Outcome> =>
  accepted(
    `register ${party.partyId}`,
    await operator.write({
      path: '/v1/parties',
      body: { ...party, clientKeys: [key] },
      idempotencyKey: `party:${party.partyId}:${key.kid}`,
    }),
  )

/** The current business date; undefined before the first day was opened. */
export const businessDate = async (anyone: Caller): Promise<string | undefined> => {
  const calendar = await anyone.read('/v1/business-days/current')
  return typeof calendar?.['date'] === 'string' ? calendar['date'] : undefined
}

export const openFirstDay = (operator: Caller, date: string): Promise<Outcome> =>
  operator.write({ path: '/v1/business-days', body: { date }, idempotencyKey: `first-day:${date}` })

export const closeDay = async (operator: Caller, date: string, next: string): Promise<Outcome> =>
  accepted(
    `close ${date}`,
    await operator.write({
      path: `/v1/business-days/${date}/close`,
      body: { next },
      idempotencyKey: `close:${date}:${next}`,
    }),
  )
