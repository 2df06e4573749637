/** What the bank was told to do and what became of it: one record per id, and its debit on the statement until posted. */
import type { bankWire } from '@triflow/contracts'

export interface Instruction {
  readonly id: string
  readonly state: 'executed' | 'refused'
  readonly bankReference: string
  readonly detail: string
  readonly currency: string
  readonly amountMinor: bigint
  readonly payeeAccount: string
  readonly payeeName: string
  /** Collection account (supplier|debtor) that the payout belongs to. */
  readonly debitAccount: string
  /** The debit on the statement: none for a refused instruction; unwanted when the platform said no to the line. */
  readonly line: 'none' | 'unposted' | 'posted' | 'unwanted'
  /** Business date of the debit, '' until it is first posted; it then stays, so that a repeat is the same line. */
  readonly valueOn: string
}

/** Where instructions are kept. Writes are acknowledged only when durable. */
export interface Instructions {
  /** False when the id was there before: that is the fence against paying twice. Throws when the result is unknown. */
  insert(instruction: Instruction): Promise<boolean>
  find(id: string): Promise<Instruction | undefined>
  /** Executed instructions whose debit is not on the statement yet, some of them. */
  unposted(limit: number): Promise<readonly Instruction[]>
  /** Dates those that have no value date yet. */
  date(ids: readonly string[], valueOn: string): Promise<void>
  settle(ids: readonly string[], line: 'posted' | 'unwanted'): Promise<void>
}

/** True when a repeat says the same as the instruction that stands under its id. */
export const isSame = (instruction: Instruction, request: bankWire.DisburseRequest): boolean =>
  instruction.currency === request.currency &&
  instruction.amountMinor === request.amountMinor &&
  instruction.payeeAccount === request.payeeAccount &&
  instruction.debitAccount === request.debitAccount

export const stateOf = ({ id, state, bankReference, detail }: Instruction): bankWire.DisbursementState => ({
  disbursementId: id,
  state,
  bankReference,
  detail,
})
