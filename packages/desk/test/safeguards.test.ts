/** What must stop a desk, what must not, and what a node that lost its desks may still do: nothing. */
import { commandsTopic, deskWire, encodeMessage, header, headsTopic, toldBy, fullNameOf } from '@triflow/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { openEntry } from '../src/journal.ts'
import { journalOf } from '../src/memory/database.ts'
import type { LogRecord, OutgoingRecord } from '../src/ports.ts'
import { headOf } from '../src/publishing.ts'
import { commandRecord, formatPosition, headerText, parsePosition, sealRecord, type Position } from '../src/record.ts'
import { afterTheDay, askAll, toRest } from './simulation/days.ts'
import { proofsOf } from './simulation/proofs.ts'
import { openTown, type Town, type Wish } from './simulation/town.ts'
import { bugs } from './simulation/desks.ts'
import { closeDay, line, redrive, shortDay } from './simulation/wishes.ts'

const commands = commandsTopic('payment.account')
const byProgramme = toldBy('payment.account', 'programme')
const account = 'payment.account-00'
const accountHeads = headsTopic('payment.account')

/** Opens a node, asks for something more, and lets it come to rest. */
const nextDay = async (town: Town, wishes: readonly Wish[] = []): Promise<void> => {
  town.openNode()
  askAll(town, wishes)
  await toRest(town)
}

const restart = async (town: Town): Promise<void> => {
  town.nodes.at(-1)!.kill()
  town.openNode()
  await toRest(town)
}

/** Each once: a desk that has stopped is tried again, and stops again, whenever it is assigned. */
const haltsOf = (town: Town): string[] => {
  const halts = town.witness.said.filter((remark) => remark.event === 'desk-halted')
  return [...new Set(halts.map(({ details }) => `${String(details['desk'])} ${String(details['code'])}`))]
}

/** Entries that decided something, by desk; those that only name a new owner, or note a repeat, are left out. */
const decided = (town: Town): Record<string, number> => {
  const sizes: Record<string, number> = {}
  for (const entry of town.engines.database.journal.values())
    if (openEntry(entry).records.some(({ fate }) => fate !== 'duplicate'))
      sizes[entry.desk] = (sizes[entry.desk] ?? 0) + 1
  return sizes
}

const stored = (town: Town, topic: string, partition: number): LogRecord[] =>
  town.engines.broker.topics.partition({ topic, partition }).records

/** The place of the fullest partition of a topic. */
const fullest = (town: Town, topic: string): { partition: number; records: LogRecord[] } => {
  const both = [0, 1].map((partition) => ({ partition, records: stored(town, topic, partition) }))
  return both[0]!.records.length >= both[1]!.records.length ? both[0]! : both[1]!
}

const deadLetters = (town: Town): deskWire.DeadLettered[] =>
  [0, 1]
    .flatMap((partition) => stored(town, 'triflow.payment.dead-letters', partition))
    .map((record) => deskWire.DeadLettered.decode(record.value!))

/** The same record with another value, its checksum right. */
const forged = (
  record: LogRecord,
  change: { readonly value?: Uint8Array; readonly position?: string },
): OutgoingRecord => {
  const headers = { ...record.headers }
  delete headers[header.checksum]
  if (change.position) headers[header.position] = Buffer.from(change.position)
  return sealRecord({
    topic: record.topic,
    partition: record.partition,
    key: record.key!,
    value: change.value ?? record.value!,
    headers,
  })
}

