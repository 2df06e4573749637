/** Compares what journals say was published with what stands on the topics. */
import { fingerprint, headerText, headOf, type LogRecord, type OutgoingRecord } from '@triflow/desk'
import { header, isHeadsTopic } from '@triflow/contracts'

interface Expected {
  readonly saying: string
  readonly desk: string
  readonly entry: number
  seen: boolean
}

export interface PublishedReport {
  readonly expected: number
  readonly found: number
  /** The topic starts after it: trimmed once every reader was past. */
  readonly belowStart: number
  /** Written down after the last moment at which the journal knew it was published. */
  readonly underWay: number
  readonly differences: readonly string[]
}

/** What a record says, to be compared. Later code tells more in a head; which entry it is the head of does not change. */
const sayingOf = (record: Pick<LogRecord, 'topic' | 'key' | 'value' | 'headers'>): string => {
  const head = isHeadsTopic(record.topic) ? headOf(record) : undefined
  return head ? `${head.desk}@${head.sequence} ${Buffer.from(head.hash).toString('hex')}` : fingerprint(record)
}

export const publishedAudit = () => {
  const places = new Map<string, Map<string, Expected>>()
  const differences: string[] = []

  const placeOf = (record: { topic: string; partition: number }): string => `${record.topic}/${record.partition}`

  const expect = (desk: string, entry: number, records: readonly OutgoingRecord[]): void => {
    for (const record of records) {
      const place = placeOf(record)
      const known = places.get(place) ?? new Map<string, Expected>()
      places.set(place, known)
      known.set(headerText(record, header.id), { saying: sayingOf(record), desk, entry, seen: false })
    }
  }

  const see = (record: LogRecord): void => {
    const id = headerText(record, header.id)
    const expected = places.get(placeOf(record))?.get(id)
    // One that no journal knows was written since the walk began, or by nobody of ours.
    if (!expected) return
    expected.seen = true
    if (sayingOf(record) !== expected.saying)
      differences.push(`${placeOf(record)}@${record.offset}: ${id} is not what ${expected.desk}@${expected.entry} says`)
  }

  const finish = (
    starts: (topic: string, partition: number) => number,
    publishedThrough: (desk: string) => number,
  ): PublishedReport => {
    let expectedCount = 0
    let found = 0
    let belowStart = 0
    let underWay = 0
    for (const [place, known] of places) {
      const [topic, partition] = [
        place.slice(0, place.lastIndexOf('/')),
        Number(place.slice(place.lastIndexOf('/') + 1)),
      ]
      for (const [id, expected] of known) {
        expectedCount += 1
        if (expected.seen) found += 1
        else if (starts(topic, partition) > 0) belowStart += 1
        else if (expected.entry > publishedThrough(expected.desk)) underWay += 1
        else differences.push(`${place}: ${id} of ${expected.desk}@${expected.entry} is not on the topic`)
      }
    }
    return { expected: expectedCount, found, belowStart, underWay, differences }
  }

  return {
    expect,
    see,
    finish,
    topics: () => [...new Set([...places.keys()].map((place) => place.slice(0, place.lastIndexOf('/'))))],
  }
}
