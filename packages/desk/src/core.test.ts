/** The core alone: repeats change nothing, a restart folds to the same state, a decision made again is the same to the byte. */
import { describe, expect, it } from 'vitest'
import { commandsTopic, header, partitionOfKey } from '@triflow/contracts'
import { accept, reject, type AnyDesk, type DeskDefinition, type Typed } from '@triflow/kernel'
import { createCore, Halted, Undecidable, type Core, type Step } from './core.ts'
import { remember } from './filter.ts'
import { openEntry } from './journal.ts'
import { open } from './opened.ts'
import type { JournalEntry, LogRecord, OutgoingRecord } from './ports.ts'
import { recordsOf } from './publishing.ts'
import { commandRecord, sealRecord } from './record.ts'
import { freeze, thaw } from './state.ts'
import { archiveOf } from './turn.ts'
import { encodeMessage, fullNameOf } from '@triflow/contracts'

interface Order {
  readonly version: number
  cancelled?: boolean
}

interface Word extends Typed {
  readonly orderId: string
  readonly reason?: string
}

/** A desk of one rule each: submit once, accept the current version, cancel for good. A reason of "bug" throws. */
const orders: DeskDefinition<Order, unknown, Word, Word, Word, Word> = {
  name: 'order.order',
  initialState: (): Order => ({ version: 0 }),
  initialShared: () => ({}),
  decide: (input, state: Order) => {
    if (input.kind !== 'command') return { facts: [] }
    const { command } = input
    if (command.type === 'SubmitOrder')
      return state.version
        ? reject('OrderAlreadySubmitted', '')
        : accept([{ ...command, type: 'OrderSubmitted', version: 1 }])
    if (command.type === 'CancelOrder') {
      if (command.reason === 'bug') throw new Error('a bug of ours')
      return accept([{ type: 'OrderCancelled', orderId: command.orderId, reason: command.reason }])
    }
    return reject('Unknown', command.type)
  },
  evolve: (state: Order, fact) =>
    fact.type === 'OrderSubmitted'
      ? { version: 1 }
      : fact.type === 'OrderCancelled'
        ? { ...state, cancelled: true }
        : state,
  evolveShared: (shared) => shared,
  routes: (fact) => [{ topic: 'triflow.order.order', key: fact.orderId }],
  isClosed: (state: Order) => state.cancelled === true,
}

const submit = {
  type: 'SubmitOrder',
  orderId: 'acme/1',
  buyerId: 'acme',
  supplierId: 's',
  number: '1',
  issuedOn: '2026-01-02',
  currency: 'CNY',
  lines: [],
  paymentTermDays: 30,
}
const cancel = (reason: string) => ({ type: 'CancelOrder', orderId: 'acme/1', reason })

const asRecord = (outgoing: OutgoingRecord, offset: number): LogRecord => ({ ...outgoing, offset })
const partition = partitionOfKey(Buffer.from('acme/1'), 4)
let offsets = 0
const commandStep = (commandId: string, command: { type: string }, reply = 'here', traceparent = ''): Step => {
  const outgoing = commandRecord(commandsTopic('order.order'), partition, {
    commandId,
    type: fullNameOf(command.type),
    key: 'acme/1',
    bytes: encodeMessage(command),
    actor: 'acme',
    reply,
    traceparent,
  })
  return { kind: 'record', opened: open('order.order', asRecord(outgoing, offsets++)) }
}

const meta = { at: 1_000, owner: 'test', codeVersion: '1', publishedThrough: 0 }
const fresh = (): Core => {
  offsets = 0
  return createCore(orders, partition, 4)
}
const write = (core: Core, steps: Step[]) => core.draft(steps, new Map(), meta)
const outcomesOf = (drafted: ReturnType<typeof write>) => drafted.turn.replies.get('here') ?? []