describe('a desk stops, and says why, rather than go on from a wrong place', () => {
  const stopsWith = async (spoil: (town: Town) => string): Promise<void> => {
    const town = await afterTheDay()
    const halted = spoil(town)
    const [desk] = halted.split(' ')
    const before = decided(town)
    await nextDay(town)
    expect(haltsOf(town)).toEqual([halted])
    expect(decided(town)[desk!]).toBe(before[desk!])
  }

  it('when its log has been trimmed past its position', () =>
    stopsWith((town) => {
      const { partition, records } = fullest(town, commands)
      records.push(...records.map((record, index) => ({ ...record, offset: records.length + index })))
      town.engines.broker.topics.trim({ topic: commands, partition }, records.length - 1)
      return `payment.account-0${partition} log-trimmed`
    }))

  it('when its log ends before its position', () =>
    stopsWith((town) => {
      const { partition, records } = fullest(town, commands)
      records.pop()
      return `payment.account-0${partition} log-behind`
    }))

  it('when the last record that it read is another one now', () =>
    stopsWith((town) => {
      const { partition, records } = fullest(town, commands)
      const last = records.at(-1)!
      const { key, headers, value } = forged(last, { value: Buffer.from('another command') })
      records[records.length - 1] = { ...last, key, value, headers }
      return `payment.account-0${partition} log-differs`
    }))

  /** Takes the last entry of a journal, so that only the log knows of it. */
  const loseLastEntry = (town: Town): string => {
    town.engines.database.journal.delete(`${account}@${journalOf(town.engines.database, account).length}`)
    town.engines.database.snapshotHeaders.clear()
    return `${account} journal-behind`
  }

  it('when its journal has lost an entry that the log knows', () => stopsWith(loseLastEntry))

  it('when the log knows an entry that its journal has lost, though the last head there is an older one sent again', () =>
    stopsWith((town) => {
      town.engines.broker.topics.append(stored(town, accountHeads, 0)[0] as OutgoingRecord)
      return loseLastEntry(town)
    }))

  it('when the log knows an entry that its journal has lost, though heads that came after have rotted', () =>
    stopsWith((town) => {
      const last = stored(town, accountHeads, 0).at(-1)!
      for (const times of [1, 2, 3])
        town.engines.broker.topics.append({ ...(last as OutgoingRecord), value: Buffer.alloc(times) })
      return loseLastEntry(town)
    }))

  it('when the log knows an entry that its journal has lost, though somebody else has written after its head', () =>
    stopsWith((town) => {
      const last = stored(town, accountHeads, 0).at(-1)!
      const ofAnother = { ...headOf(last)!, desk: 'payment.account-01', sequence: 1_000n }
      for (const value of [Buffer.from('a stranger'), deskWire.EntryHead.encode(ofAnother).finish()])
        town.engines.broker.topics.append(forged(last, { value }))
      return loseLastEntry(town)
    }))

  it('when none of the last hundred heads can be read, and the log may know more than the journal', () =>
    stopsWith((town) => {
      const last = stored(town, accountHeads, 0).at(-1)!
      for (let times = 0; times < 100; times++)
        town.engines.broker.topics.append(forged(last, { value: Buffer.from('a stranger') }))
      return `${account} heads-unreadable`
    }))

  it('when its last entry is not the one whose head is on the log', () =>
    stopsWith((town) => {
      const records = stored(town, headsTopic('payment.ledger'), 0)
      const head = records.at(-1)!
      const value = deskWire.EntryHead.encode({
        ...deskWire.EntryHead.decode(head.value!),
        hash: new Uint8Array(32),
      }).finish()
      const { key, headers } = forged(head, { value })
      records[records.length - 1] = { ...head, key, value, headers }
      return 'payment.ledger-00 journal-differs'
    }))

  it('when an entry of its journal has been changed', () =>
    stopsWith((town) => {
      const [id, entry] = [...town.engines.database.journal].find(
        ([, one]) => one.desk === 'payment.account-01' && one.sequence === 2,
      )!
      town.engines.database.journal.set(id, {
        ...entry,
        body: Uint8Array.from([...entry.body.slice(0, -1), entry.body.at(-1)! ^ 1]),
      })
      town.engines.database.snapshotHeaders.clear()
      return 'payment.account-01 chain-broken'
    }))
})

describe('a desk goes on, and says so, where nothing is lost', () => {
  it('though the last record that it read has rotted since: its bytes are in the journal', async () => {
    const town = await afterTheDay()
    const { partition, records } = fullest(town, commands)
    const last = records.at(-1)!
    records[records.length - 1] = { ...last, value: Uint8Array.from([...last.value!, 0]) }
    await nextDay(town, [line('d1', 'a1', 'credit', 3)])
    expect(haltsOf(town)).toEqual([])
    expect(town.witness.said).toContainEqual(
      expect.objectContaining({
        event: 'read-record-rotted',
        details: expect.objectContaining({ topic: commands, partition, offset: last.offset }),
      }),
    )
  })
})

describe('a desk whose last head cannot be read goes on where nothing is lost', () => {
  const goesOn = async (spoil: (records: LogRecord[], town: Town) => void): Promise<Town> => {
    const town = await afterTheDay()
    spoil(stored(town, accountHeads, 0), town)
    const more = [line('d1', 'a1', 'credit', 3), line('d2', 'a0', 'credit', 4)]
    const before = journalOf(town.engines.database, account).length
    await nextDay(town, more)
    expect(haltsOf(town)).toEqual([])
    expect(journalOf(town.engines.database, account).length).toBeGreaterThan(before)
    return town
  }
  const rotten = (record: LogRecord): LogRecord => ({ ...record, value: Uint8Array.from([...record.value!, 0]) })

  it('since an earlier one tells', async () => {
    await goesOn((records) => void records.push(rotten(records.pop()!)))
    await goesOn((records, { engines }) =>
      engines.broker.topics.append(forged(records.at(-1)!, { value: Buffer.from('a stranger') })),
    )
  })

  it('since nothing but what a stranger wrote was ever there', async () => {
    const town = openTown(1)
    const stranger = { topic: accountHeads, partition: 0, key: Buffer.from('nobody'), value: Buffer.from('garbage') }
    for (let times = 0; times < 3; times++) town.engines.broker.topics.append(sealRecord({ ...stranger, headers: {} }))
    await nextDay(town, shortDay)
    expect(haltsOf(town)).toEqual([])
    expect(journalOf(town.engines.database, account).length).toBeGreaterThan(1)
  })

  it('since the log never had more heads than the journal has entries; it says that it saw none', async () => {
    const town = await afterTheDay()
    // One that was taken over twice may have told an entry again.
    const partition = [0, 1].find(
      (one) =>
        stored(town, accountHeads, one).length <= journalOf(town.engines.database, `payment.account-0${one}`).length,
    )!
    const records = stored(town, accountHeads, partition)
    records.splice(0, records.length, ...records.map(rotten))
    await nextDay(town)
    expect(haltsOf(town)).toEqual([])
    expect(town.witness.said).toContainEqual(
      expect.objectContaining({
        event: 'heads-unreadable',
        details: expect.objectContaining({ desk: `payment.account-0${partition}` }),
      }),
    )
  })
})

