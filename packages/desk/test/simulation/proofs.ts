/** What must hold when the town has come to rest, read from the journals and the log alone. Each finding is one sentence. */
import { isDeepStrictEqual } from 'node:util'
import {
  commandsTopic,
  decodeMessage,
  deskEntry,
  header,
  type deskWire,
  partitionsOf,
  topicNamed,
} from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import { createCore } from '../../src/core.ts'
import { chainHash, genesisHash, openEntry, sameBytes } from '../../src/journal.ts'
import { journalOf } from '../../src/memory/database.ts'
import type { JournalEntry, LogRecord, OutgoingRecord } from '../../src/ports.ts'
import { memoryPorts } from '../../src/memory/engines.ts'
import { recordsOf } from '../../src/publishing.ts'
import { deskId, headerText, parsePosition } from '../../src/record.ts'
import { restore } from '../../src/takeover.ts'
import type { Account } from '../../src/state.ts'
import { programmeOf, simulatedDesks, type Booked, type Deposited, type Paid } from './desks.ts'
import { codeVersion, coreLimits, desksPerKind, type Town, type Wish } from './town.ts'

interface Kept {
  readonly desk: AnyDesk
  readonly partition: number
  readonly id: string
  readonly entries: readonly JournalEntry[]
  readonly bodies: readonly deskWire.EntryBody[]
}

const keptBy = (town: Town): Kept[] =>
  simulatedDesks.flatMap((desk) => {
    const count = partitionsOf(topicNamed(commandsTopic(desk.name)), desksPerKind)
    return Array.from({ length: count }, (_, partition) => {
      const id = deskId(desk.name, partition)
      const entries = journalOf(town.engines.database, id)
      return { desk, partition, id, entries, bodies: entries.map(openEntry) }
    })
  })

/** Contiguous from 1, each chained to the one before, time never going back, a new owner first writing an empty entry. */
const chainFaults = ({ id, entries, bodies }: Kept): string[] => {
  const found: string[] = []
  let previous = genesisHash
  let at = 0
  entries.forEach((entry, index) => {
    if (entry.sequence !== index + 1)
      found.push(`${id}: entry ${index + 1} is missing, ${entry.sequence} stands in its place`)
    if (!sameBytes(entry.previousHash, previous) || !sameBytes(entry.hash, chainHash(previous, entry.body)))
      found.push(`${id}@${entry.sequence} breaks the chain`)
    if (entry.at < at) found.push(`${id}@${entry.sequence} goes back in time`)
    const { owner, records } = bodies[index]!
    if (owner !== bodies[index - 1]?.owner && records.length > 0)
      found.push(`${id}@${entry.sequence}: ${owner} decides before it has fenced`)
    previous = entry.hash
    at = entry.at
  })
  return found
}

/** Every input consumed exactly once, in order, to the end of the log. */
const inputFaults = (town: Town, { desk, partition, id, bodies }: Kept): string[] => {
  const found: string[] = []
  for (const topic of [commandsTopic(desk.name), ...deskEntry(desk.name).hears]) {
    let next = 0
    for (const body of bodies) {
      for (const range of body.inputs.filter((input) => input.topic === topic)) {
        if (Number(range.from) !== next)
          found.push(`${id}@${body.sequence} goes on with ${topic} at ${range.from}, not at ${next}`)
        next = Number(range.to) + 1
      }
    }
    const high = town.engines.broker.topics.read({ topic, partition }).length
    if (next !== high) found.push(`${id} has come to ${next} of ${topic}, which ends at ${high}`)
  }
  return found
}

const sameRecord = (a: OutgoingRecord, b: LogRecord): boolean =>
  sameBytes(a.key, b.key ?? new Uint8Array(0)) &&
  sameBytes(a.value, b.value ?? new Uint8Array(0)) &&
  Object.keys(a.headers).length === Object.keys(b.headers).length &&
  Object.entries(a.headers).every(([name, bytes]) => sameBytes(bytes, b.headers[name] ?? new Uint8Array(0)))

const idOf = (record: Pick<LogRecord, 'headers'>): string => headerText(record, header.id)

