/** Sends payouts to the bank and reports what it said; no answer is reported as unknown, never taken for a no. */
import * as grpc from '@grpc/grpc-js'
import { bankWire, factsTopic } from '@triflow/contracts'
import type { ConnectorDefinition } from '@triflow/desk'
import { ask, channelOptions, keptClient } from '@triflow/platform'
import type { DisbursementChased, DisbursementRequested, ReportDisbursement } from '../desks/account/vocabulary.ts'

/** How the connector speaks to a bank; rejects when there is no answer. */
export interface Bank {
  disburse(request: bankWire.DisburseRequest): Promise<bankWire.DisbursementState>
  getDisbursement(disbursementId: string): Promise<bankWire.DisbursementState>
}

/** A bank that has not answered by then is chased by the desk; nobody waits here. */
const ANSWER_WITHIN_MS = 2_000

export const bankAt = (address: string): Bank => {
  const link = keptClient(
    (own) =>
      new bankWire.BankClient(address, grpc.credentials.createInsecure(), {
        ...channelOptions,
        ...own,
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 2_000,
      }),
  )
  return {
    disburse: (request) => {
      const client = link.current()
      return ask(client, client.disburse, request, ANSWER_WITHIN_MS)
    },
    getDisbursement: (disbursementId) => {
      const client = link.current()
      return ask(client, client.getDisbursement, { disbursementId }, ANSWER_WITHIN_MS)
    },
  }
}

type Sent = DisbursementRequested | DisbursementChased

const instructionOf = (sent: Sent): bankWire.DisburseRequest => ({
  disbursementId: sent.disbursementId,
  currency: sent.currency,
  amountMinor: sent.amountMinor,
  payeeAccount: sent.payeeAccount,
  payeeName: sent.payeeName,
  // The payout belongs to the pair: its debit shows on the statement of the pair's collection account.
  debitAccount: sent.accountId,
})

/** The same id is safe to send again: the bank executes once per id. A chase asks first, for a chased payout is mostly done. */
const ended = async (bank: Bank, sent: Sent): Promise<bankWire.DisbursementState> => {
  if (sent.type === 'DisbursementChased') {
    const known = await bank.getDisbursement(sent.disbursementId)
    if (known.state !== 'not-found') return known
  }
  return bank.disburse(instructionOf(sent))
}

type Told = Pick<ReportDisbursement, 'result' | 'bankReference' | 'detail'>

const told = async (bank: Bank, sent: Sent): Promise<Told> => {
  try {
    const { state, bankReference, detail } = await ended(bank, sent)
    if (state === 'executed' || state === 'refused') return { result: state, bankReference, detail }
    return { result: 'unknown', bankReference: '', detail: `the bank answered "${state}"` }
  } catch (error) {
    const { code, details } = error as Partial<grpc.ServiceError>
    return {
      result: 'unknown',
      bankReference: '',
      detail: code === undefined ? String(error) : `${grpc.status[code]}: ${details ?? ''}`,
    }
  }
}

export const connectorTo = (bank: Bank): ConnectorDefinition => ({
  name: 'bank',
  hears: [factsTopic('payment.account')],
  wants: (fact) => fact.type === 'DisbursementRequested' || fact.type === 'DisbursementChased',
  act: async (fact) => {
    const sent = fact as unknown as Sent
    const { accountId, disbursementId, attempt } = sent
    const command = {
      type: 'ReportDisbursement',
      accountId,
      disbursementId,
      attempt,
      ...(await told(bank, sent)),
    } as const
    return [{ id: `${disbursementId}/${attempt}`, command }]
  },
})

export const bankConnector = ({ bankAddress }: { readonly bankAddress: string }): ConnectorDefinition =>
  connectorTo(bankAt(bankAddress))
