/** Folding what stands in the journal: facts are taken as recorded, nothing is decided. */
import { decodeMessage, deskWire } from '@triflow/contracts'
import type { Typed } from '@triflow/kernel'
import { applyTo, type Voice } from './applying.ts'
import type { DeskAtWork } from './desk-at-work.ts'
import { Halted } from './halted.ts'
import { openEntry } from './journal.ts'
import { evidenceOf, open, read, type Opened } from './opened.ts'
import { moveSweep } from './own-steps.ts'
import type { JournalEntry, LogRecord } from './ports.ts'
import type { ParkedRecord } from './state.ts'
import { isDeskNews, park, rememberOutcome, retireOutcomes, takeBroadcast } from './taking.ts'
import { archiveOf, newTurn, type Turn } from './turn.ts'

/**
 * Folds an entry of the journal: facts are taken as recorded, nothing is decided. Throws Halted on what this code cannot
 * fold: passing over it would be a state that the code that wrote it never had.
 */
export const fold = (d: DeskAtWork, entry: JournalEntry): void => {
  const body = openEntry(entry)
  try {
    foldBody(d, entry, body)
  } catch (error) {
    if (error instanceof Halted) throw error
    throw new Halted(
      'journal-unreadable',
      `${entry.desk}@${entry.sequence}, written by code ${body.codeVersion}, cannot be folded by this code: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

const foldBody = (d: DeskAtWork, entry: JournalEntry, body: deskWire.EntryBody): void => {
  const turn = newTurn(entry.sequence, entry.at)
  const fetched = new Map<string, Uint8Array>()
  for (const loaded of body.loaded) if (!loaded.absent) fetched.set(loaded.key, loaded.item)
  let told = 0
  const unparked = new Map<string, ParkedRecord[]>()
  for (const record of body.records) {
    const facts = body.facts.slice(told, told + record.facts)
    told += record.facts
    for (const fact of facts) {
      d.state.written.set(`${fact.topic}/${fact.partition}`, Number(fact.number))
      d.state.number = Number(fact.number)
    }
    if (record.input < 0) foldOwn(d, turn, fetched, record, facts, unparked)
    else foldRecord(d, turn, fetched, reopened(d, body, record), record, facts, unparked)
  }
  retireOutcomes(d, turn)
  for (const item of archiveOf(turn)) d.leaving.set(item.key, item)
  d.state.sequence = entry.sequence
  d.state.entryHash = entry.hash
  d.state.at = entry.at
}

const recorded =
  (facts: readonly deskWire.PublishedRecord[]): Voice =>
  () => ({
    facts: facts
      .filter((fact) => !fact.copy && !isDeskNews(fact.type))
      .map((fact) => decodeMessage(fact.type, fact.value)),
  })

const foldRecord = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  opened: Opened,
  record: deskWire.ConsumedRecord,
  facts: readonly deskWire.PublishedRecord[],
  unparked: Map<string, ParkedRecord[]>,
): void => {
  d.state.next.set(opened.record.topic, opened.record.offset + 1)
  d.state.lastHash.set(opened.record.topic, opened.sha256)
  const judged = facts.find((fact) => fact.type === 'triflow.desk.v1.CommandJudged')
  if (judged) {
    const bodyHash = opened.kind === 'command' ? opened.bodyHash : opened.sha256
    rememberOutcome(d, turn, deskWire.CommandJudged.decode(judged.value), bodyHash, Number(judged.number))
  }
  if (record.fate === 'duplicate' || record.fate === 'corrupt') return
  if ('position' in opened && opened.position)
    d.state.marks.set(`${opened.position.desk}>${opened.record.topic}`, {
      number: opened.position.number,
      hash: opened.sha256,
    })
  const parksKey =
    record.fate === 'dead' &&
    facts.some(
      (fact) => fact.type === 'triflow.desk.v1.DeadLettered' && deskWire.DeadLettered.decode(fact.value).parksKey,
    )
  if (record.fate === 'parked' || parksKey) return park(d, opened, evidenceOf(opened))
  if (record.fate === 'dead' || isDeskNews(opened.type)) {
    if (opened.kind === 'command' && opened.message.type === 'RedriveKey' && record.fate !== 'dead')
      foldRedrive(d, opened, facts, unparked)
    return
  }
  if (record.fate !== 'applied') throw new Error(`an input became "${record.fate}"`)
  if (opened.kind === 'dead') throw new Error(`an input was taken that is ${opened.reason} here: ${opened.detail}`)
  if (opened.kind === 'broadcast') return takeBroadcast(d, opened)
  if (opened.kind === 'heard')
    applyTo(
      d,
      turn,
      fetched,
      opened.key,
      { kind: 'heard', fact: opened.message, evidence: opened.evidence },
      recorded(facts),
      opened.traceparent,
      false,
    )
  if (opened.kind === 'command')
    applyTo(
      d,
      turn,
      fetched,
      opened.key,
      { kind: 'command', commandId: opened.commandId, command: opened.message },
      recorded(facts),
      opened.traceparent,
      false,
    )
}

const foldRedrive = (
  d: DeskAtWork,
  opened: Opened & { kind: 'command' },
  facts: readonly deskWire.PublishedRecord[],
  unparked: Map<string, ParkedRecord[]>,
): void => {
  if (!facts.some((fact) => fact.type === 'triflow.desk.v1.KeyRedriven')) return
  const wish = opened.message as Typed & deskWire.RedriveKey
  const waiting = d.state.parked.get(wish.key) ?? []
  unparked.set(wish.key, wish.treatment === 'discard' ? waiting.slice(1) : waiting.slice())
  d.state.parked.delete(wish.key)
}

const ownKinds = new Set(['tick', 'unparked', 'sweep', 'sweep-done'])

const foldOwn = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  record: deskWire.ConsumedRecord,
  facts: readonly deskWire.PublishedRecord[],
  unparked: Map<string, ParkedRecord[]>,
): void => {
  const key = Buffer.from(record.key).toString()
  if (!ownKinds.has(record.own)) throw new Error(`an input of its own is "${record.own}"`)
  if (record.own === 'tick') applyTo(d, turn, fetched, key, { kind: 'tick' }, recorded(facts), '', false)
  if (record.own === 'unparked') {
    const next = unparked.get(key)!.shift()!
    applyTo(
      d,
      turn,
      fetched,
      key,
      { kind: 'heard', fact: decodeMessage(next.type, next.value), evidence: next.evidence },
      recorded(facts),
      next.traceparent,
      false,
    )
  }
  const sweep = d.state.sweeps[0]
  if (record.own === 'sweep' && sweep) {
    if (d.state.items.has(key) && record.fate !== 'dead')
      applyTo(
        d,
        turn,
        fetched,
        key,
        { kind: 'sweep', cause: decodeMessage(sweep.type, sweep.value), cursor: sweep.within },
        recorded(facts),
        '',
        false,
      )
    moveSweep(sweep, key, record.reason)
  }
  if (record.own === 'sweep-done') {
    d.state.sweeps.shift()
    d.sweepKeys = undefined
  }
}

/**
 * A consumed record, opened for folding. Who may say what was judged when it was taken, by the rules of that day: what
 * was taken then is not refused by today's, and what was refused then stays so.
 */
const reopened = (d: DeskAtWork, body: deskWire.EntryBody, record: deskWire.ConsumedRecord): Opened =>
  (record.fate === 'dead' ? open : read)(d.desk.name, consumedRecord(body, record))

/** The record as it was consumed, from the entry that holds it. */
export const consumedRecord = (body: deskWire.EntryBody, record: deskWire.ConsumedRecord): LogRecord => {
  const range = body.inputs[record.input]!
  const headers: Record<string, Uint8Array> = {}
  for (const { name, value } of record.headers) headers[name] = value
  return {
    topic: range.topic,
    partition: range.partition,
    offset: Number(record.offset),
    key: record.own.startsWith('null-key') ? null : record.key,
    value: record.own.endsWith('value') ? null : record.value,
    headers,
  }
}
