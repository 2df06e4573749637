/** Two versions of the code, one after the other or side by side: what older code may do with what newer code has written. */
import { commandsTopic, decodeMessage, encodeMessage, fullNameOf, partitionOfKey } from '@triflow/contracts'
import { describe, expect, it } from 'vitest'
import { journalFormat, openEntry, sealEntry, type EntryBody } from '../src/journal.ts'
import { journalOf } from '../src/memory/database.ts'
import { memoryPorts } from '../src/memory/index.ts'
import { commandRecord } from '../src/record.ts'
import { walkJournal } from '../src/verify.ts'
import { afterTheDay, askAll, toRest } from './simulation/days.ts'
import { simulatedDesks } from './simulation/desks.ts'
import { openTown, type Town } from './simulation/town.ts'
import { line } from './simulation/wishes.ts'

const accounts = simulatedDesks.find(({ name }) => name === 'payment.account')!
const partition = partitionOfKey(Buffer.from('a1'), 2)
const desk = `payment.account-0${partition}`

/** The desk's journal, ending with an entry that took something in, as other code would have written it; its chain whole. */
const rewritten = (town: Town, change: (body: EntryBody) => EntryBody): void => {
  const { journal, snapshotHeaders } = town.engines.database
  const entries = journalOf(town.engines.database, desk)
  const last = entries.findLast((entry) => openEntry(entry).inputs.length > 0)!
  for (const { sequence } of entries) if (sequence > last.sequence) journal.delete(`${desk}@${sequence}`)
  journal.set(`${desk}@${last.sequence}`, sealEntry(change(openEntry(last)), last.previousHash))
  snapshotHeaders.clear()
}

/** Everything that is stored for good of this desk, and how much of anything is on the log. */
const storedOf = (town: Town): unknown => ({
  journal: journalOf(town.engines.database, desk),
  archive: [...town.engines.database.archive.keys()].sort(),
  snapshots: [...town.engines.database.snapshotHeaders.keys()].filter((id) => id.startsWith(desk)),
  facts: town.engines.broker.topics.read({ topic: 'triflow.payment.account', partition }).length,
})

/** Each once: a desk that has stopped is tried again, and stops again, whenever it is assigned. */
const halts = (town: Town): string[] => {
  const said = town.witness.said.filter(({ event }) => event === 'desk-halted')
  return [...new Set(said.map(({ details }) => `${details['desk']} ${details['code']}: ${details['detail']}`))]
}

const next = { type: 'triflow.payment.v9.LineForeseen', copy: false, traceparent: '', topic: 'triflow.payment.account' }

/** What newer code may have written that this code must not fold otherwise. */
const newer: Record<string, readonly [code: string, sentence: RegExp, change: (body: EntryBody) => EntryBody]> = {
  'in a format that this code does not know': [
    'journal-newer',
    /written by code 2\.0 in journal format 1; this code reads formats up to 0.*start that version again/,
    (body) => ({ ...body, codeVersion: '2.0', format: journalFormat + 1 }),
  ],
  'with an own fact of a type that this code does not know': [
    'journal-unreadable',
    /written by code 2\.0, cannot be folded by this code: unknown message type triflow\.payment\.v9\.LineForeseen/,
    (body) => {
      const fact = { ...next, partition, key: Buffer.from('a1'), value: Buffer.from('x'), previous: 0n }
      const tick = { input: -1, offset: 0n, key: Buffer.from('a1'), value: Buffer.alloc(0), headers: [] }
      return {
        ...body,
        codeVersion: '2.0',
        facts: [...body.facts, { ...fact, number: 1_000n }],
        records: [...body.records, { ...tick, fate: 'applied', reason: '', facts: 1, own: 'tick' }],
      }
    },
  ],
  'with an input of its own that this code does not know': [
    'journal-unreadable',
    /an input of its own is "forecast"/,
    (body) => {
      const own = { input: -1, offset: 0n, key: Buffer.from('a1'), value: Buffer.alloc(0), headers: [] }
      const forecast = { ...own, fate: 'applied', reason: '', facts: 0, own: 'forecast' }
      return { ...body, codeVersion: '2.0', records: [...body.records, forecast] }
    },
  ],
  'with an input that newer code understood and this code does not': [
    'journal-unreadable',
    /an input was taken that is unknown-type here: triflow\.payment\.v9\.ForeseeLine/,
    (body) => {
      const command = { commandId: 'f1', type: 'triflow.payment.v9.ForeseeLine', key: 'a1', bytes: Buffer.from('x') }
      const { key, value, headers } = commandRecord(commandsTopic(accounts.name), partition, {
        ...command,
        actor: 'tester',
        reply: '',
        traceparent: '',
      })
      const named = Object.entries(headers).map(([name, bytes]) => ({ name, value: bytes }))
      const input = body.inputs.findIndex(({ topic }) => topic === commandsTopic(accounts.name))
      const record = { input, offset: body.inputs[input]!.to, key, value, headers: named }
      return {
        ...body,
        codeVersion: '2.0',
        records: [...body.records, { ...record, fate: 'applied', reason: '', facts: 0, own: '' }],
      }
    },
  ],
  'with an input that became what this code has no word for': [
    'journal-unreadable',
    /an input became "postponed"/,
    (body) => ({
      ...body,
      codeVersion: '2.0',
      records: body.records.map((record) => (record.input < 0 ? record : { ...record, fate: 'postponed' })),
    }),
  ],
}

