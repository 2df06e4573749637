import type { Producer, ProducerBatch, RecordMetadata } from './kafkajs.ts'
import { describe, expect, it } from 'vitest'
import type { OutgoingRecord } from '@triflow/desk'
import { publishTo, requestsOf } from './publishing.ts'

const record = (topic: string, partition: number, size: number, key = 'k'): OutgoingRecord => ({
  topic,
  partition,
  key: new TextEncoder().encode(key),
  value: new Uint8Array(size),
  headers: {},
})

type Sent = { topic: string; partition: number; key: string }[]

const producing = (leaveOut: (name: string, attempt: number) => boolean = () => false) => {
  const sends: Sent[] = []
  const sendBatch = async ({ topicMessages = [] }: ProducerBatch): Promise<RecordMetadata[]> => {
    const sent = topicMessages.flatMap(({ topic, messages }) =>
      messages.map((m) => ({ topic, partition: m.partition!, key: Buffer.from(m.key!).toString() })),
    )
    sends.push(sent)
    const names = [...new Set(sent.map(({ topic, partition }) => `${topic}/${partition}`))].filter(
      (name) => !leaveOut(name, sends.length),
    )
    return names.map((name) => ({
      topicName: name.split('/')[0]!,
      partition: Number(name.split('/')[1]),
      errorCode: 0,
    }))
  }
  return { producer: { sendBatch } as unknown as Producer, sends }
}

describe('publishing', () => {
  it('keeps every request to a partition below its bound and everything in order', () => {
    const records = Array.from({ length: 10 }, (_, i) => record('t', i % 2, 300, String(i)))
    const requests = requestsOf(records, 1_000)
    expect(requests.flat().map((r) => r.key)).toEqual(records.map((r) => r.key))
    for (const request of requests) {
      for (const partition of [0, 1]) {
        expect(request.filter((r) => r.partition === partition).length * 325).toBeLessThanOrEqual(1_000)
      }
    }
    expect(requests.length).toBeGreaterThan(1)
  })

  it('sends a record that is larger than the bound on its own', () => {
    expect(
      requestsOf([record('t', 0, 10), record('t', 0, 5_000), record('t', 0, 10)], 1_000).map((r) => r.length),
    ).toEqual([1, 1, 1])
  })

  it('names what the log named', async () => {
    const { producer } = producing()
    expect(
      await publishTo(producer, [record('a', 0, 1), record('a', 1, 1), record('b', 0, 1), record('a', 0, 1)]),
    ).toEqual([
      { topic: 'a', partition: 0 },
      { topic: 'a', partition: 1 },
      { topic: 'b', partition: 0 },
    ])
  })

  it('does not name a partition that was left out, nor lets its later records overtake the missing ones', async () => {
    const { producer, sends } = producing((name, attempt) => name === 't/1' && attempt === 1)
    const named = await publishTo(producer, [
      record('t', 0, 800_000, 'a'),
      record('t', 1, 800_000, 'b'),
      record('t', 1, 800_000, 'c'),
      record('t', 0, 800_000, 'd'),
    ])
    expect(named).toEqual([{ topic: 't', partition: 0 }])
    expect(sends.flat().map(({ key }) => key)).toEqual(['a', 'b', 'd'])
  })
})
