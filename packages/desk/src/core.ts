/**
 * A desk without a world: takes opened records in order, decides, and grows one journal entry; or folds an entry that
 * stands in the journal. No I/O, no clock: the same inputs give the same bytes. Called by the office (live), by
 * takeover and snapshots (fold) and by verify (decide again).
 */
import { decodeMessage, deskWire } from '@triflow/contracts'
import type { AnyDesk, Context, Decision, Evidence, Input, Typed } from '@triflow/kernel'
import { mayHave, remember } from './filter.ts'
import { openEntry, sealEntry } from './journal.ts'
import { open, type Opened } from './opened.ts'
import type { ArchivedItem, JournalEntry, LogRecord } from './ports.ts'
import { deskId, formatPosition, type Position } from './record.ts'
import { emptyState, freeze, thaw, type DeskState, type KnownOutcome, type ParkedRecord } from './state.ts'
import { newTurn, noteInput, say, sayOwn, type Turn } from './turn.ts'

/** A record whose fact or command makes the rules throw: a bug of ours, kept away from the rest by its identity. */
export class Undecidable extends Error {
  readonly identity: string
  constructor(identity: string, cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause })
    this.identity = identity
  }
}

/** Something that must never be: a fork, a gap. The desk stops and a person looks. */
export class Halted extends Error {
  readonly code: string
  constructor(code: string, detail: string) {
    super(detail)
    this.code = code
  }
}

/** What a turn may take in. Log records, ticks that are due, and steps of the sweep in progress. */
export type Step =
  | { readonly kind: 'record'; readonly opened: Opened }
  | { readonly kind: 'tick'; readonly key: string }
  | { readonly kind: 'sweep' }

export interface Drafted {
  readonly entry: JournalEntry
  readonly turn: Turn
  /** How many of the steps were taken; the rest waits for the next turn. */
  readonly taken: number
}

export interface TurnMeta {
  readonly at: number
  readonly owner: string
  readonly codeVersion: string
  readonly publishedThrough: number
}

export interface CoreLimits {
  /** Bytes of facts after which a turn takes nothing more. */
  readonly factBytes: number
  /** Outcomes kept at hand; older ones are asked of the archive. */
  readonly outcomes: number
}

export const coreLimits: CoreLimits = { factBytes: 3 * 1024 * 1024, outcomes: 20_000 }

const itemKey = (key: string): string => `item:${key}`
const partKey = (key: string): string => `part:${key}`
const commandKey = (commandId: string): string => `command:${commandId}`

export const identityOf = (record: Pick<LogRecord, 'topic' | 'partition' | 'offset'>): string => `${record.topic}/${record.partition}@${record.offset}`

export type Core = ReturnType<typeof createCore>

