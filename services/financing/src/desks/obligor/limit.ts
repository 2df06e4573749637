/** The programme's limit on this debtor: reserved when a claim is financed, used when money leaves, released when it returns. */
import type { Programme } from '../programmes.ts'
import type { Position } from './book.ts'
import { told, type Verdict } from './eligibility.ts'

/** What is out or promised, in minor units. */
export const exposureOf = (position: Position): bigint => position.reservedMinor + position.usedMinor

/** Room under the limit; never negative, also after the limit was lowered below what is out. */
export const leftOf = (position: Position, programme: Programme): bigint => {
  const left = programme.limitMinor - exposureOf(position)
  return left > 0n ? left : 0n
}

export const askLimit = (position: Position, programme: Programme, advanceMinor: bigint): Verdict => {
  const left = leftOf(position, programme)
  const detail = `${told(advanceMinor, programme.currency)} asked, ${told(left, programme.currency)} left of ${told(programme.limitMinor, programme.currency)}`
  return advanceMinor <= left
    ? { rule: 'limit', outcome: 'passed', detail, code: '' }
    : { rule: 'limit', outcome: 'waiting', detail, code: 'limit' }
}
