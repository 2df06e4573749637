/** An entry's records for the log: its facts and its head, the same bytes whenever they are sent. */
import { deskWire, encodeAs, header, headsTopic } from '@triflow/contracts'
import { openEntry, type EntryBody } from './journal.ts'
import type { JournalEntry, LogRecord, OutgoingRecord } from './ports.ts'
import { factRecord, isIntact, sealRecord } from './record.ts'

/** All of an entry's body that its records are made of. */
export type Told = Pick<
  EntryBody,
  'inputs' | 'records' | 'loaded' | 'facts' | 'owner' | 'codeVersion' | 'publishedThrough'
>

/** Records of an entry in the order in which they are sent; the head comes last. */
export const recordsOf = (
  name: string,
  partition: number,
  entry: JournalEntry,
  body: Told = openEntry(entry),
): OutgoingRecord[] => {
  const records = body.facts.map((fact, index) => factRecord(entry.desk, entry.sequence, index, entry.at, fact))
  const head = encodeAs(deskWire.EntryHead, {
    desk: entry.desk,
    sequence: BigInt(entry.sequence),
    previousHash: entry.previousHash,
    hash: entry.hash,
    atMs: BigInt(entry.at),
    inputs: body.inputs,
    owner: body.owner,
    codeVersion: body.codeVersion,
    publishedThrough: body.publishedThrough,
    steps: stepsOf(body),
    loaded: toldWhole(body.loaded.filter(({ absent }) => !absent)),
  })
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

/** In which order an entry took its steps: the one thing about its inputs that no topic tells. */
const stepsOf = (body: Told): deskWire.StepRun[] => {
  const runs: deskWire.StepRun[] = []
  for (const { input, own, key } of body.records) {
    // What a redriven key had parked follows from the command that frees it.
    if (input < 0 && own === 'unparked') continue
    const source = input >= 0 ? '' : own === 'tick' ? 'tick' : 'sweep'
    const last = runs.at(-1)
    if (last?.own === source && source !== 'tick' && (source === 'sweep' || last.input === input)) last.count += 1
    else
      runs.push({
        input: Math.max(0, input),
        count: 1,
        own: source,
        key: source === 'tick' ? Buffer.from(key).toString() : '',
      })
  }
  return runs
}

/** The log takes no record of any size; without its items an entry can still be decided again if the archive has them. */
const LOADED_BYTES_MOST = 512 * 1024

const toldWhole = (loaded: readonly deskWire.Loaded[]): deskWire.Loaded[] =>
  loaded.reduce((bytes, { key, item }) => bytes + key.length + item.length, 0) <= LOADED_BYTES_MOST ? [...loaded] : []

export const headOf = (record: Pick<LogRecord, 'value'>): deskWire.EntryHead | undefined =>
  record.value ? deskWire.EntryHead.decode(record.value) : undefined

/** Heads looked at from the end of the log: the very last may have rotted, be one sent again, or be somebody else's. */
export const HEADS_LOOKED_AT = 100

/** The head that a record tells of a desk; undefined when it has rotted or is not one of this desk. */
export const headOfDesk = (desk: string, record: LogRecord): deskWire.EntryHead | undefined => {
  if (!isIntact(record)) return undefined
  try {
    const head = headOf(record)
    return head?.desk === desk ? head : undefined
  } catch {
    return undefined
  }
}
