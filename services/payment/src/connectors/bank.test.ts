import * as grpc from '@grpc/grpc-js'
import { bankWire } from '@triflow/contracts'
import { describe, expect, it } from 'vitest'
import { bankAt, connectorTo, type Bank } from './bank.ts'

const requested = {
  type: 'DisbursementRequested',
  disbursementId: 'd-1',
  accountId: 'litware|wide-world-importers',
  purpose: 'advance',
  causeId: 'd-1',
  invoiceId: 'litware/1/2016-05-01',
  supplierId: 'litware',
  debtorId: 'wide-world-importers',
  programmeId: 'wwi',
  currency: 'USD',
  amountMinor: 8_000_000n,
  payeeAccount: 'US64',
  payeeName: 'litware',
  attempt: 1,
}
const chased = { ...requested, type: 'DisbursementChased', attempt: 2 }

/** The bank connector reads no views. */
const noViews = {
  load: () => Promise.reject(new Error('not asked')),
  list: () => Promise.reject(new Error('not asked')),
}

const said = {
  topic: 'triflow.payment.account',
  desk: 'payment.account-00',
  number: 1,
  entry: 1,
  index: 0,
  sha256: '',
  key: requested.accountId,
  at: 0,
  traceparent: '',
}

const answered = (state: string): bankWire.DisbursementState => ({
  disbursementId: 'd-1',
  state,
  bankReference: 'SB1',
  detail: '',
})

const bankThat = (behaviour: Partial<Bank>) => {
  const asked: string[] = []
  const bank: Bank = {
    disburse: async (request) => {
      asked.push(`disburse ${request.disbursementId} ${request.amountMinor} from ${request.debitAccount}`)
      return behaviour.disburse ? behaviour.disburse(request) : answered('executed')
    },
    getDisbursement: async (id) => {
      asked.push(`get ${id}`)
      return behaviour.getDisbursement ? behaviour.getDisbursement(id) : answered('executed')
    },
  }
  const act = async (fact: typeof requested) => (await connectorTo(bank).act(fact, said, noViews))[0]!
  return { act, asked }
}

const failing = (code: grpc.status): Error => Object.assign(new Error('no'), { code, details: 'no answer' })

describe('the connector to the bank', () => {
  it('sends a requested payout and reports it executed, once per attempt', async () => {
    const { act, asked } = bankThat({})
    expect(await act(requested)).toEqual({
      id: 'd-1/1',
      command: {
        type: 'ReportDisbursement',
        accountId: 'litware|wide-world-importers',
        disbursementId: 'd-1',
        attempt: 1,
        result: 'executed',
        bankReference: 'SB1',
        detail: '',
      },
    })
    expect(asked).toEqual(['disburse d-1 8000000 from litware|wide-world-importers'])
  })

  it('asks what became of a chased payout before it would send it again', async () => {
    const { act, asked } = bankThat({})
    expect(await act(chased)).toMatchObject({ id: 'd-1/2', command: { result: 'executed', attempt: 2 } })
    expect(asked).toEqual(['get d-1'])
  })

  it('sends a chased payout again under the same id when the bank never heard of it', async () => {
    const { act, asked } = bankThat({ getDisbursement: async () => answered('not-found') })
    expect(await act(chased)).toMatchObject({ command: { result: 'executed' } })
    expect(asked).toEqual(['get d-1', 'disburse d-1 8000000 from litware|wide-world-importers'])
  })

  it('does not send again while it cannot learn what became of it', async () => {
    const { act, asked } = bankThat({ getDisbursement: async () => Promise.reject(failing(grpc.status.UNAVAILABLE)) })
    expect(await act(chased)).toMatchObject({ command: { result: 'unknown' } })
    expect(asked).toEqual(['get d-1'])
  })

  it('reports a refusal as refused', async () => {
    const { act } = bankThat({ disburse: async () => ({ ...answered('refused'), detail: 'account closed' }) })
    expect(await act(requested)).toMatchObject({ command: { result: 'refused', detail: 'account closed' } })
  })

  it.each([grpc.status.DEADLINE_EXCEEDED, grpc.status.UNAVAILABLE, grpc.status.INTERNAL, grpc.status.ALREADY_EXISTS])(
    'takes no answer for unknown, never for a no: status %i',
    async (code) => {
      const { act } = bankThat({ disburse: async () => Promise.reject(failing(code)) })
      expect(await act(requested)).toMatchObject({
        command: { result: 'unknown', bankReference: '', detail: expect.stringContaining(grpc.status[code]) },
      })
    },
  )

  it('takes a word that it does not know for unknown', async () => {
    const { act } = bankThat({ disburse: async () => answered('perhaps') })
    expect(await act(requested)).toMatchObject({ command: { result: 'unknown' } })
  })

  it('wants payouts that are to be sent or chased, and nothing else', () => {
    const { wants } = connectorTo(bankThat({}) as never)
    expect(
      ['DisbursementRequested', 'DisbursementChased', 'DisbursementExecuted', 'CommandJudged'].map((type) =>
        wants({ type }),
      ),
    ).toEqual([true, true, false, false])
  })

  it('gives up on a silent bank within its deadline', async () => {
    const server = new grpc.Server()
    server.addService(bankWire.BankService, { disburse: () => undefined, getDisbursement: () => undefined })
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    )
    const from = performance.now()
    const [report] = await connectorTo(bankAt(`127.0.0.1:${port}`)).act(requested, said, noViews)
    expect(report!.command).toMatchObject({ result: 'unknown', detail: expect.stringContaining('DEADLINE_EXCEEDED') })
    expect(performance.now() - from).toBeLessThan(3_500)
    server.forceShutdown()
  })
})
