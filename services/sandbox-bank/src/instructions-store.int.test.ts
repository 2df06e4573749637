import { connectMongo, systemClock, type Mongo } from '@triflow/platform'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instruction } from './instructions.ts'
import { openInstructions } from './instructions-store.ts'

const given = process.env.TRIFLOW_MONGO_URL ?? ''
if (!given) console.warn('TRIFLOW_MONGO_URL is not set: the bank’s store is not tested')

const instruction = (id: string): Instruction => ({
  id,
  state: 'executed',
  bankReference: `SB-${id}`,
  detail: '',
  currency: 'USD',
  amountMinor: 9_007_199_254_740_993n,
  payeeAccount: 'US64',
  payeeName: 'litware',
  debitAccount: 'litware|wide-world-importers',
  line: 'unposted',
  valueOn: '',
})

describe.skipIf(!given)('the bank’s instructions in the database', () => {
  let mongo: Mongo
  let url: URL

  beforeAll(async () => {
    url = new URL(given)
    url.pathname = `/bank-${Date.now().toString(36)}-${process.pid}`
    mongo = await connectMongo({
      url: url.toString(),
      clock: systemClock,
      witness: { say: () => {}, count: () => {}, observe: () => {} },
    })
  })

  afterAll(async () => {
    await mongo?.connection.dropDatabase()
    await mongo?.close()
  })

  it('let one of twenty rivals execute an id', async () => {
    const instructions = await openInstructions(mongo)
    const firsts = await Promise.all(Array.from({ length: 20 }, () => instructions.insert(instruction('d-1'))))
    expect(firsts.filter(Boolean)).toHaveLength(1)
    expect(await instructions.find('d-1')).toEqual(instruction('d-1'))
    expect(await instructions.find('d-2')).toBeUndefined()
  })

  it('keep the first value date, and forget nothing that is not settled', async () => {
    const instructions = await openInstructions(mongo)
    await Promise.all(['d-3', 'd-4'].map((id) => instructions.insert(instruction(id))))
    await instructions.date(['d-3'], '2016-05-30')
    await instructions.date(['d-3', 'd-4'], '2016-05-31')
    await instructions.settle(['d-4'], 'posted')
    expect((await instructions.find('d-3'))!.valueOn).toBe('2016-05-30')
    expect((await instructions.find('d-4'))!.valueOn).toBe('2016-05-31')
    expect((await instructions.unposted(10)).map(({ id }) => id).sort()).toEqual(['d-1', 'd-3'])
  })
})
