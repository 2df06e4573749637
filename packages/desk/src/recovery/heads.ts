/** What the log knows of a desk's entries: their heads, in sequence. */
import { headsTopic, type deskWire } from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import { sameBytes } from '../journal.ts'
import type { Log } from '../ports.ts'
import { HEADS_LOOKED_AT, headOfDesk } from '../publishing.ts'
import { readRanges, wholeOf } from '../reading.ts'
import { deskId } from '../record.ts'
import { RecoveryRefused } from './refused.ts'

/** The furthest head that the log has of each desk of a kind, by partition; one that has said nothing is missing. */
export const lastHeads = async (
  log: Log,
  reader: string,
  desk: Pick<AnyDesk, 'name'>,
): Promise<ReadonlyMap<number, deskWire.EntryHead>> => {
  const found = new Map<number, deskWire.EntryHead>()
  const ends = (await wholeOf(log, [headsTopic(desk.name)])).map((range) => ({
    ...range,
    from: Math.max(range.from, range.to - HEADS_LOOKED_AT),
  }))
  await readRanges(log, reader, ends, (record) => {
    const head = headOfDesk(deskId(desk.name, record.partition), record)
    const furthest = found.get(record.partition)?.sequence ?? 0n
    if (head && head.sequence > furthest) found.set(record.partition, head)
  })
  return found
}

/** Heads of all entries after a sequence, without a gap; empty when the log knows no more than the journal. */
export const headsAfter = async (
  log: Log,
  reader: string,
  desk: Pick<AnyDesk, 'name'>,
  partition: number,
  sequence: number,
): Promise<readonly deskWire.EntryHead[]> => {
  const topic = headsTopic(desk.name)
  const id = deskId(desk.name, partition)
  const { low, high } = (await log.bounds(topic)).get(partition)!
  const found = new Map<number, deskWire.EntryHead>()
  // Every entry has at least one head and they come in order, so that of n never stands before offset n - 1.
  const range = { topic, partition, from: Math.min(high, Math.max(low, sequence)), to: high }
  await readRanges(log, reader, [range], (record) => {
    const head = headOfDesk(id, record)
    if (!head || Number(head.sequence) <= sequence) return
    const known = found.get(Number(head.sequence))
    if (known && !sameBytes(known.hash, head.hash))
      throw new RecoveryRefused('two-stories', `${head.desk}@${head.sequence} has two different heads on ${topic}`)
    found.set(Number(head.sequence), head)
  })
  const heads = [...found.values()].sort((a, b) => Number(a.sequence - b.sequence))
  heads.forEach((head, index) => {
    if (Number(head.sequence) === sequence + 1 + index) return
    throw new RecoveryRefused('head-missing', `${topic}/${partition} has no head of ${id}@${sequence + 1 + index}`)
  })
  return heads
}
