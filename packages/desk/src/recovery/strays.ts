/** Finds facts on the log whose entries nobody has: what was half published when the database was lost. */
import { header } from '@triflow/contracts'
import type { Log } from '../ports.ts'
import { readRanges, wholeOf } from '../reading.ts'
import { deskNameOf, headerText, isIntact, parsePosition } from '../record.ts'
import { outputsOf } from './places.ts'

export interface Stray {
  readonly desk: string
  readonly entry: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/**
 * Records of a partition that are looked at, from its end. A database that is lost stops all its desks at once, so what
 * was in flight stands among the last records.
 */
const LOOKED_AT = 10_000

/** `tails`: the last entry of each desk, by its id. A fact of a later entry is a stray. */
export const straysOf = async (log: Log, reader: string, tails: ReadonlyMap<string, number>): Promise<Stray[]> => {
  const found: Stray[] = []
  const outputs = [...new Set([...tails.keys()].flatMap((desk) => outputsOf(deskNameOf(desk))))]
  const ends = (await wholeOf(log, outputs)).map((range) => ({
    ...range,
    from: Math.max(range.from, range.to - LOOKED_AT),
  }))
  await readRanges(log, reader, ends, (record) => {
    const position = isIntact(record) ? parsePosition(headerText(record, header.position)) : undefined
    const tail = position && tails.get(position.desk)
    if (!position || tail === undefined || position.entry <= tail) return
    const { topic, partition, offset } = record
    found.push({ desk: position.desk, entry: position.entry, topic, partition, offset })
  })
  return found
}