/** One topic-partition against what the journals say should be there. */
const placeFaults = (at: string, expected: readonly OutgoingRecord[], records: readonly LogRecord[]): string[] => {
  const found: string[] = []
  const said = new Map(expected.map((record) => [idOf(record), record]))
  const seen = new Set<string>()
  const marks = new Map<string, number>()
  for (const record of records) {
    const id = idOf(record)
    const original = said.get(id)
    if (!original) found.push(`${at}@${record.offset}: ${id} is on the log and in no journal`)
    else if (!sameRecord(original, record))
      found.push(`${at}@${record.offset}: ${id} is not the bytes that the journal holds`)
    if (seen.has(id)) continue
    seen.add(id)
    const position = parsePosition(headerText(record, header.position))
    if (!position) continue
    const before = marks.get(position.desk) ?? 0
    if (position.previous !== before)
      found.push(`${at}@${record.offset}: ${id} follows ${position.previous}, but ${before} came before it`)
    marks.set(position.desk, position.number)
  }
  for (const id of said.keys()) if (!seen.has(id)) found.push(`${at}: ${id} is in the journal and not on the log`)
  return found
}

/** What a desk's journal says, and nothing else, is on the log: the same bytes however often, first times in order. */
const publishingFaults = (town: Town, kept: readonly Kept[]): string[] => {
  const found: string[] = []
  const expected = new Map<string, OutgoingRecord[]>()
  for (const { desk, partition, entries } of kept)
    for (const record of entries.flatMap((entry) => recordsOf(desk.name, partition, entry))) {
      const at = `${record.topic}/${record.partition}`
      expected.set(at, [...(expected.get(at) ?? []), record])
    }
  const { specs, topics } = town.engines.broker
  for (const { name, partitions } of specs.values()) {
    if (name.endsWith('.commands')) continue
    for (let partition = 0; partition < partitions; partition++) {
      const at = `${name}/${partition}`
      found.push(...placeFaults(at, expected.get(at) ?? [], topics.read({ topic: name, partition })))
    }
  }
  return found
}

/** Replaying decisions gives the same bytes, and folding facts gives the same state as deciding did. */
const replayFaults = ({ desk, partition, id, entries }: Kept): string[] => {
  const found: string[] = []
  const decided = createCore(desk, partition, desksPerKind, coreLimits)
  const folded = createCore(desk, partition, desksPerKind, coreLimits)
  for (const entry of entries) {
    const difference = decided.decideAgain(entry)
    if (difference) found.push(`${id}@${entry.sequence} decided again: ${difference}`)
    folded.fold(entry)
    const differing = differences(decided.account(), folded.account())
    if (differing.length > 0)
      return [...found, `${id}@${entry.sequence}: folded and decided state differ in ${differing.join(', ')}`]
  }
  return found
}

type Judged = deskWire.CommandJudged & { readonly type: 'CommandJudged' }
type Fact = Judged | Deposited | Paid | Booked

/** Facts of a desk in the order of their saying, once each. */
const factsOf = ({ bodies }: Kept): Fact[] =>
  bodies.flatMap((body) =>
    body.facts.filter((fact) => !fact.copy).map((fact) => decodeMessage(fact.type, fact.value) as Fact),
  )

/** One outcome for each command however often it was logged, and one deposit or payment for each that was accepted. */
const outcomeFaults = (town: Town, facts: readonly Fact[], wishes: readonly Wish[]): string[] => {
  const found: string[] = []
  const judged = new Map<string, Judged>()
  for (const fact of facts) {
    if (fact.type !== 'CommandJudged') continue
    if (judged.has(fact.commandId)) found.push(`command ${fact.commandId} was judged twice`)
    judged.set(fact.commandId, fact)
  }
  const effects = new Map<string, number>()
  for (const fact of facts) {
    const id =
      fact.type === 'CashReceived'
        ? fact.receiptId
        : fact.type === 'DisbursementExecuted'
          ? fact.disbursementId
          : undefined
    if (id !== undefined) effects.set(id, (effects.get(id) ?? 0) + 1)
  }
  for (const id of new Set(wishes.map((wish) => wish.id))) {
    const outcome = judged.get(id)
    const { command } = wishes.find((wish) => wish.id === id)!
    if (!outcome) found.push(`command ${id} has no outcome`)
    else if (command.type === 'PostStatementLine') {
      const wanted = outcome.status === 'accepted' ? 1 : 0
      if ((effects.get(id) ?? 0) !== wanted)
        found.push(`command ${id} was ${outcome.status} and took effect ${effects.get(id) ?? 0} times`)
      if ((command.reference === 'boom') !== (outcome.code === 'Undecidable'))
        found.push(`command ${id} ended as ${outcome.status} ${outcome.code}`)
    }
  }
  for (const { outcome } of town.engines.replies.said) {
    const recorded = judged.get(outcome.commandId)
    if (recorded?.status !== outcome.status || recorded.code !== outcome.code)
      found.push(`the door was told ${outcome.status} for ${outcome.commandId}, the journal says ${recorded?.status}`)
  }
  return found
}

