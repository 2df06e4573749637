/** Every kind of record that must not be believed, for one partition of one topic, and who has to say so. */
import { randomBytes, randomUUID } from 'node:crypto'
import { commandsTopic, desks, header, type Topic } from '@triflow/contracts'
import { sealRecord, type LogRecord } from '@triflow/desk'
import type { ForeignRecord } from '../../../platform/src/kafka/foreign-records.ts'

export interface BadRecord extends ForeignRecord {
  readonly what: string
  /** Of the dead letter that every desk reading the topic must write. */
  readonly reason: 'corrupt' | 'undecodable' | 'unknown-type' | 'no-key'
}

const text = (value: string): Buffer => Buffer.from(value, 'utf8')

/** A known message of each sort; what follows it is not one. */
const someCommand = 'triflow.order.v1.SubmitOrder'
const someFact = 'triflow.order.v1.OrderSubmitted'

/** A field of type 7, which no protobuf message has. */
const notProtobuf = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x07])

/** Sealed as one of ours, so that only what it says can give it away. */
const sealed = (
  place: { topic: string; partition: number },
  key: string,
  value: Buffer,
  headers: Record<string, string>,
): ForeignRecord =>
  sealRecord({
    ...place,
    key: text(key),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, said]) => [name, text(said)])),
  })

/**
 * In the order in which they are to be written: facts of a desk that nobody knows are numbered as a desk would. `honest`
 * is a record that stands in the same place; a byte of a copy of it is flipped.
 */
export const badRecordsFor = (topic: Topic, partition: number, honest: LogRecord | undefined): BadRecord[] => {
  const place = { topic: topic.name, partition }
  const key = `nobody/${randomUUID()}`
  const unsealed = { [header.type]: text(someFact), [header.id]: text(randomUUID()) }
  const told = (what: string, reason: BadRecord['reason'], record: ForeignRecord): BadRecord => ({
    ...record,
    what,
    reason,
  })
  const bad = [
    told('nothing at all', 'corrupt', { ...place, key: null, value: null, headers: {} }),
    told('a key without a value', 'corrupt', { ...place, key: text(key), value: null, headers: unsealed }),
    told('random bytes', 'corrupt', { ...place, key: randomBytes(16), value: randomBytes(300), headers: {} }),
    told('text in another format', 'corrupt', {
      ...place,
      key: text(key),
      value: text('{"orderId":"x"}'),
      headers: unsealed,
    }),
  ]
  if (topic.commands) {
    const command = (type: string) => ({ [header.id]: randomUUID(), [header.type]: type, [header.actor]: 'nobody' })
    bad.push(
      told(
        'a command of a type nobody knows',
        'unknown-type',
        sealed(place, key, text('x'), command('triflow.order.v1.NoSuchCommand')),
      ),
      told('a command that is no protobuf', 'undecodable', sealed(place, key, notProtobuf, command(someCommand))),
      told('a command without a key', 'no-key', sealed(place, '', text(''), command(someCommand))),
      told('a command without an id', 'undecodable', sealed(place, key, text(''), { [header.type]: someCommand })),
      told('a command on the key of another', 'undecodable', sealed(place, key, text(''), command(someCommand))),
    )
  } else {
    const fact = (number: number, type: string) => ({
      [header.id]: `nobody.desk-00#${number}`,
      [header.type]: type,
      [header.position]: `nobody.desk-00@1/0#${number}<${number - 1}`,
    })
    bad.push(
      told(
        'a fact of a type nobody knows',
        'unknown-type',
        sealed(place, key, text('x'), fact(1, 'triflow.order.v1.NoSuchFact')),
      ),
      told('a fact that is no protobuf', 'undecodable', sealed(place, key, notProtobuf, fact(2, someFact))),
      told(
        'a fact without a position',
        'undecodable',
        sealed(place, key, text(''), { [header.type]: someFact, [header.id]: randomUUID() }),
      ),
    )
    if (!topic.broadcast)
      bad.push(told('a fact without a key', 'no-key', sealed(place, '', text(''), fact(3, someFact))))
  }
  if (honest?.value?.length) bad.push(told('a record with a flipped byte', 'corrupt', flipped(honest)))
  return bad
}

const flipped = ({ topic, partition, key, value, headers }: LogRecord): ForeignRecord => {
  const changed = Buffer.from(value!)
  const at = changed.length >> 1
  changed[at] = changed[at]! ^ 0x04
  return { topic, partition, key, value: changed, headers }
}

/** Desks that read a topic, each of which has to say what it could not take. */
export const readersOf = (topic: string): string[] =>
  desks
    .filter(({ name, hears }) => commandsTopic(name) === topic || (hears as readonly string[]).includes(topic))
    .map(({ name }) => name)
