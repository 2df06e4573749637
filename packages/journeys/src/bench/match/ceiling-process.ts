/** The ceiling: what the product's client does with the same records and no logic, each consumed and produced again. */
import { openKafkaLog, systemClock } from '@triflow/platform'
import type { Membership, OutgoingRecord } from '@triflow/desk'
import { appendAll } from '../appending.ts'
import { silent } from '../../surroundings.ts'

/** As an office does: this many records wait at most before their partition is left alone for a while. */
const MOST_WAITING = 20_000

const [brokers, out, ...topics] = process.argv.slice(2) as [string, string, ...string[]]
const log = await openKafkaLog({
  brokers: brokers.split(','),
  clientId: 'ceiling',
  clock: systemClock,
  witness: silent,
})
const next = new Map<string, number>()
const joined: { membership?: Membership } = {}
let assigned: readonly number[] = []
let waiting: OutgoingRecord[] = []
let sending = false
let paused = false

const places = () => topics.flatMap((topic) => assigned.map((partition) => ({ topic, partition })))

const read = (): void => {
  if (!joined.membership || assigned.length === 0) return
  for (const place of places()) joined.membership.seek(place, next.get(`${place.topic}/${place.partition}`) ?? 0)
  joined.membership.resume(places())
}

const send = async (): Promise<void> => {
  if (sending) return
  sending = true
  while (waiting.length > 0) {
    const records = waiting
    waiting = []
    if (paused) joined.membership?.resume(places())
    paused = false
    await appendAll(log, records)
  }
  sending = false
}

joined.membership = await log.join({
  group: 'triflow.bench.ceiling',
  topics,
  onAssigned: (partitions) => {
    assigned = partitions
    read()
  },
  onBatch: ({ topic, partition, fetchedOffset, records }) => {
    const place = `${topic}/${partition}`
    const expected = next.get(place) ?? 0
    if (fetchedOffset !== expected) return joined.membership?.seek({ topic, partition }, expected)
    for (const { offset, key, value, headers } of records) {
      if (offset < expected) continue
      next.set(place, offset + 1)
      waiting.push({ topic: out, partition, key: key!, value: value!, headers })
    }
    if (waiting.length > MOST_WAITING && !paused) {
      paused = true
      joined.membership?.pause(places())
    }
    void send()
  },
  onRevoked: () => {},
})
read()
process.once('SIGTERM', () => void log.close().then(() => process.exit(0)))
