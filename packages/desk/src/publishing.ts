/** An entry's records for the log: its facts and its head, the same bytes whenever they are sent. */
import { deskWire, header, headsTopic } from '@triflow/contracts'
import { openEntry } from './journal.ts'
import type { JournalEntry, LogRecord, OutgoingRecord } from './ports.ts'
import { factRecord, sealRecord } from './record.ts'

/** Records of an entry in the order in which they are sent; the head comes last. */
export const recordsOf = (
  name: string,
  partition: number,
  entry: JournalEntry,
  body = openEntry(entry),
): OutgoingRecord[] => {
  const records = body.facts.map((fact, index) => factRecord(entry.desk, entry.sequence, index, entry.at, fact))
  const head = deskWire.EntryHead.encode({
    desk: entry.desk,
    sequence: BigInt(entry.sequence),
    previousHash: entry.previousHash,
    hash: entry.hash,
    atMs: BigInt(entry.at),
    inputs: body.inputs,
    owner: body.owner,
  }).finish()
  records.push(
    sealRecord({
      topic: headsTopic(name),
      partition,
      key: Buffer.from(entry.desk),
      value: head,
      headers: {
        [header.id]: Buffer.from(`${entry.desk}@${entry.sequence}`),
        [header.type]: Buffer.from('triflow.desk.v1.EntryHead'),
      },
    }),
  )
  return records
}

export const headOf = (record: LogRecord): deskWire.EntryHead | undefined =>
  record.value ? deskWire.EntryHead.decode(record.value) : undefined
