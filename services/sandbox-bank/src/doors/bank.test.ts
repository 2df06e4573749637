import { describe, expect, it } from 'vitest'
import { memoryInstructions } from '../instructions-memory.ts'
import { openCounter } from './bank.ts'

const request = (disbursementId: string, more = {}) => ({
  disbursementId,
  currency: 'USD',
  amountMinor: 8_000_000n,
  payeeAccount: 'US64SVBKUS6S3300958879',
  payeeName: 'litware',
  debitAccount: 'litware|wide-world-importers',
  ...more,
})

const counterWith = (
  temper = { silentPerMille: 0, refusePerMille: 0, latencyMs: 0 },
  instructions = memoryInstructions(),
) => {
  const waits: number[] = []
  let executed = 0
  const clock = { now: () => 0, sleep: async (ms: number) => void waits.push(ms), soon: (task: () => void) => task() }
  return {
    counter: openCounter({ instructions, temper, clock, onExecuted: () => executed++ }),
    waits,
    instructions,
    executed: () => executed,
  }
}

describe('the bank’s counter', () => {
  it('executes an instruction once per id, however often and by however many it is asked', async () => {
    const { counter, instructions, executed } = counterWith()
    const answers = await Promise.all(Array.from({ length: 20 }, () => counter.disburse(request('d-1'))))
    expect(new Set(answers.map(({ bankReference }) => bankReference)).size).toBe(1)
    expect(answers[0]).toMatchObject({ disbursementId: 'd-1', state: 'executed' })
    expect(executed()).toBe(1)
    expect(instructions.kept.size).toBe(1)
  })

  it('does not take another amount under an id that it has executed', async () => {
    const { counter, instructions } = counterWith()
    await counter.disburse(request('d-1'))
    await expect(counter.disburse(request('d-1', { amountMinor: 9_000_000n }))).rejects.toThrow('another instruction')
    expect(instructions.kept.get('d-1')!.amountMinor).toBe(8_000_000n)
  })

  it('says what became of an id, and that it does not know another', async () => {
    const { counter } = counterWith()
    await counter.disburse(request('d-1'))
    expect(await counter.stateOf({ disbursementId: 'd-1' })).toMatchObject({ state: 'executed' })
    expect(await counter.stateOf({ disbursementId: 'd-2' })).toMatchObject({ state: 'not-found' })
  })

  it('when silent, executes but answers too late, and tells the next who asks', async () => {
    const { counter, waits, executed } = counterWith({ silentPerMille: 1_000, refusePerMille: 0, latencyMs: 0 })
    await counter.disburse(request('d-1'))
    expect(waits).toEqual([4_000])
    expect(executed()).toBe(1)
    expect(await counter.stateOf({ disbursementId: 'd-1' })).toMatchObject({ state: 'executed' })
    await counter.disburse(request('d-1'))
    expect(waits).toHaveLength(1)
  })

  it('when refusing, moves no money and debits nothing', async () => {
    const { counter, instructions, executed } = counterWith({ silentPerMille: 0, refusePerMille: 1_000, latencyMs: 0 })
    expect(await counter.disburse(request('d-1'))).toMatchObject({ state: 'refused' })
    expect(executed()).toBe(0)
    expect(await instructions.unposted(10)).toEqual([])
  })

  it.each([
    ['amount', { amountMinor: 0n }],
    ['known currency', { currency: 'XXX' }],
    ['payee', { payeeAccount: '' }],
    ['account to debit', { debitAccount: '' }],
    ['id', { disbursementId: '' }],
  ] as const)('refuses an instruction without %s', async (_, more) => {
    const { counter, instructions } = counterWith()
    await expect(counter.disburse(request('d-1', more))).rejects.toThrow('needs an id')
    expect(instructions.kept.size).toBe(0)
  })
})