describe('a journal that newer code has written', () => {
  it.each(Object.entries(newer))(
    '%s: stops the desk, says why, and nothing is written',
    async (_, [code, said, change]) => {
      const town = await afterTheDay()
      rewritten(town, change)
      const before = storedOf(town)
      town.openNode()
      askAll(town, [line('late', 'a1', 'credit', 1)])
      await toRest(town)
      expect(storedOf(town)).toEqual(before)
      expect(halts(town)).toEqual([expect.stringMatching(said)])
      expect(halts(town)[0]).toContain(`${desk} ${code}: `)
    },
  )

  it('is a difference for verify, which goes on with the others', async () => {
    const town = await afterTheDay()
    rewritten(town, (body) => ({ ...body, format: journalFormat + 1 }))
    const process = town.world.process('auditor')
    const { store, clock } = memoryPorts(town.engines, process)
    const reports: string[] = []
    const walk = async (): Promise<void> => {
      for (const one of [0, 1]) {
        const report = await walkJournal({
          desk: accounts,
          partition: one,
          desks: 2,
          store,
          clock,
          codeVersion: 'another',
        })
        reports.push(report.difference ?? 'none')
      }
    }
    let over = false
    void walk().then(() => (over = true))
    await town.world.run(() => over)
    expect(reports[partition]).toMatch(/in journal format 1/)
    expect(reports[1 - partition]).toBe('none')
  })
})

describe('a newer writer beside an older reader', () => {
  /** Field 1000, which no message has yet: a string. */
  const unknownField = Buffer.from([0xc2, 0x3e, 3, ...Buffer.from('new')])

  it('is heard without the field that the reader does not know, which its journal keeps', async () => {
    const town = openTown(1)
    const node = town.openNode()
    await toRest(town)
    const { id, key, command } = line('c1', 'a1', 'credit', 7)
    const bytes = Buffer.concat([encodeMessage(command), unknownField])
    const type = fullNameOf(command.type)
    expect(decodeMessage(type, bytes)).toEqual(decodeMessage(type, encodeMessage(command)))
    town.engines.broker.topics.append(
      commandRecord(commandsTopic(accounts.name), partition, {
        commandId: id,
        type,
        key,
        bytes,
        actor: 'tester',
        reply: '',
        traceparent: '',
      }),
    )
    await toRest(town)
    const taken = journalOf(town.engines.database, desk)
      .flatMap((entry) => openEntry(entry).records)
      .filter((record) => Buffer.from(record.value).includes(unknownField))
    expect(taken.map(({ fate }) => fate)).toEqual(['applied'])
    expect(Buffer.from(taken[0]!.value)).toEqual(bytes)
    // Whoever takes the desk over folds it as it was taken.
    node.kill()
    town.openNode()
    await toRest(town)
    expect(halts(town)).toEqual([])
  })
})
