/** How this bank treats a disbursement: decided by its id alone, so that every run and every repeat treats it alike. */
import { createHash } from 'node:crypto'

export interface Temper {
  readonly silentPerMille: number
  readonly refusePerMille: number
}

/** silent: executed, but the answer comes too late for anyone to hear it. */
export type Behaviour = 'prompt' | 'silent' | 'refusing'

/** A number from 0 to 999 that is the same for the same id and question. */
const lotOf = (question: string, id: string): number =>
  createHash('sha256').update(`${question}\n${id}`).digest().readUInt32BE(0) % 1_000

export const behaviourFor = (id: string, { silentPerMille, refusePerMille }: Temper): Behaviour => {
  if (lotOf('refuse', id) < refusePerMille) return 'refusing'
  return lotOf('silent', id) < silentPerMille ? 'silent' : 'prompt'
}

/** The bank's own reference of an instruction: like a real one, unrelated in form to the customer's id, and stable. */
export const bankReferenceOf = (id: string): string =>
  `SB${createHash('sha256').update(id).digest('hex').slice(0, 14).toUpperCase()}`