/** Money is neither made nor lost on its way from the accounts to the ledgers, and no account is ever overdrawn. */
const moneyFaults = (facts: readonly Fact[]): string[] => {
  const found: string[] = []
  const balances = new Map<string, bigint>()
  const counts = new Map<string, number>()
  const totals = new Map<string, bigint>()
  const causes = new Set<string>()
  const names = new Set<string>()
  for (const fact of facts) {
    if (fact.type === 'CashReceived' || fact.type === 'DisbursementExecuted') {
      const { accountId } = fact
      names.add(programmeOf(accountId))
      const balance =
        (balances.get(accountId) ?? 0n) + (fact.type === 'CashReceived' ? fact.amountMinor : -fact.amountMinor)
      if (balance < 0n) found.push(`${accountId} is overdrawn: ${balance}`)
      balances.set(accountId, balance)
      if (fact.type === 'DisbursementExecuted') continue
      const count = (counts.get(accountId) ?? 0) + 1
      if (fact.counterparty !== String(count))
        found.push(`deposit ${count} of ${accountId} calls itself ${fact.counterparty}`)
      counts.set(accountId, count)
    }
    if (fact.type === 'LedgerPosted') {
      if (causes.has(fact.causeId)) found.push(`${fact.causeId} was booked twice`)
      causes.add(fact.causeId)
      const total = (totals.get(fact.programmeId) ?? 0n) + fact.postings[0]!.amountMinor
      if (fact.entryId !== String(total))
        found.push(`ledger ${fact.programmeId} says ${fact.entryId} where ${total} is right`)
      totals.set(fact.programmeId, total)
    }
  }
  for (const programme of names) {
    const held = [...balances]
      .filter(([account]) => programmeOf(account) === programme)
      .reduce((sum, [, balance]) => sum + balance, 0n)
    if (held !== (totals.get(programme) ?? 0n))
      found.push(`accounts of ${programme} hold ${held}, its ledger says ${totals.get(programme) ?? 0n}`)
  }
  return found
}

const haltFaults = (town: Town): string[] =>
  town.witness.said
    .filter((remark) => remark.event === 'desk-halted')
    .map((remark) => `halted: ${JSON.stringify(remark.details)}`)

/** A restart from the newest snapshot leads to the state that the whole journal leads to. */
const snapshotFaults = async (town: Town, { desk, partition, id, entries }: Kept): Promise<string[]> => {
  const process = town.world.process('auditor')
  const { store, clock } = memoryPorts(town.engines, process)
  let restored: Account | undefined
  let failure: unknown
  restore(desk, partition, desksPerKind, store, clock, codeVersion, coreLimits).then(
    ({ core }) => (restored = core.account()),
    (error: unknown) => (failure = error),
  )
  await town.world.run(() => restored !== undefined || failure !== undefined)
  if (!restored) return [`${id} cannot be restored: ${String(failure)}`]
  const whole = createCore(desk, partition, desksPerKind, coreLimits)
  for (const entry of entries) whole.fold(entry)
  return differences(restored, whole.account()).map(
    (name) => `${id}: ${name} differs between the snapshot's path and the whole journal's`,
  )
}

const differences = (a: Account, b: Account): string[] =>
  (Object.keys(a) as (keyof Account)[]).filter((name) =>
    name === 'entryHash' ? !sameBytes(a.entryHash, b.entryHash) : !isDeepStrictEqual(a[name], b[name]),
  )

export const proofsOf = async (town: Town, wishes: readonly Wish[]): Promise<string[]> => {
  const kept = keptBy(town)
  const facts = kept.flatMap(factsOf)
  const found = [
    ...haltFaults(town),
    ...kept.flatMap(chainFaults),
    ...kept.flatMap((one) => inputFaults(town, one)),
    ...publishingFaults(town, kept),
    ...outcomeFaults(town, facts, wishes),
    ...moneyFaults(facts),
    ...kept.flatMap(replayFaults),
  ]
  for (const one of kept) found.push(...(await snapshotFaults(town, one)))
  return found
}
