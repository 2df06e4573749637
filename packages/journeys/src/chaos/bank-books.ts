/** Compares the bank's own book of instructions with what the platform says it paid: every id once, equal amounts. */
import { decodeMessage, factsTopic, header, type WireOf } from '@triflow/contracts'
import { headerText, readTopics } from '@triflow/desk'
import { connectMongo, openKafkaLog, systemClock } from '@triflow/platform'
import { silent } from '../surroundings.ts'

/** The sandbox bank's own collection; it shares nothing with the platform but the database server. */
const INSTRUCTIONS = 'sandboxBankInstructions'

interface Instruction {
  readonly _id: string
  readonly state: 'executed' | 'refused'
  readonly amountMinor: bigint | number
  readonly currency: string
  readonly payeeAccount: string
  readonly debitAccount: string
  readonly line: 'none' | 'unposted' | 'posted' | 'unwanted'
}

interface Payout {
  readonly amountMinor: bigint
  readonly currency: string
  readonly payeeAccount: string
  readonly accountId: string
}

interface Told {
  readonly requested: ReadonlyMap<string, Payout>
  readonly executed: ReadonlyMap<string, bigint>
  readonly reconciled: ReadonlyMap<string, bigint>
}

/** What the account desks said about payouts, from their topic's first record; a repetition of a record is one record. */
const toldBy = async (brokers: readonly string[], differences: string[]): Promise<Told> => {
  const requested = new Map<string, Payout>()
  const executed = new Map<string, bigint>()
  const reconciled = new Map<string, bigint>()
  const seen = new Set<string>()
  const once = <T>(known: Map<string, T>, id: string, value: T, what: string): void => {
    if (known.has(id)) differences.push(`payout ${id} is ${what} twice`)
    known.set(id, value)
  }
  const log = await openKafkaLog({ brokers, clientId: 'triflow-bank-books', clock: systemClock, witness: silent })
  try {
    await readTopics(log, [factsTopic('payment.account')], (record) => {
      const id = headerText(record, header.id)
      const type = headerText(record, header.type)
      if (seen.has(id) || !record.value) return
      seen.add(id)
      const fact = () => decodeMessage(type, record.value!)
      if (type.endsWith('.DisbursementRequested')) {
        const { disbursementId, amountMinor, currency, payeeAccount, accountId } =
          fact() as never as WireOf<'DisbursementRequested'>
        // A payout that the bank refused is asked for again under the same id; only its terms must stay.
        requested.set(disbursementId, { amountMinor, currency, payeeAccount, accountId })
      }
      if (type.endsWith('.DisbursementExecuted')) {
        const { disbursementId, amountMinor } = fact() as never as WireOf<'DisbursementExecuted'>
        once(executed, disbursementId, amountMinor, 'executed')
      }
      if (type.endsWith('.DisbursementReconciled')) {
        const { disbursementId, amountMinor } = fact() as never as WireOf<'DisbursementReconciled'>
        once(reconciled, disbursementId, amountMinor, 'debited')
      }
      if (type.endsWith('.ReconciliationBroken')) {
        const { lineId, reason } = fact() as never as WireOf<'ReconciliationBroken'>
        differences.push(`statement line ${lineId} does not reconcile: ${reason}`)
      }
    })
  } finally {
    await log.close()
  }
  return { requested, executed, reconciled }
}

const instructionsIn = async (url: string): Promise<Map<string, Instruction>> => {
  const mongo = await connectMongo({ url, clock: systemClock, witness: silent })
  try {
    const found = await mongo.connection.db!.collection<Instruction>(INSTRUCTIONS).find().toArray()
    return new Map(found.map((one) => [one._id, one]))
  } finally {
    await mongo.close()
  }
}

export interface BankBooks {
  readonly instructions: number
  readonly paidMinor: bigint
  readonly differences: readonly string[]
}

/** At rest: nothing is paid twice, nothing is paid that was not asked for, and every debit stands on a statement. */
export const compareBankBooks = async (env: Readonly<Record<string, string | undefined>>): Promise<BankBooks> => {
  const differences: string[] = []
  const instructions = await instructionsIn(env.TRIFLOW_MONGO_URL ?? '')
  const { requested, executed, reconciled } = await toldBy((env.TRIFLOW_KAFKA_BROKERS ?? '').split(','), differences)
  let paidMinor = 0n
  for (const [id, one] of instructions) {
    const amountMinor = BigInt(one.amountMinor)
    const asked = requested.get(id)
    if (!asked) differences.push(`the bank was told to pay ${id}, and no desk asked for it`)
    else if (
      asked.amountMinor !== amountMinor ||
      asked.currency !== one.currency ||
      asked.payeeAccount !== one.payeeAccount ||
      asked.accountId !== one.debitAccount
    )
      differences.push(`the bank has other terms for ${id} than the desk that asked for it`)
    if (one.state !== 'executed') continue
    paidMinor += amountMinor
    if (executed.get(id) !== amountMinor)
      differences.push(`the bank paid ${amountMinor} for ${id}, the platform says ${executed.get(id) ?? 'nothing'}`)
    if (one.line !== 'posted') differences.push(`the debit of ${id} is ${one.line}`)
    if (reconciled.get(id) !== amountMinor)
      differences.push(`the debit of ${id} reconciles with ${reconciled.get(id) ?? 'nothing'}, not ${amountMinor}`)
  }
  for (const id of executed.keys())
    if (instructions.get(id)?.state !== 'executed')
      differences.push(`the platform says that ${id} was paid, the bank does not`)
  for (const id of requested.keys())
    if (!instructions.has(id)) differences.push(`${id} was asked for and never reached the bank`)
  return { instructions: instructions.size, paidMinor, differences }
}