export const createCore = (desk: AnyDesk, partition: number, desks: number, limits: CoreLimits = coreLimits) => {
  const id = deskId(desk.name, partition)
  const speaker = { desk, partition, desks }
  let state: DeskState = emptyState(desk.initialShared())
  /** Items that left open state and whose archive write is not acknowledged yet. */
  const leaving = new Map<string, { readonly sequence: number; readonly bytes: Uint8Array }>()
  /** Identities that made the rules throw; they become dead letters when they come again. */
  const undecidable = new Map<string, string>()
  const wakes = new Map<string, number>()
  let sweepKeys: string[] | undefined

  // ---- looking things up -------------------------------------------------------------------------------------------

  const lookUp = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, archiveKey: string): Uint8Array | undefined => {
    const justClosed = turn.closed.get(archiveKey)
    if (justClosed) return justClosed
    if (!mayHave(state.archived, archiveKey)) return undefined
    // What was handed in comes first: when an entry is decided again, its own account of the archive is what counts.
    const bytes = fetched.get(archiveKey) ?? leaving.get(archiveKey)?.bytes
    if (!turn.told.has(archiveKey)) {
      turn.told.add(archiveKey)
      turn.loaded.push({ key: archiveKey, absent: bytes === undefined, item: bytes ?? new Uint8Array(0) })
    }
    return bytes
  }

  const itemOf = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, key: string): { item: unknown; open: boolean } => {
    if (state.items.has(key)) return { item: state.items.get(key), open: true }
    const bytes = lookUp(turn, fetched, itemKey(key))
    return { item: bytes ? thaw(bytes) : desk.initialState(key), open: false }
  }

  const contextOf = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, key: string, message: Typed | undefined): Context<unknown> => {
    const loaded = new Map<string, unknown>()
    if (message && desk.keysNeeded) {
      for (const needed of desk.keysNeeded(message)) {
        const bytes = lookUp(turn, fetched, partKey(needed))
        if (bytes) loaded.set(needed, thaw(bytes))
      }
    }
    return { key, at: turn.at, shared: state.shared, loaded }
  }

  // ---- changing state ----------------------------------------------------------------------------------------------

  const leave = (turn: Turn, archiveKey: string, item: unknown): void => {
    const bytes = freeze(item)
    remember(state.archived, archiveKey)
    turn.closed.set(archiveKey, bytes)
    turn.archive.push({ key: archiveKey, sequence: turn.sequence, bytes })
  }

  /** Puts an item back after a change: open, or retired in part or in whole. */
  const settle = (turn: Turn, key: string, item: unknown): void => {
    for (const part of desk.retire?.(item) ?? []) leave(turn, partKey(part.key), part.item)
    if (desk.isClosed?.(item)) {
      state.items.delete(key)
      wakes.delete(key)
      leave(turn, itemKey(key), item)
      return
    }
    state.items.set(key, item)
    scheduleWake(key, item)
  }

  const scheduleWake = (key: string, item: unknown): void => {
    const at = desk.wakeAt?.(item)
    if (at === undefined) wakes.delete(key)
    else wakes.set(key, at)
  }

  /** What an input led to: decided now, or read from the entry that recorded it. */
  type Voice = (input: Input<Typed, Typed, Typed>, item: unknown, context: Context<unknown>) => Decision<Typed>

  const applyTo = (
    turn: Turn,
    fetched: ReadonlyMap<string, Uint8Array>,
    key: string,
    input: Input<Typed, Typed, Typed>,
    voice: Voice,
    traceparent: string,
    speak: boolean,
  ): Decision<Typed> => {
    const found = itemOf(turn, fetched, key)
    let { item } = found
    const message = input.kind === 'command' ? input.command : input.kind === 'heard' ? input.fact : undefined
    const context = contextOf(turn, fetched, key, message)
    if (input.kind === 'heard') item = desk.evolve(item, input.fact, turn.at, input.evidence)
    const decision = voice(input, item, context)
    for (const fact of decision.facts) {
      if (speak) say(speaker, state, turn, fact, traceparent)
      item = desk.evolve(item, fact, turn.at)
    }
    if (found.open || input.kind === 'heard' || decision.facts.length > 0) settle(turn, key, item)
    return decision
  }

  const mark = (position: Position, topic: string, sha256: string): 'next' | 'duplicate' => {
    const source = `${position.desk}>${topic}`
    const known = state.marks.get(source) ?? { number: 0, hash: '' }
    if (position.number < known.number) return 'duplicate'
    if (position.number === known.number) {
      if (sha256 !== known.hash) throw new Halted('fork', `${source} said number ${position.number} twice, differently`)
      return 'duplicate'
    }
    if (position.previous > known.number) throw new Halted('missing-record', `${source}: number ${position.previous} came before ${position.number} and was never read (last is ${known.number})`)
    if (position.previous < known.number) throw new Halted('fork', `${source}: ${formatPosition(position)} does not follow ${known.number}`)
    state.marks.set(source, { number: position.number, hash: sha256 })
    return 'next'
  }

  const noteRecord = (turn: Turn, opened: Opened, fate: string, reason: string, facts: number): void => {
    const { record } = opened
    const input = noteInput(turn, record.topic, record.partition, record.offset, opened.sha256)
    state.next.set(record.topic, record.offset + 1)
    state.lastHash.set(record.topic, opened.sha256)
    turn.records.push({
      input,
      offset: BigInt(record.offset),
      key: record.key ?? new Uint8Array(0),
      value: record.value ?? new Uint8Array(0),
      headers: Object.entries(record.headers).map(([name, value]) => ({ name, value })),
      fate,
      reason,
      facts,
      own: record.key === null ? (record.value === null ? 'null-key-value' : 'null-key') : record.value === null ? 'null-value' : '',
    })
    turn.bytes += (record.value?.length ?? 0) + 300
  }

  const noteOwn = (turn: Turn, own: string, key: string, next: string, fate: string, facts: number): void => {
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

  // ---- deciding ----------------------------------------------------------------------------------------------------

  const decideNow: Voice = (input, item, context) => desk.decide(input, item, context)

  const guarded = <T>(identity: string, work: () => T): T => {
    try {
      return work()
    } catch (error) {
      if (error instanceof Halted || error instanceof Undecidable) throw error
      throw new Undecidable(identity, error)
    }
  }

  const deadLetter = (turn: Turn, opened: Opened, reason: string, detail: string, parksKey: boolean): void => {
    const { record } = opened
    const headers = Object.entries(record.headers).map(([name, value]) => ({ name, value }))
    const message: deskWire.DeadLettered & Typed = {
      type: 'DeadLettered',
      topic: record.topic,
      partition: record.partition,
      offset: BigInt(record.offset),
      reason,
      detail,
      key: record.key ?? new Uint8Array(0),
      value: record.value ?? new Uint8Array(0),
      headers,
      desk: id,
      parksKey,
    }
    sayOwn(speaker, state, turn, message, opened.key || id, opened.traceparent)
  }

  const park = (opened: Opened, evidence: Evidence): void => {
    const record: ParkedRecord = { type: opened.type, value: opened.record.value ?? new Uint8Array(0), evidence }
    const waiting = state.parked.get(opened.key)
    if (waiting) waiting.push(record)
    else state.parked.set(opened.key, [record])
  }

  const answer = (turn: Turn, reply: string, commandId: string, outcome: KnownOutcome): void => {
    if (!reply) return
    const told = { commandId, status: outcome.status, code: outcome.code, detail: outcome.detail, position: `${id}#${outcome.number}`, facts: outcome.facts }
    const waiting = turn.replies.get(reply)
    if (waiting) waiting.push(told)
    else turn.replies.set(reply, [told])
  }

  const judge = (turn: Turn, opened: Opened & { commandId: string; reply: string; bodyHash: string }, facts: readonly string[], rejection?: { code: string; detail: string }): void => {
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
    const number = sayOwn(speaker, state, turn, message, opened.key || id, opened.traceparent)
    const outcome = rememberOutcome(turn, message, opened.bodyHash, number)
    answer(turn, opened.reply, opened.commandId, outcome)
  }

  const rememberOutcome = (turn: Turn, judged: deskWire.CommandJudged, bodyHash: string, number: number): KnownOutcome => {
    const outcome: KnownOutcome = {
      bodyHash,
      status: judged.status as KnownOutcome['status'],
      code: judged.code,
      detail: judged.detail,
      number,
      facts: judged.facts,
      at: turn.at,
    }
    state.outcomes.set(judged.commandId, outcome)
    return outcome
  }

  const knownOutcome = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, commandId: string): KnownOutcome | undefined => {
    const atHand = state.outcomes.get(commandId)
    if (atHand) return atHand
    const bytes = lookUp(turn, fetched, commandKey(commandId))
    return bytes ? thaw<KnownOutcome>(bytes) : undefined
  }

  const takeCommand = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, opened: Opened & { kind: 'command' }): void => {
    const before = turn.facts.length
    const known = knownOutcome(turn, fetched, opened.commandId)
    if (known && known.bodyHash === opened.bodyHash) {
      answer(turn, opened.reply, opened.commandId, known)
      return noteRecord(turn, opened, 'duplicate', '', 0)
    }
    if (known) {
      deadLetter(turn, opened, 'command-conflict', `command ${opened.commandId} was logged before with another body`, false)
      return noteRecord(turn, opened, 'dead', 'command-conflict', turn.facts.length - before)
    }
    const identity = identityOf(opened.record)
    const bug = undecidable.get(identity)
    if (bug !== undefined) {
      deadLetter(turn, opened, 'undecidable', bug, false)
      judge(turn, opened, [], { code: 'Undecidable', detail: 'the platform could not judge this; an operator has been told' })
      return noteRecord(turn, opened, 'dead', 'undecidable', turn.facts.length - before)
    }
    if (opened.message.type === 'RedriveKey') return takeRedrive(turn, fetched, opened)
    if (state.parked.has(opened.key)) {
      judge(turn, opened, [], { code: 'KeyParked', detail: 'an earlier record of this item waits for an operator' })
      return noteRecord(turn, opened, 'applied', '', turn.facts.length - before)
    }
    guarded(identity, () => {
      const input = { kind: 'command', commandId: opened.commandId, command: opened.message } as const
      const decision = applyTo(turn, fetched, opened.key, input, decideNow, opened.traceparent, true)
      judge(turn, opened, decision.facts.map((fact) => fact.type), decision.rejection)
    })
    noteRecord(turn, opened, 'applied', '', turn.facts.length - before)
  }

  const takeRedrive = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, opened: Opened & { kind: 'command' }): void => {
    const before = turn.facts.length
    const wish = opened.message as Typed & deskWire.RedriveKey
    const waiting = state.parked.get(wish.key)
    if (!waiting) {
      judge(turn, opened, [], { code: 'NothingParked', detail: `no record of ${wish.key} waits` })
      return noteRecord(turn, opened, 'applied', '', turn.facts.length - before)
    }
    guarded(identityOf(opened.record), () => {
      const redriven: deskWire.KeyRedriven & Typed = { type: 'KeyRedriven', key: wish.key, commandId: opened.commandId }
      sayOwn(speaker, state, turn, redriven, wish.key, opened.traceparent)
      judge(turn, opened, ['KeyRedriven'])
      noteRecord(turn, opened, 'applied', '', turn.facts.length - before)
      state.parked.delete(wish.key)
      for (const record of wish.treatment === 'discard' ? waiting.slice(1) : waiting) {
        const start = turn.facts.length
        hear(turn, fetched, wish.key, record, opened.traceparent)
        noteOwn(turn, 'unparked', wish.key, '', 'applied', turn.facts.length - start)
      }
    })
  }

  const hear = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, key: string, record: ParkedRecord, traceparent: string): void => {
    const fact = decodeMessage(record.type, record.value)
    applyTo(turn, fetched, key, { kind: 'heard', fact, evidence: record.evidence }, decideNow, traceparent, true)
  }

  /** The runtime's own messages about its work: for views, not for desks. */
  const isDeskNews = (type: string): boolean => type.startsWith('triflow.desk.v1.')

  const takeFact = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, opened: Opened & { kind: 'heard' | 'broadcast' }): void => {
    const before = turn.facts.length
    const identity = identityOf(opened.record)
    if (mark(opened.position, opened.record.topic, opened.sha256) === 'duplicate') return noteRecord(turn, opened, 'duplicate', '', 0)
    if (isDeskNews(opened.type)) return noteRecord(turn, opened, 'applied', '', 0)
    const bug = undecidable.get(identity)
    if (bug !== undefined) {
      deadLetter(turn, opened, 'undecidable', bug, opened.kind === 'heard')
      if (opened.kind === 'heard') park(opened, opened.evidence)
      return noteRecord(turn, opened, 'dead', 'undecidable', turn.facts.length - before)
    }
    if (opened.kind === 'broadcast') {
      guarded(identity, () => takeBroadcast(opened))
      return noteRecord(turn, opened, 'applied', '', 0)
    }
    if (state.parked.has(opened.key)) {
      park(opened, opened.evidence)
      return noteRecord(turn, opened, 'parked', '', 0)
    }
    guarded(identity, () =>
      applyTo(turn, fetched, opened.key, { kind: 'heard', fact: opened.message, evidence: opened.evidence }, decideNow, opened.traceparent, true),
    )
    noteRecord(turn, opened, 'applied', '', turn.facts.length - before)
  }

  const takeBroadcast = (opened: Opened & { kind: 'heard' | 'broadcast' }): void => {
    state.shared = desk.evolveShared(state.shared, opened.message, evidenceOf(opened))
    if (desk.sweeps?.(opened.message)) {
      state.sweeps.push({ type: opened.type, value: Buffer.from(opened.record.value!), after: '', current: '', within: '' })
    }
  }

  const takeDead = (turn: Turn, opened: Opened & { kind: 'dead' }): void => {
    const before = turn.facts.length
    if (opened.position && mark(opened.position, opened.record.topic, opened.sha256) === 'duplicate') return noteRecord(turn, opened, 'duplicate', '', 0)
    const parks = opened.position !== undefined && opened.key !== ''
    deadLetter(turn, opened, opened.reason, opened.detail, parks)
    if (parks) park(opened, { desk: opened.position!.desk, entry: BigInt(opened.position!.entry), index: opened.position!.index, sha256: opened.sha256, type: opened.type })
    if (opened.commandId && !state.outcomes.has(opened.commandId)) {
      judge(turn, { ...opened, commandId: opened.commandId, reply: opened.reply ?? '', bodyHash: opened.sha256 }, [], { code: 'Unreadable', detail: opened.detail })
    }
    noteRecord(turn, opened, opened.reason === 'corrupt' ? 'corrupt' : 'dead', opened.reason, turn.facts.length - before)
  }

  const takeTick = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>, key: string): void => {
    const identity = `tick:${key}`
    if (!state.items.has(key) || undecidable.has(identity)) {
      wakes.delete(key)
      return
    }
    const before = turn.facts.length
    guarded(identity, () => applyTo(turn, fetched, key, { kind: 'tick' }, decideNow, '', true))
    noteOwn(turn, 'tick', key, '', 'applied', turn.facts.length - before)
  }

  const takeSweepStep = (turn: Turn, fetched: ReadonlyMap<string, Uint8Array>): void => {
    const sweep = state.sweeps[0]
    if (!sweep) return
    const key = sweep.current || nextSweepKey(sweep.after)
    if (key === undefined) {
      state.sweeps.shift()
      sweepKeys = undefined
      return noteOwn(turn, 'sweep-done', '', '', 'applied', 0)
    }
    const before = turn.facts.length
    const identity = `sweep:${sweep.type}:${key}`
    let cursor: string | undefined
    if (!undecidable.has(identity)) {
      const cause = decodeMessage(sweep.type, sweep.value)
      cursor = guarded(identity, () => applyTo(turn, fetched, key, { kind: 'sweep', cause, cursor: sweep.within }, decideNow, '', true)).cursor
    }
    moveSweep(sweep, key, cursor ?? '')
    noteOwn(turn, 'sweep', key, cursor ?? '', 'applied', turn.facts.length - before)
  }

  const moveSweep = (sweep: DeskState['sweeps'][number], key: string, cursor: string): void => {
    sweep.current = cursor === '' ? '' : key
    sweep.within = cursor
    if (cursor === '') sweep.after = key
  }

  const nextSweepKey = (after: string): string | undefined => {
    sweepKeys ??= [...state.items.keys()].sort()
    let low = 0
    let high = sweepKeys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sweepKeys[middle]! <= after) low = middle + 1
      else high = middle
    }
    for (; low < sweepKeys.length; low++) if (state.items.has(sweepKeys[low]!)) return sweepKeys[low]
    return undefined
  }

  const retireOutcomes = (turn: Turn): void => {
    for (const [commandId, outcome] of state.outcomes) {
      if (state.outcomes.size <= limits.outcomes) break
      state.outcomes.delete(commandId)
      leave(turn, commandKey(commandId), outcome)
    }
  }

  const finish = (turn: Turn, meta: TurnMeta): JournalEntry => {
    const entry = sealEntry(
      {
        desk: id,
        sequence: BigInt(turn.sequence),
        atMs: BigInt(turn.at),
        owner: meta.owner,
        codeVersion: meta.codeVersion,
        publishedThrough: BigInt(meta.publishedThrough),
        inputs: turn.inputs,
        records: turn.records,
        loaded: turn.loaded,
        facts: turn.facts,
      },
      state.entryHash,
    )
    state.sequence = turn.sequence
    state.entryHash = entry.hash
    state.at = turn.at
    for (const item of turn.archive) leaving.set(item.key, item)
    return entry
  }

  /**
   * Decides as many steps as fit in one entry and moves the state on. Throws Undecidable or Halted; the state is then
   * spoilt and must be loaded anew.
   */
  const draft = (steps: readonly Step[], fetched: ReadonlyMap<string, Uint8Array>, meta: TurnMeta): Drafted => {
    const turn = newTurn(state.sequence + 1, Math.max(meta.at, state.at))
    let taken = 0
    for (const step of steps) {
      if (turn.bytes > limits.factBytes) break
      taken += 1
      if (step.kind === 'tick') takeTick(turn, fetched, step.key)
      else if (step.kind === 'sweep') takeSweepStep(turn, fetched)
      else if (step.opened.kind === 'command') takeCommand(turn, fetched, step.opened)
      else if (step.opened.kind === 'dead') takeDead(turn, step.opened)
      else takeFact(turn, fetched, step.opened)
    }
    retireOutcomes(turn)
    return { entry: finish(turn, meta), turn, taken }
  }

  /** Archive keys that these steps may ask for and that are not at hand; with what is at hand pinned. */
  const wanted = (steps: readonly Step[]): { fetch: string[]; pinned: Map<string, Uint8Array> } => {
    const fetch = new Set<string>()
    const pinned = new Map<string, Uint8Array>()
    const want = (archiveKey: string): void => {
      if (!mayHave(state.archived, archiveKey)) return
      const atHand = leaving.get(archiveKey)
      if (atHand) pinned.set(archiveKey, atHand.bytes)
      else fetch.add(archiveKey)
    }
    const wantItem = (key: string): void => {
      if (!state.items.has(key)) want(itemKey(key))
    }
    for (const step of steps) {
      if (step.kind !== 'record') continue
      const { opened } = step
      if (opened.kind === 'command') {
        if (!state.outcomes.has(opened.commandId)) want(commandKey(opened.commandId))
        if (opened.message.type === 'RedriveKey') {
          for (const parked of state.parked.get((opened.message as Typed & deskWire.RedriveKey).key) ?? []) wantParts(decodeMessage(parked.type, parked.value), want)
        }
      }
      if (opened.kind === 'command' || opened.kind === 'heard') {
        wantItem(opened.key)
        wantParts(opened.message, want)
      }
    }
    return { fetch: [...fetch], pinned }
  }

  const wantParts = (message: Typed, want: (archiveKey: string) => void): void => {
    for (const needed of desk.keysNeeded?.(message) ?? []) want(partKey(needed))
  }

  // ---- folding what stands in the journal --------------------------------------------------------------------------

  /** Folds an entry of the journal: facts are taken as recorded, nothing is decided. */
  const fold = (entry: JournalEntry): void => {
    const body = openEntry(entry)
    const turn = newTurn(entry.sequence, entry.at)
    const fetched = new Map<string, Uint8Array>()
    for (const loaded of body.loaded) if (!loaded.absent) fetched.set(loaded.key, loaded.item)
    let told = 0
    const unparked = new Map<string, ParkedRecord[]>()
    for (const record of body.records) {
      const facts = body.facts.slice(told, told + record.facts)
      told += record.facts
      for (const fact of facts) {
        state.written.set(`${fact.topic}/${fact.partition}`, Number(fact.number))
        state.number = Number(fact.number)
      }
      if (record.input < 0) foldOwn(turn, fetched, record, facts, unparked)
      else foldRecord(turn, fetched, restored(body, record), record, facts, unparked)
    }
    retireOutcomes(turn)
    for (const item of turn.archive) leaving.set(item.key, item)
    state.sequence = entry.sequence
    state.entryHash = entry.hash
    state.at = entry.at
  }

  const recorded =
    (facts: readonly deskWire.PublishedRecord[]): Voice =>
    () => ({ facts: facts.filter((fact) => !fact.copy && !isDeskNews(fact.type)).map((fact) => decodeMessage(fact.type, fact.value)) })

  const foldRecord = (
    turn: Turn,
    fetched: ReadonlyMap<string, Uint8Array>,
    opened: Opened,
    record: deskWire.ConsumedRecord,
    facts: readonly deskWire.PublishedRecord[],
    unparked: Map<string, ParkedRecord[]>,
  ): void => {
    state.next.set(opened.record.topic, opened.record.offset + 1)
    state.lastHash.set(opened.record.topic, opened.sha256)
    const judged = facts.find((fact) => fact.type === 'triflow.desk.v1.CommandJudged')
    if (judged) {
      const bodyHash = opened.kind === 'command' ? opened.bodyHash : opened.sha256
      rememberOutcome(turn, deskWire.CommandJudged.decode(judged.value), bodyHash, Number(judged.number))
    }
    if (record.fate === 'duplicate' || record.fate === 'corrupt') return
    if ('position' in opened && opened.position) state.marks.set(`${opened.position.desk}>${opened.record.topic}`, { number: opened.position.number, hash: opened.sha256 })
    const parksKey = record.fate === 'dead' && facts.some((fact) => fact.type === 'triflow.desk.v1.DeadLettered' && deskWire.DeadLettered.decode(fact.value).parksKey)
    if (record.fate === 'parked' || parksKey) return park(opened, evidenceOf(opened))
    if (record.fate === 'dead' || isDeskNews(opened.type)) {
      if (opened.kind === 'command' && opened.message.type === 'RedriveKey' && record.fate !== 'dead') foldRedrive(opened, facts, unparked)
      return
    }
    if (opened.kind === 'broadcast') return takeBroadcast(opened)
    if (opened.kind === 'heard') applyTo(turn, fetched, opened.key, { kind: 'heard', fact: opened.message, evidence: opened.evidence }, recorded(facts), '', false)
    if (opened.kind === 'command') applyTo(turn, fetched, opened.key, { kind: 'command', commandId: opened.commandId, command: opened.message }, recorded(facts), '', false)
  }

  const foldRedrive = (opened: Opened & { kind: 'command' }, facts: readonly deskWire.PublishedRecord[], unparked: Map<string, ParkedRecord[]>): void => {
    if (!facts.some((fact) => fact.type === 'triflow.desk.v1.KeyRedriven')) return
    const wish = opened.message as Typed & deskWire.RedriveKey
    const waiting = state.parked.get(wish.key) ?? []
    unparked.set(wish.key, wish.treatment === 'discard' ? waiting.slice(1) : waiting.slice())
    state.parked.delete(wish.key)
  }

  const foldOwn = (
    turn: Turn,
    fetched: ReadonlyMap<string, Uint8Array>,
    record: deskWire.ConsumedRecord,
    facts: readonly deskWire.PublishedRecord[],
    unparked: Map<string, ParkedRecord[]>,
  ): void => {
    const key = Buffer.from(record.key).toString()
    if (record.own === 'tick') applyTo(turn, fetched, key, { kind: 'tick' }, recorded(facts), '', false)
    if (record.own === 'unparked') {
      const next = unparked.get(key)!.shift()!
      applyTo(turn, fetched, key, { kind: 'heard', fact: decodeMessage(next.type, next.value), evidence: next.evidence }, recorded(facts), '', false)
    }
    const sweep = state.sweeps[0]
    if (record.own === 'sweep' && sweep) {
      if (state.items.has(key)) applyTo(turn, fetched, key, { kind: 'sweep', cause: decodeMessage(sweep.type, sweep.value), cursor: sweep.within }, recorded(facts), '', false)
      moveSweep(sweep, key, record.reason)
    }
    if (record.own === 'sweep-done') {
      state.sweeps.shift()
      sweepKeys = undefined
    }
  }

  const evidenceOf = (opened: Opened): Evidence =>
    'evidence' in opened
      ? opened.evidence
      : { desk: opened.kind === 'dead' && opened.position ? opened.position.desk : '', entry: BigInt(opened.kind === 'dead' && opened.position ? opened.position.entry : 0), index: opened.kind === 'dead' && opened.position ? opened.position.index : 0, sha256: opened.sha256, type: opened.type }

  /** The record as it was consumed, from the entry that holds it. */
  const restored = (body: deskWire.EntryBody, record: deskWire.ConsumedRecord): Opened => {
    const range = body.inputs[record.input]!
    const headers: Record<string, Uint8Array> = {}
    for (const { name, value } of record.headers) headers[name] = value
    return open(desk.name, {
      topic: range.topic,
      partition: range.partition,
      offset: Number(record.offset),
      key: record.own.startsWith('null-key') ? null : record.key,
      value: record.own.endsWith('value') ? null : record.value,
      headers,
    })
  }

  /**
   * Decides an entry again on the state before it and compares: undefined when the facts are the same to the byte, else
   * what differs. Moves the state on either way. Only meaningful for entries of this code version.
   */
  const decideAgain = (entry: JournalEntry): string | undefined => {
    const body = openEntry(entry)
    const fetched = new Map<string, Uint8Array>()
    for (const loaded of body.loaded) if (!loaded.absent) fetched.set(loaded.key, loaded.item)
    const steps: Step[] = []
    for (const record of body.records) {
      if (record.own === 'tick') steps.push({ kind: 'tick', key: Buffer.from(record.key).toString() })
      else if (record.own === 'sweep' || record.own === 'sweep-done') steps.push({ kind: 'sweep' })
      else if (record.input >= 0) {
        const opened = restored(body, record)
        if (record.fate === 'dead' && record.reason === 'undecidable') undecidable.set(identityOf(opened.record), detailOf(body, record))
        steps.push({ kind: 'record', opened })
      }
    }
    const again = draft(steps, fetched, { at: entry.at, owner: body.owner, codeVersion: body.codeVersion, publishedThrough: Number(body.publishedThrough) })
    const same = Buffer.compare(again.entry.hash, entry.hash) === 0
    state.entryHash = entry.hash
    if (same) return undefined
    return firstDifference(body, openEntry(again.entry))
  }

  const detailOf = (body: deskWire.EntryBody, record: deskWire.ConsumedRecord): string => {
    const before = body.records.slice(0, body.records.indexOf(record)).reduce((sum, earlier) => sum + earlier.facts, 0)
    return deskWire.DeadLettered.decode(body.facts[before]!.value).detail
  }

  const load = (snapshot: { readonly sequence: number; readonly bytes: Uint8Array } | undefined): void => {
    state = snapshot ? thaw<DeskState>(snapshot.bytes) : emptyState(desk.initialShared())
    leaving.clear()
    wakes.clear()
    sweepKeys = undefined
  }

  /** Call after the last fold: what wants to be woken is known from the items. */
  const ready = (): void => {
    wakes.clear()
    if (desk.wakeAt) for (const [key, item] of state.items) scheduleWake(key, item)
  }

  const due = (now: number, most: number): string[] => {
    const keys: string[] = []
    for (const [key, at] of wakes) if (at <= now) keys.push(key)
    return keys.sort().slice(0, most)
  }

  const archiveAcknowledged = (items: readonly ArchivedItem[]): void => {
    for (const item of items) if (leaving.get(item.key)?.sequence === item.sequence) leaving.delete(item.key)
  }

  return {
    id,
    desk,
    partition,
    state: () => state,
    draft,
    wanted,
    fold,
    decideAgain,
    load,
    ready,
    due,
    archiveAcknowledged,
    /** Archive writes that are not acknowledged yet, as known after a load. */
    unarchived: (): ArchivedItem[] => [...leaving].map(([key, item]) => ({ key, sequence: item.sequence, bytes: item.bytes })),
    sweeping: (): boolean => state.sweeps.length > 0,
    /** From now on this record becomes a dead letter instead of being decided. */
    distrust: (identity: string, reason: string): void => void undecidable.set(identity, reason),
    snapshot: (): Uint8Array => freeze(state),
  }
}

const firstDifference = (recorded: deskWire.EntryBody, again: deskWire.EntryBody): string => {
  const length = Math.max(recorded.facts.length, again.facts.length)
  for (let i = 0; i < length; i++) {
    const was = recorded.facts[i]
    const is = again.facts[i]
    if (!was || !is || Buffer.compare(deskWire.PublishedRecord.encode(was).finish(), deskWire.PublishedRecord.encode(is).finish()) !== 0) {
      return `fact ${i}: recorded ${was?.type ?? 'nothing'} #${was?.number ?? '-'}, decided ${is?.type ?? 'nothing'} #${is?.number ?? '-'}`
    }
  }
  return 'the facts agree, the account of the inputs does not'
}