describe('a desk without a world', () => {
  it('answers every command once and repeats the recorded outcome for the same command', () => {
    const core = fresh()
    const first = write(core, [commandStep('c1', submit), commandStep('c2', submit)])
    expect(outcomesOf(first).map((o) => [o.status, o.code])).toEqual([
      ['accepted', ''],
      ['rejected', 'OrderAlreadySubmitted'],
    ])
    const again = write(core, [commandStep('c1', submit)])
    expect(again.turn.facts).toHaveLength(0)
    expect(outcomesOf(again)[0]).toEqual(outcomesOf(first)[0])
  })

  it('refuses the same command id with another body as a dead letter', () => {
    const core = fresh()
    write(core, [commandStep('c1', submit)])
    const conflict = write(core, [commandStep('c1', cancel('changed'))])
    expect(conflict.turn.records[0]!.fate).toBe('dead')
    expect(conflict.turn.facts.map((fact) => fact.type)).toEqual(['triflow.desk.v1.DeadLettered'])
  })

  it('numbers its records without a gap and names the one before on each topic-partition', () => {
    const core = fresh()
    const a = write(core, [commandStep('c1', submit)])
    const b = write(core, [commandStep('c2', submit)])
    const told = [...a.turn.facts, ...b.turn.facts].map((fact) => [Number(fact.number), Number(fact.previous)])
    expect(told).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ])
  })

  it('folds its journal to the state it had, and decides every entry again to the byte', () => {
    const core = fresh()
    const entries: JournalEntry[] = [
      write(core, []).entry,
      write(core, [commandStep('c1', submit), commandStep('c2', submit)]).entry,
      write(core, [commandStep('c1', submit), commandStep('c3', cancel('too late'))]).entry,
    ]
    const folded = createCore(orders, partition, 4)
    for (const entry of entries) folded.fold(entry)
    expect(folded.account()).toEqual(core.account())
    const judge = createCore(orders, partition, 4)
    expect(entries.map((entry) => judge.decideAgain(entry))).toEqual([undefined, undefined, undefined])
    expect(judge.account()).toEqual(core.account())
  })

  it('keeps the trace that an item began with, live, folded and decided again, where the desk asks for it', () => {
    const revise = { ...orders, decide: () => accept([{ ...submit, type: 'OrderSubmitted', version: 1 }]) }
    const tracesOf = (desk: AnyDesk) => {
      const core = createCore(desk, partition, 4)
      const entries = ['a', 'b'].map((name) => write(core, [commandStep(name, submit, '', `trace ${name}`)]).entry)
      const folded = createCore(desk, partition, 4)
      for (const entry of entries) folded.fold(entry)
      expect(folded.account()).toEqual(core.account())
      const judge = createCore(desk, partition, 4)
      expect(entries.map((entry) => judge.decideAgain(entry))).toEqual([undefined, undefined])
      return entries.flatMap((entry) =>
        openEntry(entry).facts.map((fact) => `${fact.type.split('.').at(-1)} ${fact.traceparent}`),
      )
    }
    const judged = (name: string) => `CommandJudged trace ${name}`
    expect(tracesOf(revise)).toEqual(['OrderSubmitted trace a', judged('a'), 'OrderSubmitted trace b', judged('b')])
    expect(tracesOf({ ...revise, keepsTrace: true })).toEqual([
      'OrderSubmitted trace a',
      judged('a'),
      'OrderSubmitted trace a',
      judged('b'),
    ])
    // A closed item leaves nothing behind, and a refused wish begins nothing.
    const closed = createCore({ ...orders, keepsTrace: true }, partition, 4)
    write(closed, [
      commandStep('x', { type: 'AcceptOrder', orderId: 'acme/1', version: 1, acceptedBy: 's' } as never, '', 'trace x'),
    ])
    write(closed, [commandStep('c', cancel('no need'), '', 'trace c')])
    expect(closed.state().traces.size).toBe(0)
  })

  it('loads a snapshot to the same state as the whole journal', () => {
    const core = fresh()
    write(core, [commandStep('c1', submit)])
    const captured = [core.capture(true)]
    write(core, [commandStep('c2', cancel('no need'))])
    captured.push(core.capture(false))
    const restored = createCore(orders, partition, 4)
    const loading = restored.loading()
    for (const { pieces } of captured) for (const piece of pieces()) loading.take(piece)
    loading.done()
    expect(restored.account()).toEqual(core.account())
    expect(() => restored.loading().take(Buffer.from('no piece'))).toThrow()
    expect(() => restored.loading().done()).toThrow(/without its bookkeeping/)
  })

  it('makes a command that its rules cannot decide a dead letter, and answers it', () => {
    const core = fresh()
    const bad = commandStep('c9', cancel('bug'))
    expect(() => write(core, [commandStep('c1', submit), bad])).toThrow(Undecidable)
    const anew = fresh()
    anew.distrust(`triflow.order.order.commands/${partition}@1`, 'a bug of ours')
    const drafted = write(anew, [
      commandStep('c1', submit),
      commandStep('c9', cancel('bug')),
      commandStep('c2', cancel('fine')),
    ])
    expect(drafted.turn.records.map((record) => record.fate)).toEqual(['applied', 'dead', 'applied'])
    expect(outcomesOf(drafted).map((outcome) => outcome.code)).toEqual(['', 'Undecidable', ''])
    const judge = createCore(orders, partition, 4)
    expect(judge.decideAgain(drafted.entry)).toBeUndefined()
  })

  it('takes a closed item from open state and finds it again through the archive', () => {
    const core = fresh()
    const closing = write(core, [commandStep('c1', submit), commandStep('c2', cancel('no need'))])
    expect(core.state().items.size).toBe(0)
    expect([...closing.turn.closed.keys()]).toEqual(['item:acme/1'])
    core.archiveAcknowledged(archiveOf(closing.turn))
    const step = commandStep('c3', submit)
    const { fetch } = core.wanted([step])
    expect(fetch).toContain('item:acme/1')
    const again = core.draft([step], new Map([['item:acme/1', closing.turn.closed.get('item:acme/1')!]]), meta)
    expect(again.turn.replies.get('here')![0]!.code).toBe('OrderAlreadySubmitted')
    expect(again.turn.loaded.map((loaded) => [loaded.key, loaded.absent])).toContainEqual(['item:acme/1', false])
  })

  it('reads an item that older code left in the archive in the shape of today, live and folded', () => {
    const newer: AnyDesk = {
      ...orders,
      decide: (input, state) => orders.decide(input as never, state as Order, {} as never),
      evolve: (state, fact) => orders.evolve(state as Order, fact as Word, 0),
      routes: (fact) => orders.routes(fact as Word),
      upcastArchived: (archived) =>
        'count' in (archived as object) ? { version: (archived as { count: number }).count } : archived,
      isClosed: (state) => (state as Order).cancelled === true,
    } as AnyDesk
    const older = new Map([['item:acme/1', freeze({ count: 1 })]])
    const core = createCore(newer, partition, 4)
    remember(core.state().archived, 'item:acme/1')
    const drafted = core.draft([commandStep('c3', submit), commandStep('c4', cancel('no need'))], older, meta)
    expect(outcomesOf(drafted).map(({ code }) => code)).toEqual(['OrderAlreadySubmitted', ''])
    const folded = createCore(newer, partition, 4)
    remember(folded.state().archived, 'item:acme/1')
    folded.fold(drafted.entry)
    expect(folded.unarchived().map(({ bytes }) => thaw(bytes))).toEqual([{ version: 1, cancelled: true }])
  })

  it('says the same of an entry as it was drafted and as it is read from the journal', () => {
    const core = fresh()
    const steps = [commandStep('c1', submit), commandStep('c1', submit), commandStep('c2', cancel('no need'))]
    for (const drafted of [write(core, []), write(core, steps), write(core, [commandStep('c3', submit)])]) {
      const { entry, turn } = drafted
      const told = { ...turn, owner: meta.owner, codeVersion: meta.codeVersion, publishedThrough: 0n }
      const bytes = (records: OutgoingRecord[]) =>
        records.map(({ key, value, headers, ...place }) => [
          place,
          ...[key, value, ...Object.values(headers)].map((part) => Buffer.from(part).toString('hex')),
        ])
      expect(bytes(recordsOf('order.order', partition, entry, told))).toEqual(
        bytes(recordsOf('order.order', partition, entry)),
      )
    }
  })

  it('stops at a fork and at a gap of another desk, and passes over its repeats', () => {
    const source = fresh()
    const said = recordsOf('order.order', partition, write(source, [commandStep('c1', submit)]).entry).filter(
      (r) => r.topic === 'triflow.order.order',
    )
    const heard = (record: OutgoingRecord, offset: number): Step => ({
      kind: 'record',
      opened: open('financing.trade', asRecord(record, offset)),
    })
    const reader = createCore({ ...orders, name: 'financing.trade', decide: () => ({ facts: [] }) }, partition, 4)
    write(reader, [heard(said[0]!, 0), heard(said[1]!, 1)])
    expect(write(reader, [heard(said[1]!, 2)]).turn.records[0]!.fate).toBe('duplicate')
    const later = recordsOf('order.order', partition, write(source, [commandStep('c2', submit)]).entry)
    const further = recordsOf('order.order', partition, write(source, [commandStep('c3', submit)]).entry)
    expect(() => write(reader, [heard(further[0]!, 3)])).toThrow(Halted)
    expect(later).toHaveLength(2)
    const forked = createCore(orders, partition, 4)
    const other = recordsOf(
      'order.order',
      partition,
      write(forked, [commandStep('x1', cancel('another story'))]).entry,
    )[1]!
    const deceived = createCore({ ...orders, name: 'financing.trade', decide: () => ({ facts: [] }) }, partition, 4)
    write(deceived, [heard(said[0]!, 0), heard(said[1]!, 1)])
    expect(() => write(deceived, [heard(other, 2)])).toThrow(/twice, differently/)
  })

  it('lets a key go that waits behind a fact of a type nobody here knows, once that is discarded', () => {
    const waitingKey = (): Core => {
      const core = fresh()
      const told = sealRecord({
        topic: 'triflow.party.party.by-debtor',
        partition,
        key: Buffer.from('acme/1'),
        value: Buffer.from('of a newer version'),
        headers: {
          [header.type]: Buffer.from('triflow.party.v1.SomethingNew'),
          [header.position]: Buffer.from('party.party-00@1/0#1<0'),
        },
      })
      write(core, [{ kind: 'record', opened: open('order.order', asRecord(told, 0)) }])
      return core
    }
    const redrive = (core: Core, treatment: string) => {
      const step = commandStep('c1', { type: 'RedriveKey', key: 'acme/1', treatment } as never)
      expect(core.wanted([step]).fetch).toEqual([])
      return write(core, [step])
    }
    const discarding = waitingKey()
    expect(outcomesOf(redrive(discarding, 'discard')).map(({ status }) => status)).toEqual(['accepted'])
    expect(discarding.state().parked.size).toBe(0)
    expect(() => redrive(waitingKey(), 'retry')).toThrow(Undecidable)
  })

  it('believes nothing of a record whose checksum is wrong', () => {
    const core = fresh()
    const step = commandStep('c1', submit) as Extract<Step, { kind: 'record' }>
    const flipped = { ...step.opened.record, value: Buffer.from(step.opened.record.value!).fill(7, 0, 1) }
    const drafted = write(core, [{ kind: 'record', opened: open('order.order', flipped) }])
    expect(drafted.turn.records[0]!.fate).toBe('corrupt')
    expect(outcomesOf(drafted)).toEqual([])
    expect(header.checksum in flipped.headers).toBe(true)
  })
})