describe('a running desk stops at what can never be', () => {
  const hears = async (change: (last: LogRecord, said: Position) => OutgoingRecord): Promise<string[]> => {
    const town = await afterTheDay()
    const { partition, records } = fullest(town, byProgramme)
    const last = records.at(-1)!
    town.engines.broker.topics.append(change(last, parsePosition(headerText(last, header.position))!))
    await nextDay(town)
    expect(partition).toBe(last.partition)
    return haltsOf(town).map((halt) => halt.replace(/-0\d/, ''))
  }
  const other = encodeMessage({ type: 'BusinessDayOpened', date: '2026-01-05' } as { type: string })

  it('a number said twice, differently', async () => {
    expect(await hears((last) => forged(last, { value: other }))).toEqual(['payment.ledger fork'])
  })

  it('a fact that does not follow the last one', async () => {
    const after = (said: Position, previous: number): string =>
      formatPosition({ ...said, number: said.number + 5, previous })
    expect(await hears((last, said) => forged(last, { position: after(said, said.number - 1) }))).toEqual([
      'payment.ledger fork',
    ])
    expect(await hears((last, said) => forged(last, { position: after(said, said.number + 2) }))).toEqual([
      'payment.ledger missing-record',
    ])
  })

  it('a fact lost to rot, at the one after it; until then the rot is a dead letter that parks nothing', async () => {
    const town = await afterTheDay()
    const node = town.openNode()
    await toRest(town)
    town.world.setFaults({ 'log.rot': 1 })
    askAll(town, [line('r1', 'a1', 'credit', 1)])
    await toRest(town)
    town.world.setFaults({})
    askAll(town, [line('r2', 'a1', 'credit', 1)])
    await toRest(town)
    expect(node.isAlive()).toBe(true)
    expect(
      deadLetters(town).filter((letter) => letter.reason === 'corrupt' && !letter.parksKey).length,
    ).toBeGreaterThan(0)
  })
})

describe('bad records become dead letters with their bytes, and the rest goes on', () => {
  const garbage: Record<string, Omit<OutgoingRecord, 'topic' | 'partition'>> = {
    corrupt: { key: Buffer.from('a1'), value: Buffer.from('no checksum at all'), headers: {} },
    'unknown-type': commandRecord(commands, 0, {
      commandId: 'g1',
      type: 'triflow.v9.Unheard',
      key: 'a1',
      bytes: Buffer.from('x'),
      actor: '',
      reply: '',
      traceparent: '',
    }),
    undecodable: commandRecord(commands, 0, {
      commandId: 'g2',
      type: fullNameOf('PostStatementLine'),
      key: 'a1',
      bytes: Buffer.from([255, 255, 255]),
      actor: '',
      reply: '',
      traceparent: '',
    }),
    'no-key': commandRecord(commands, 0, {
      commandId: 'g3',
      type: fullNameOf('PostStatementLine'),
      key: '',
      bytes: Buffer.from(''),
      actor: '',
      reply: '',
      traceparent: '',
    }),
  }

  it.each(Object.entries(garbage))('%s', async (reason, record) => {
    const town = await afterTheDay()
    const { partition } = fullest(town, commands)
    town.engines.broker.topics.append({ ...record, topic: commands, partition })
    await nextDay(town, [line('d1', 'a1', 'credit', 3)])
    const letter = deadLetters(town).find((one) => one.reason === reason)!
    expect([letter.parksKey, Buffer.compare(letter.value, record.value)]).toEqual([false, 0])
    expect(await proofsOf(town, [...shortDay, line('d1', 'a1', 'credit', 3)])).toEqual([])
  })

  it('a command that cannot be read is judged once, though it comes again when its outcome has long been archived', async () => {
    const town = await afterTheDay()
    const { partition } = fullest(town, commands)
    const unreadable = { ...garbage['undecodable']!, topic: commands, partition }
    town.engines.broker.topics.append(unreadable)
    const more = ['d1', 'd2', 'd3', 'd4', 'd5'].map((id) => line(id, 'a1', 'credit', 3))
    await nextDay(town, more)
    town.engines.broker.topics.append(unreadable)
    await toRest(town)
    expect(await proofsOf(town, [...shortDay, ...more])).toEqual([])
  })

  it('a command whose id came before with another body, which keeps its first outcome', async () => {
    const town = await afterTheDay()
    await nextDay(town, [line('c1', 'a1', 'credit', 21)])
    expect(deadLetters(town).map((letter) => letter.reason)).toContain('command-conflict')
    expect(await proofsOf(town, shortDay)).toEqual([])
  })
})

