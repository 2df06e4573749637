/** The bank's counter: executes an instruction once per id and says what became of it. */
import * as grpc from '@grpc/grpc-js'
import type { bankWire } from '@triflow/contracts'
import type { Clock } from '@triflow/desk'
import { isCurrency } from '@triflow/kernel'
import { CallRefused } from '@triflow/platform'
import { bankReferenceOf, behaviourFor, type Temper } from '../behaviour.ts'
import { isSame, stateOf, type Instruction, type Instructions } from '../instructions.ts'

export interface Counter {
  disburse(request: bankWire.DisburseRequest): Promise<bankWire.DisbursementState>
  stateOf(request: bankWire.GetDisbursementRequest): Promise<bankWire.DisbursementState>
}

/** Longer than any caller waits. */
const SILENCE_MS = 4_000

const refuseIncomplete = ({
  disbursementId,
  amountMinor,
  currency,
  payeeAccount,
  debitAccount,
}: bankWire.DisburseRequest): void => {
  if (
    !disbursementId ||
    disbursementId.length > 500 ||
    amountMinor <= 0n ||
    !isCurrency(currency) ||
    !payeeAccount ||
    !debitAccount
  ) {
    throw new CallRefused(
      grpc.status.INVALID_ARGUMENT,
      'an instruction needs an id, a positive amount, a currency, a payee and an account to debit',
    )
  }
}

const instructionFor = (request: bankWire.DisburseRequest, refused: boolean): Instruction => ({
  id: request.disbursementId,
  state: refused ? 'refused' : 'executed',
  bankReference: bankReferenceOf(request.disbursementId),
  detail: refused ? 'the payee’s bank does not take the payment' : '',
  currency: request.currency,
  amountMinor: request.amountMinor,
  payeeAccount: request.payeeAccount,
  payeeName: request.payeeName,
  debitAccount: request.debitAccount,
  line: refused ? 'none' : 'unposted',
  valueOn: '',
})

export const openCounter = (options: {
  readonly instructions: Instructions
  readonly temper: Temper & { readonly latencyMs: number }
  readonly clock: Clock
  /** A debit now waits for the statement. */
  readonly onExecuted: () => void
}): Counter => {
  const { instructions, temper, clock, onExecuted } = options
  return {
    disburse: async (request) => {
      refuseIncomplete(request)
      if (temper.latencyMs > 0) await clock.sleep(temper.latencyMs)
      const behaviour = behaviourFor(request.disbursementId, temper)
      const asked = instructionFor(request, behaviour === 'refusing')
      const isFirst = await instructions.insert(asked)
      if (isFirst && asked.state === 'executed') onExecuted()
      if (isFirst && behaviour === 'silent') await clock.sleep(SILENCE_MS)
      const standing = isFirst ? asked : await instructions.find(asked.id)
      if (!standing) throw new CallRefused(grpc.status.UNAVAILABLE, 'the instruction cannot be read')
      if (!isSame(standing, request))
        throw new CallRefused(grpc.status.ALREADY_EXISTS, 'this id stands for another instruction')
      return stateOf(standing)
    },
    stateOf: async ({ disbursementId }) => {
      const standing = await instructions.find(disbursementId)
      return standing ? stateOf(standing) : { disbursementId, state: 'not-found', bankReference: '', detail: '' }
    },
  }
}
