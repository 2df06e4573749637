import { describe, expect, it } from 'vitest'
import { unheard } from '../testing.ts'
import { damagedBatches } from './damaged-batches.ts'

const place = { topic: 'triflow.order.facts', partition: 2 }
const fetched = (damaged: boolean, ...offsets: number[]) =>
  offsets.map((offset) => ({ offset, batchContext: { producerId: '-1', inTransaction: false, damaged } }))

describe('a batch whose CRC is wrong', () => {
  it('is fetched again twice, and then taken for its records’ own checksums to judge', () => {
    const fetchAgain = damagedBatches(unheard)
    const answers = [1, 2, 3, 4].map(() => fetchAgain(place, fetched(true, 5, 6, 7)))
    expect(answers).toEqual([true, true, false, false])
  })

  it('stays known when a reader asks for it from further on', () => {
    const fetchAgain = damagedBatches(unheard)
    for (let i = 0; i < 3; i++) fetchAgain(place, fetched(true, 5, 6, 7))
    expect(fetchAgain(place, fetched(true, 6, 7))).toBe(false)
  })

  it('says nothing of another batch, another place, or the same one fetched whole', () => {
    const fetchAgain = damagedBatches(unheard)
    for (let i = 0; i < 3; i++) fetchAgain(place, fetched(true, 5, 6, 7))
    expect(fetchAgain(place, fetched(false, 5, 6, 7))).toBe(false)
    expect(fetchAgain(place, [...fetched(false, 5, 6, 7), ...fetched(true, 8)])).toBe(true)
    expect(fetchAgain({ ...place, partition: 3 }, fetched(true, 5, 6, 7))).toBe(true)
  })
})
