/** Says what the payment service would: each payout is executed at once, and debtors who pay do so in full at once. */
import { decodeMessage, header, toldBy } from '@triflow/contracts'
import { headerText, type Log, type LogRecord, type OutgoingRecord } from '@triflow/desk'
import { collectionAccountId } from '@triflow/kernel'
import { appendAll } from '../appending.ts'
import { debtorNumbered, type Say } from '../legs.ts'
import { readTopic } from '../topic-reading.ts'
import { pays } from './plan.ts'

interface Financed {
  readonly decisionId: string
  readonly invoiceId: string
  readonly invoiceNumber: string
  readonly supplierId: string
  readonly debtorId: string
  readonly programmeId: string
  readonly currency: string
  readonly grossMinor: bigint
  readonly payoutMinor: bigint
  readonly fundedOn: string
}

const decisions = toldBy('financing.obligor', 'pair')

/** What is said of one financed claim, in this order: money that comes back before the payout is known would wait. */
const answers = (say: Say, claim: Financed): OutgoingRecord[] => {
  const { decisionId, invoiceId, supplierId, debtorId, programmeId, currency } = claim
  const accountId = collectionAccountId(supplierId, debtorId)
  const of = { accountId, supplierId, debtorId, programmeId, currency }
  const tell = (fact: { readonly type: string }) =>
    say('payment.account', toldBy('payment.account', 'debtor'), debtorId, fact)
  const executed = tell({
    ...{ type: 'DisbursementExecuted', ...of, disbursementId: decisionId, purpose: 'advance', causeId: decisionId },
    ...{ invoiceId, amountMinor: claim.payoutMinor, bankReference: decisionId },
  })
  if (!pays(debtorNumbered(debtorId))) return [executed]
  const cash = tell({
    ...{ type: 'CashReceived', ...of, receiptId: `${accountId}/${claim.invoiceNumber}`, counterparty: debtorId },
    ...{ amountMinor: claim.grossMinor, valueOn: claim.fundedOn, reference: claim.invoiceNumber },
  })
  return [executed, cash]
}

export interface Payer {
  /** Receipts that were allocated so far. */
  allocated(): number
  /** Throws what has gone wrong. */
  check(): void
  stop(): Promise<void>
}

/** Answers every financed claim from now until it is stopped; `say` is nobody else's meanwhile. */
export const startPayer = async (log: Log, say: Say): Promise<Payer> => {
  let waiting: OutgoingRecord[] = []
  let sending: Promise<void> | undefined
  let failed: { readonly error: unknown } | undefined
  let allocated = 0

  const send = async (): Promise<void> => {
    try {
      while (waiting.length > 0) {
        const records = waiting
        waiting = []
        await appendAll(log, records)
      }
    } catch (error) {
      failed = { error }
    } finally {
      // In the same moment in which nothing was found waiting: whatever comes after it begins anew.
      sending = undefined
    }
  }
  const take = (record: LogRecord): void => {
    const type = headerText(record, header.type)
    if (type.endsWith('.CashAllocated')) allocated += 1
    if (type.endsWith('.ClaimFinanced'))
      waiting.push(...answers(say, decodeMessage(type, record.value!) as unknown as Financed))
  }
  const reading = await readTopic(log, {
    topic: decisions,
    group: 'triflow.bench.payer',
    onRecords: (records) => {
      records.forEach(take)
      if (waiting.length > 0) sending ??= send()
    },
  })
  const check = (): void => {
    if (failed) throw failed.error
  }
  return {
    allocated: () => allocated,
    check,
    stop: async () => {
      await reading.stop()
      await sending
      check()
    },
  }
}
