/** The sandbox bank in its own process: its real counter, behaviour and statement over instructions kept in memory. */
import type { bankWire, doorWire } from '@triflow/contracts'
import type { Witness } from '@triflow/desk'
import { memoryPorts, type MemoryEngines, type Process } from '@triflow/desk/memory'
import { collectionAccountId, partiesOfAccount } from '@triflow/kernel'
import type { Bank } from '@triflow/payment/bank'
import { openCounter, type Counter } from '@triflow/sandbox-bank/counter'
import { lineKey, lineOf, type Gateway, type LineAnswer } from '@triflow/sandbox-bank/gateway'
import type { Instruction, Instructions } from '@triflow/sandbox-bank/instructions'
import { memoryInstructions } from '@triflow/sandbox-bank/instructions-memory'
import { openStatement } from '@triflow/sandbox-bank/statement'
import { requestOf, type CommandOf } from '../players/request.ts'
import type { Ask } from './remote.ts'
import { serviceViews } from './service-views.ts'

export interface BankBooks {
  readonly kept: ReadonlyMap<string, Instruction>
  /** Instructions behind a database that fails like any other. */
  over(process: Process): Instructions
}

/** Outlives every process of the bank, as its database does. */
export const openBooks = (): BankBooks => {
  const memory = memoryInstructions()
  return {
    kept: memory.kept,
    over: (process) => {
      const reach = async <T>(label: string, work: () => Promise<T>): Promise<T> => await process.call(label, work)
      return {
        insert: (instruction) => reach(`bank.insert ${instruction.id}`, () => memory.insert(instruction)),
        find: (id) => reach(`bank.find ${id}`, () => memory.find(id)),
        unposted: (limit) => reach('bank.unposted', () => memory.unposted(limit)),
        date: (ids, valueOn) => reach(`bank.date x${ids.length}`, () => memory.date(ids, valueOn)),
        settle: (ids, line) => reach(`bank.settle x${ids.length}`, () => memory.settle(ids, line)),
      }
    },
  }
}

type Submit = (from: Process, requests: readonly doorWire.SubmitRequest[]) => Promise<readonly doorWire.SubmitAnswer[]>

const commandOf = (instruction: Instruction): CommandOf<'PostStatementLine'> => {
  const { supplierId = '', debtorId = '' } = partiesOfAccount(instruction.debitAccount) ?? {}
  const line = JSON.parse(lineOf(instruction)) as { lineId: string; reference: string; counterparty?: string }
  return {
    type: 'PostStatementLine',
    accountId: collectionAccountId(supplierId, debtorId),
    lineId: line.lineId,
    direction: 'debit',
    amountMinor: instruction.amountMinor,
    currency: instruction.currency,
    valueOn: instruction.valueOn,
    reference: line.reference,
    counterparty: line.counterparty ?? '',
  }
}

const lineAnswer = ({ status, code }: doorWire.SubmitAnswer): LineAnswer => ({
  status: status as LineAnswer['status'],
  code,
})

export interface BankHouse {
  readonly process: Process
  readonly counter: Counter
}

export interface BankOptions {
  readonly process: Process
  readonly engines: MemoryEngines
  readonly books: BankBooks
  readonly temper: { readonly silentPerMille: number; readonly refusePerMille: number }
  readonly witness: Witness
  readonly submit: Submit
}

export const openBank = ({ process, engines, books, temper, witness, submit }: BankOptions): BankHouse => {
  const { views, clock } = memoryPorts(engines, process)
  const calendar = serviceViews('party', views)
  const instructions = books.over(process)
  const gateway: Gateway = {
    businessDate: async () => {
      const found = (await calendar.load('calendar', ['calendar'])).get('calendar')
      if (!found) throw new Error('no business day is open')
      return String(found.body['date'])
    },
    post: async (lines) => {
      const requests = lines.map((line) =>
        requestOf('bank', '/v1/statement-lines', lineKey(line.id), commandOf(line), 5_000),
      )
      return (await submit(process, requests)).map(lineAnswer)
    },
  }
  const statement = openStatement({ instructions, gateways: [gateway], clock, witness })
  const counter = openCounter({
    instructions,
    temper: { ...temper, latencyMs: 0 },
    clock,
    onExecuted: statement.wake,
  })
  return { process, counter }
}

/** As long as the connector of the payment service waits for an answer. */
const ANSWER_WITHIN_MS = 2_000

/** The bank as the payment service's connector reaches it from its own process. */
export const bankSeenFrom = (from: Process, bank: () => BankHouse | undefined, ask: Ask): Bank => {
  const reach = <T>(label: string, work: (counter: Counter) => Promise<T>): Promise<T> => {
    let reached: BankHouse | undefined
    const to = (): Process | undefined => (reached = bank())?.process
    return ask({ from, to, label, withinMs: ANSWER_WITHIN_MS }, () => work(reached!.counter))
  }
  return {
    disburse: (request: bankWire.DisburseRequest) =>
      reach(`bank.disburse ${request.disbursementId}`, (counter) => counter.disburse(request)),
    getDisbursement: (disbursementId: string) =>
      reach(`bank.getDisbursement ${disbursementId}`, (counter) => counter.stateOf({ disbursementId })),
  }
}
