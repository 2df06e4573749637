import { factsTopic } from '@triflow/contracts'
import { factRecord, sealRecord, type OutgoingRecord } from '@triflow/desk'
import { createFreeWorld, createMemoryEngines, memoryPorts } from '@triflow/desk/memory'
import { describe, expect, it } from 'vitest'
import { readTopic } from './topic-reading.ts'

const topic = factsTopic('financing.obligor')

/** What a desk says as its fact of this number. */
const said = (desk: number, number: number): OutgoingRecord =>
  factRecord(`financing.obligor-0${desk}`, number, 0, 1_000, {
    topic,
    partition: desk,
    key: Buffer.from('key'),
    number: BigInt(number),
    previous: BigInt(number - 1),
    type: 'triflow.financing.v1.ClaimFinanced',
    value: Buffer.from(`${desk}#${number}`),
    traceparent: '',
    copy: false,
  })

const read = (...calls: readonly (readonly OutgoingRecord[])[]): Promise<string[]> => readOf(topic, calls)

const readOf = async (topic: string, calls: readonly (readonly OutgoingRecord[])[]): Promise<string[]> => {
  const world = createFreeWorld()
  const { log } = memoryPorts(createMemoryEngines(world), world.process('reader'))
  await log.ensureTopics([{ name: topic, partitions: 2, settings: {} }])
  for (const records of calls) await log.publish(records)
  const seen: string[] = []
  const wanted = calls.flat().length
  const { promise, resolve } = Promise.withResolvers<void>()
  let handedOut = 0
  const { stop } = await readTopic(
    {
      ...log,
      join: (joining) =>
        log.join({
          ...joining,
          onBatch: (batch) => {
            joining.onBatch(batch)
            handedOut += batch.records.length
            if (handedOut >= wanted) resolve()
          },
        }),
    },
    {
      topic,
      group: 'test',
      onRecords: (records) => seen.push(...records.map(({ value }) => Buffer.from(value!).toString())),
    },
  )
  await promise
  await stop()
  return seen.sort()
}

describe('reading a topic for a figure', () => {
  it('gives what was sent again after a lost answer once', async () => {
    const call = [said(0, 3), said(0, 4), said(1, 3)]
    expect(await read([said(0, 1)], call, call, [said(0, 5)])).toEqual(['0#1', '0#3', '0#4', '0#5', '1#3'])
  })

  it('gives what was said again elsewhere, in whatever order, as it is there', async () => {
    const elsewhere = 'triflow.bench.ceiling'
    const again = [said(0, 3), said(0, 1), said(0, 3)].map((record) => ({ ...record, topic: elsewhere }))
    expect(await readOf(elsewhere, [again])).toEqual(['0#1', '0#3', '0#3'])
  })

  it('gives what has no number as often as it is there', async () => {
    const foreign = sealRecord({ topic, partition: 0, key: Buffer.from('key'), value: Buffer.from('x'), headers: {} })
    expect(await read([foreign], [foreign])).toEqual(['x', 'x'])
  })
})