describe('a bug in the rules costs no more than what it is about', () => {
  afterEach(() => void Object.assign(bugs, { ledger: false, sweep: false, tick: false }))

  const first = [line('b1', 'a1', 'credit', 13), line('b2', 'a1', 'credit', 2), line('b3', 'a0', 'credit', 4)]

  it('parks the item of a fact that it cannot take, and lets it go on when it is redriven after the repair', async () => {
    const town = openTown(1)
    town.openNode()
    bugs.ledger = true
    askAll(town, first)
    await toRest(town)
    expect(deadLetters(town).map(({ reason, parksKey }) => [reason, parksKey])).toEqual([['undecidable', true]])
    const unfinished = await proofsOf(town, first)
    expect(unfinished).toEqual(['accounts of p1 hold 15, its ledger says 0'])
    await restart(town)
    const again = [redrive('b4', 'p1', 'retry')]
    askAll(town, again)
    await toRest(town)
    bugs.ledger = false
    await restart(town)
    const repaired = [redrive('b5', 'p1', 'retry'), line('b6', 'a1', 'debit', 15)]
    askAll(town, repaired)
    await toRest(town)
    expect(await proofsOf(town, [...first, ...again, ...repaired])).toEqual([])
  })

  it('passes over an item that a sweep cannot take, and sweeps the others', async () => {
    const town = openTown(1)
    town.openNode()
    bugs.sweep = true
    const wishes = [...first, line('b4', 'a3', 'credit', 13)]
    askAll(town, wishes)
    await toRest(town)
    const close = [closeDay('b5', '2026-01-05')]
    askAll(town, close)
    await toRest(town)
    expect(await proofsOf(town, [...wishes, ...close])).toEqual([])
  })

  it('passes over an item whose alarm it cannot take', async () => {
    const town = openTown(1)
    town.openNode()
    bugs.tick = true
    const wishes = [line('b1', 'a1', 'credit', 13, 'nap'), line('b2', 'a0', 'credit', 4)]
    askAll(town, wishes)
    await toRest(town)
    await restart(town)
    expect(await proofsOf(town, wishes)).toEqual([])
  })
})

describe('a node stopped for longer than its session', { timeout: 60_000 }, () => {
  it('writes nothing and says nothing new when it wakes, until the group gives it a desk again', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const town = openTown(seed)
      const sleeper = town.openNode()
      const first = [line('z1', 'a1', 'credit', 5), line('z2', 'a0', 'credit', 6), line('z3', 'a1', 'debit', 5)]
      askAll(town, first)
      await town.world.run(() => town.engines.database.journal.size >= 5 + Math.floor(seed / 2))
      sleeper.freeze()
      town.openNode()
      const second = [line('z4', 'a1', 'credit', 7), line('z5', 'a0', 'debit', 6)]
      askAll(town, second)
      await toRest(town)
      const owners = (): string[] =>
        [...town.engines.database.journal.values()]
          .filter((entry) => entry.desk !== 'party.calendar-00')
          .map((entry) => openEntry(entry).owner)
      expect(owners().at(-1)).toBe('node-2')
      sleeper.thaw()
      const third = [line('z6', 'a1', 'credit', 8), line('z7', 'a0', 'credit', 9)]
      askAll(town, third)
      await toRest(town)
      expect(await proofsOf(town, [...first, ...second, ...third]), `seed ${seed}`).toEqual([])
    }
  })
})

describe('a node that keeps a desk through a rebalance', () => {
  it('writes the next entry at once, since a look would miss what another owner has on its way', async () => {
    const town = openTown(1)
    town.openNode()
    askAll(town, shortDay)
    await toRest(town)
    const before = journalOf(town.engines.database, 'payment.account-00').length
    town.engines.broker.rebalance('triflow.payment.account')
    await toRest(town)
    const added = journalOf(town.engines.database, 'payment.account-00').slice(before)
    expect(added.map((entry) => openEntry(entry).records.length)).toEqual([0])
    expect(await proofsOf(town, shortDay)).toEqual([])
  })
})
