/** Taking consumed records in: commands, heard facts, broadcasts, and what cannot be taken. */
import { decodeMessage, type deskWire } from '@triflow/contracts'
import type { Evidence, Typed } from '@triflow/kernel'
import { applyTo, leave, lookUp, type Voice } from './applying.ts'
import { commandKey, Halted, identityOf, Undecidable, type DeskAtWork } from './desk-at-work.ts'
import { mark } from './numbering.ts'
import { evidenceOf, type Opened } from './opened.ts'
import type { LogRecord } from './ports.ts'
import { thaw, type KnownOutcome, type ParkedRecord } from './state.ts'
import { noteInput, sayOwn, type Turn } from './turn.ts'

const headersOf = (record: LogRecord): deskWire.Header[] => {
  const headers: deskWire.Header[] = []
  for (const name in record.headers) headers.push({ name, value: record.headers[name]! })
  return headers
}

const noteRecord = (d: DeskAtWork, turn: Turn, opened: Opened, fate: string, reason: string, facts: number): void => {
  const { record } = opened
  const input = noteInput(turn, record.topic, record.partition, record.offset, opened.sha256)
  d.state.next.set(record.topic, record.offset + 1)
  d.state.lastHash.set(record.topic, opened.sha256)
  turn.records.push({
    input,
    offset: BigInt(record.offset),
    key: record.key ?? new Uint8Array(0),
    value: record.value ?? new Uint8Array(0),
    headers: headersOf(record),
    fate,
    reason,
    facts,
    own:
      record.key === null
        ? record.value === null
          ? 'null-key-value'
          : 'null-key'
        : record.value === null
          ? 'null-value'
          : '',
  })
  turn.bytes += (record.value?.length ?? 0) + 300
}

export const noteOwn = (turn: Turn, own: string, key: string, next: string, fate: string, facts: number): void => {
  turn.records.push({
    input: -1,
    offset: 0n,
    key: Buffer.from(key),
    value: new Uint8Array(0),
    headers: [],
    fate,
    reason: next,
    facts,
    own,
  })
}

/** What the rules say now. */
export const decideNow =
  (d: DeskAtWork): Voice =>
  (input, item, context) =>
    d.desk.decide(input, item, context)

export const guarded = <T>(identity: string, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (error instanceof Halted || error instanceof Undecidable) throw error
    throw new Undecidable(identity, error)
  }
}

const deadLetter = (
  d: DeskAtWork,
  turn: Turn,
  opened: Opened,
  reason: string,
  detail: string,
  parksKey: boolean,
): void => {
  const { record } = opened
  const message: deskWire.DeadLettered & Typed = {
    type: 'DeadLettered',
    topic: record.topic,
    partition: record.partition,
    offset: BigInt(record.offset),
    reason,
    detail,
    key: record.key ?? new Uint8Array(0),
    value: record.value ?? new Uint8Array(0),
    headers: headersOf(record),
    desk: d.id,
    parksKey,
  }
  sayOwn(d.speaker, d.state, turn, message, opened.key || d.id, opened.traceparent)
}

export const park = (d: DeskAtWork, opened: Opened, evidence: Evidence): void => {
  const record: ParkedRecord = {
    type: opened.type,
    value: opened.record.value ?? new Uint8Array(0),
    traceparent: opened.traceparent,
    evidence,
  }
  const waiting = d.state.parked.get(opened.key)
  if (waiting) waiting.push(record)
  else d.state.parked.set(opened.key, [record])
}

const answer = (d: DeskAtWork, turn: Turn, reply: string, commandId: string, outcome: KnownOutcome): void => {
  if (!reply) return
  const told = {
    commandId,
    status: outcome.status,
    code: outcome.code,
    detail: outcome.detail,
    position: `${d.id}#${outcome.number}`,
    facts: outcome.facts,
  }
  const waiting = turn.replies.get(reply)
  if (waiting) waiting.push(told)
  else turn.replies.set(reply, [told])
}

