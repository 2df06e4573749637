import { encodeMessage, type doorWire } from '@triflow/contracts'
import type { ConnectorReport } from '@triflow/desk'
import { describe, expect, it } from 'vitest'
import { submitReports } from './service-connectors.ts'
import { unheard } from './testing.ts'

const report = (id: string): ConnectorReport => ({
  id,
  command: {
    type: 'RegisterBankAccount',
    partyId: 'bolt',
    accountNumber: 'SE1',
    accountName: 'Bolt AB',
    bankName: 'Nord',
  },
})

const answering = (status: string, code = '') => {
  const asked: doorWire.SubmitRequest[] = []
  const submit = async (requests: readonly doorWire.SubmitRequest[]): Promise<doorWire.SubmitAnswer[]> => {
    asked.push(...requests)
    return requests.map(() => ({
      status,
      code,
      detail: '',
      commandId: '',
      position: '',
      replayed: false,
      facts: [],
    }))
  }
  return { asked, hand: submitReports({ submit }, 'bank', unheard) }
}

describe('what a connector reports', () => {
  it('becomes a command with the report’s id and words as its key, so that a repeat is none', async () => {
    const { asked, hand } = answering('accepted')
    await hand([report('payment.account-01#12/1')])
    const { command } = report('')
    expect(asked[0]).toMatchObject({
      actor: 'connector.bank',
      route: 'connectors/bank',
      idempotencyKey: expect.stringMatching(/^payment\.account-01#12\/1#[0-9a-f]{16}$/),
      desk: 'party.party',
      key: 'bolt',
      type: 'triflow.party.v1.RegisterBankAccount',
      command: Buffer.from(encodeMessage(command)),
    })
  })

  it('is another one in other words: the first may have died before it was logged', async () => {
    const { asked, hand } = answering('accepted')
    const said = report('a')
    await hand([said, said, { ...said, command: { ...said.command, bankName: 'Süd' } }])
    const [first, again, other] = asked.map(({ idempotencyKey }) => idempotencyKey)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })

  it.each(['accepted', 'rejected', 'pending', 'conflict'])('is done with once it is logged: %s', async (status) => {
    await expect(answering(status).hand([report('a')])).resolves.toBeUndefined()
  })

  it('is asked again when it may not be logged, or is no command', async () => {
    await expect(answering('unavailable').hand([report('a')])).rejects.toThrow(/could not be logged/)
    await expect(answering('rejected', 'BadCommand').hand([report('a')])).rejects.toThrow(/is no command/)
  })
})
