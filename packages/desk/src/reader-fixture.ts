/** For tests of the reading side: desks that tell facts as the runtime does, and a world to tell them in. */
import {
  broadcastTopic,
  encodeMessage,
  factsTopic,
  fullNameOf,
  partitionOfKey,
  toldBy,
  topicSettings,
} from '@triflow/contracts'
import {
  createMemoryEngines,
  createMemoryWitness,
  createWorld,
  memoryPorts,
  type FaultRates,
  type MemoryEngines,
} from './memory/index.ts'
import type { OutgoingRecord } from './ports.ts'
import { deskId, factRecord } from './record.ts'

export const orders = factsTopic('order.order')
export const invoicesByOrder = toldBy('order.invoice', 'order')
export const calendar = broadcastTopic

export const partitions = 3

/** A desk's pen: numbers its records and remembers what it last wrote where. */
export const createTeller = (name: string, partition: number) => {
  const desk = deskId(name, partition)
  const last = new Map<string, number>()
  let number = 0
  let entry = 0
  const tell = (
    topic: string,
    to: number,
    key: string,
    fact: { readonly type: string },
    copy: boolean,
  ): OutgoingRecord => {
    const input = `${topic}/${to}`
    const record = factRecord(desk, entry, 0, 1_767_000_000_000, {
      topic,
      partition: to,
      key: Buffer.from(key),
      number: BigInt(number),
      previous: BigInt(last.get(input) ?? 0),
      type: fullNameOf(fact.type),
      value: encodeMessage(fact),
      traceparent: '',
      copy,
    })
    last.set(input, number)
    return record
  }
  return {
    desk,
    number: () => number,
    /** One fact to one topic; the partition is the key's unless given. */
    says: (
      topic: string,
      key: string,
      fact: { readonly type: string },
      to = partitionOfKey(Buffer.from(key), partitions),
    ): OutgoingRecord => {
      number++
      entry++
      return tell(topic, to, key, fact, false)
    },
    /** One fact to every partition of a topic, all with one number. */
    broadcasts: (topic: string, fact: { readonly type: string }): OutgoingRecord[] => {
      number++
      entry++
      return Array.from({ length: partitions }, (_, to) => tell(topic, to, '', fact, to > 0))
    },
  }
}

export const accepted = (orderId: string, version = 1) => ({
  type: 'OrderAccepted',
  orderId,
  version,
  acceptedBy: 'vandenberg-steel',
})

export const dayClosed = (date: string, next: string) => ({ type: 'BusinessDayClosed', date, next })

export const judged = (commandId: string, key: string) => ({
  type: 'CommandJudged',
  commandId,
  status: 'accepted',
  code: '',
  detail: '',
  key,
  commandType: 'triflow.order.v1.AcceptOrder',
  facts: ['OrderAccepted'],
})

/** A world with the topics that these tests read. */
export const openWorld = (
  seed: number,
  faults: FaultRates = {},
  topics: readonly string[] = [orders, invoicesByOrder, calendar],
) => {
  const world = createWorld(seed, { faults })
  const engines: MemoryEngines = createMemoryEngines(world)
  engines.broker.topics.ensure(topics.map((name) => ({ name, partitions, settings: topicSettings })))
  const process = (name: string) => {
    const inhabitant = world.process(name)
    return { inhabitant, witness: createMemoryWitness(), ...memoryPorts(engines, inhabitant) }
  }
  const append = (...records: readonly OutgoingRecord[]): void =>
    records.forEach((record) => engines.broker.topics.append(record))
  /** Lets the world go on until a promise has its answer. */
  const settle = async <T>(promise: Promise<T>, budget = 100_000): Promise<T> => {
    let done = false
    void promise.finally(() => (done = true)).catch(() => undefined)
    const ended = await world.run(() => done, budget)
    if (ended !== 'done') throw new Error(`the world is ${ended} before the answer came`)
    return promise
  }
  return { world, engines, process, append, settle }
}