const judge = (
  d: DeskAtWork,
  turn: Turn,
  opened: Opened & { commandId: string; reply: string; bodyHash: string },
  facts: readonly string[],
  rejection?: { code: string; detail: string },
): void => {
  const message: deskWire.CommandJudged & Typed = {
    type: 'CommandJudged',
    commandId: opened.commandId,
    status: rejection ? 'rejected' : 'accepted',
    code: rejection?.code ?? '',
    detail: rejection?.detail ?? '',
    key: opened.key,
    commandType: opened.type,
    facts: [...facts],
  }
  const number = sayOwn(d.speaker, d.state, turn, message, opened.key || d.id, opened.traceparent)
  const outcome = rememberOutcome(d, turn, message, opened.bodyHash, number)
  answer(d, turn, opened.reply, opened.commandId, outcome)
}

export const rememberOutcome = (
  d: DeskAtWork,
  turn: Turn,
  judged: deskWire.CommandJudged,
  bodyHash: string,
  number: number,
): KnownOutcome => {
  const outcome: KnownOutcome = {
    bodyHash,
    status: judged.status as KnownOutcome['status'],
    code: judged.code,
    detail: judged.detail,
    number,
    facts: judged.facts,
    at: turn.at,
  }
  d.state.outcomes.set(judged.commandId, outcome)
  return outcome
}

const knownOutcome = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  commandId: string,
): KnownOutcome | undefined => {
  const atHand = d.state.outcomes.peek(commandId)
  if (atHand) return atHand
  const bytes = lookUp(d, turn, fetched, commandKey(commandId))
  return bytes ? thaw<KnownOutcome>(bytes) : undefined
}

export const takeCommand = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  opened: Opened & { kind: 'command' },
): void => {
  const before = turn.facts.length
  const known = knownOutcome(d, turn, fetched, opened.commandId)
  if (known && known.bodyHash === opened.bodyHash) {
    answer(d, turn, opened.reply, opened.commandId, known)
    return noteRecord(d, turn, opened, 'duplicate', '', 0)
  }
  if (known) {
    deadLetter(
      d,
      turn,
      opened,
      'command-conflict',
      `command ${opened.commandId} was logged before with another body`,
      false,
    )
    return noteRecord(d, turn, opened, 'dead', 'command-conflict', turn.facts.length - before)
  }
  const identity = identityOf(opened.record)
  const bug = d.undecidable.get(identity)
  if (bug !== undefined) {
    deadLetter(d, turn, opened, 'undecidable', bug, false)
    judge(d, turn, opened, [], {
      code: 'Undecidable',
      detail: 'the platform could not judge this; an operator has been told',
    })
    return noteRecord(d, turn, opened, 'dead', 'undecidable', turn.facts.length - before)
  }
  if (opened.message.type === 'RedriveKey') return takeRedrive(d, turn, fetched, opened)
  if (d.state.parked.has(opened.key)) {
    judge(d, turn, opened, [], { code: 'KeyParked', detail: 'an earlier record of this item waits for an operator' })
    return noteRecord(d, turn, opened, 'applied', '', turn.facts.length - before)
  }
  guarded(identity, () => {
    const input = { kind: 'command', commandId: opened.commandId, command: opened.message } as const
    const decision = applyTo(d, turn, fetched, opened.key, input, decideNow(d), opened.traceparent, true)
    judge(
      d,
      turn,
      opened,
      decision.facts.map((fact) => fact.type),
      decision.rejection,
    )
  })
  noteRecord(d, turn, opened, 'applied', '', turn.facts.length - before)
}

const takeRedrive = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  opened: Opened & { kind: 'command' },
): void => {
  const before = turn.facts.length
  const wish = opened.message as Typed & deskWire.RedriveKey
  const waiting = d.state.parked.get(wish.key)
  if (!waiting) {
    judge(d, turn, opened, [], { code: 'NothingParked', detail: `no record of ${wish.key} waits` })
    return noteRecord(d, turn, opened, 'applied', '', turn.facts.length - before)
  }
  guarded(identityOf(opened.record), () => {
    const redriven: deskWire.KeyRedriven & Typed = { type: 'KeyRedriven', key: wish.key, commandId: opened.commandId }
    sayOwn(d.speaker, d.state, turn, redriven, wish.key, opened.traceparent)
    judge(d, turn, opened, ['KeyRedriven'])
    noteRecord(d, turn, opened, 'applied', '', turn.facts.length - before)
    d.state.parked.delete(wish.key)
    for (const record of wish.treatment === 'discard' ? waiting.slice(1) : waiting) {
      const start = turn.facts.length
      hear(d, turn, fetched, wish.key, record)
      noteOwn(turn, 'unparked', wish.key, '', 'applied', turn.facts.length - start)
    }
  })
}

const hear = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  key: string,
  record: ParkedRecord,
): void => {
  const fact = decodeMessage(record.type, record.value)
  const input = { kind: 'heard', fact, evidence: record.evidence } as const
  applyTo(d, turn, fetched, key, input, decideNow(d), record.traceparent, true)
}

/** The runtime's own messages about its work: for views, not for desks. */
export const isDeskNews = (type: string): boolean => type.startsWith('triflow.desk.v1.')

export const takeFact = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  opened: Opened & { kind: 'heard' | 'broadcast' },
): void => {
  const before = turn.facts.length
  const identity = identityOf(opened.record)
  if (mark(d, opened.position, opened.record.topic, opened.sha256) === 'duplicate')
    return noteRecord(d, turn, opened, 'duplicate', '', 0)
  if (isDeskNews(opened.type)) return noteRecord(d, turn, opened, 'applied', '', 0)
  const bug = d.undecidable.get(identity)
  if (bug !== undefined) {
    deadLetter(d, turn, opened, 'undecidable', bug, opened.kind === 'heard')
    if (opened.kind === 'heard') park(d, opened, opened.evidence)
    return noteRecord(d, turn, opened, 'dead', 'undecidable', turn.facts.length - before)
  }
  if (opened.kind === 'broadcast') {
    guarded(identity, () => takeBroadcast(d, opened))
    return noteRecord(d, turn, opened, 'applied', '', 0)
  }
  if (d.state.parked.has(opened.key)) {
    park(d, opened, opened.evidence)
    return noteRecord(d, turn, opened, 'parked', '', 0)
  }
  guarded(identity, () =>
    applyTo(
      d,
      turn,
      fetched,
      opened.key,
      { kind: 'heard', fact: opened.message, evidence: opened.evidence },
      decideNow(d),
      opened.traceparent,
      true,
    ),
  )
  noteRecord(d, turn, opened, 'applied', '', turn.facts.length - before)
}

export const takeBroadcast = (d: DeskAtWork, opened: Opened & { kind: 'heard' | 'broadcast' }): void => {
  d.state.shared = d.desk.evolveShared(d.state.shared, opened.message, evidenceOf(opened))
  if (d.desk.sweeps?.(opened.message)) {
    d.state.sweeps.push({
      type: opened.type,
      value: Buffer.from(opened.record.value!),
      after: '',
      current: '',
      within: '',
    })
  }
}

export const takeDead = (
  d: DeskAtWork,
  turn: Turn,
  fetched: ReadonlyMap<string, Uint8Array>,
  opened: Opened & { kind: 'dead' },
): void => {
  const before = turn.facts.length
  const known = opened.commandId ? knownOutcome(d, turn, fetched, opened.commandId) : undefined
  if (known && known.bodyHash === opened.sha256) {
    answer(d, turn, opened.reply ?? '', opened.commandId!, known)
    return noteRecord(d, turn, opened, 'duplicate', '', 0)
  }
  if (opened.position && mark(d, opened.position, opened.record.topic, opened.sha256) === 'duplicate')
    return noteRecord(d, turn, opened, 'duplicate', '', 0)
  const parks = opened.position !== undefined && opened.key !== ''
  deadLetter(d, turn, opened, opened.reason, opened.detail, parks)
  if (parks) park(d, opened, evidenceOf(opened))
  if (opened.commandId && !known) {
    judge(d, turn, { ...opened, commandId: opened.commandId, reply: opened.reply ?? '', bodyHash: opened.sha256 }, [], {
      code: 'Unreadable',
      detail: opened.detail,
    })
  }
  noteRecord(
    d,
    turn,
    opened,
    opened.reason === 'corrupt' ? 'corrupt' : 'dead',
    opened.reason,
    turn.facts.length - before,
  )
}

export const retireOutcomes = (d: DeskAtWork, turn: Turn): void => {
  const { outcomes } = d.state
  for (const commandId of outcomes.keys()) {
    if (outcomes.size <= d.limits.outcomes) break
    leave(d, turn, commandKey(commandId), outcomes.peek(commandId))
    outcomes.delete(commandId)
  }
  d.state.open.rest()
}
