import { describe, expect, it } from 'vitest'
import { header } from '@triflow/contracts'
import { accepted, createTeller, invoicesByOrder, openWorld, orders } from './reader-fixture.ts'
import { judgeNumber } from './reader-numbering.ts'
import { openReader, type Heard, type ReaderOptions } from './reader.ts'

const position = (number: number, previous: number) => ({
  desk: 'order.order-00',
  entry: 1,
  index: 0,
  number,
  previous,
})

describe('the numbering rule', () => {
  const mark = { number: 7, hash: 'seven' }
  it.each([
    ['the first record of a desk', undefined, position(3, 0), 'next'],
    ['a first record that is not the first', undefined, position(3, 2), 'missing'],
    ['the record after the mark', mark, position(9, 7), 'next'],
    ['a record before the mark', mark, position(4, 2), 'duplicate'],
    ['a record after one that was never heard', mark, position(9, 8), 'missing'],
    ['a record that does not know of the mark', mark, position(9, 5), 'forked'],
  ] as const)('%s', (_, known, told, verdict) => expect(judgeNumber(known, told, 'nine')).toBe(verdict))

  it('takes the marked number again for a duplicate only when its bytes are the same', () => {
    expect(judgeNumber(mark, position(7, 5), 'seven')).toBe('duplicate')
    expect(judgeNumber(mark, position(7, 5), 'other')).toBe('forked')
  })
})

const reading = (here: ReturnType<ReturnType<typeof openWorld>['process']>, more: Partial<ReaderOptions> = {}) => {
  const heard: string[] = []
  const reader = openReader({
    reader: 'test',
    topics: [orders, invoicesByOrder],
    log: here.log,
    store: here.views,
    clock: here.clock,
    witness: here.witness,
    hear: async (batch) => void heard.push(...batch.map(({ said }: Heard) => `${said.desk}#${said.number}`)),
    ...more,
  })
  return { reader, heard }
}

const numbers = (desk: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${desk}#${from + at}`)

describe('a reader', () => {
  it('hears every fact of a partition once and in order, though records are published again', async () => {
    const { world, process, append } = openWorld(1)
    const desk = createTeller('order.order', 1)
    const told = Array.from({ length: 40 }, (_, at) => desk.says(orders, `ingham/${at}`, accepted(`ingham/${at}`), 1))
    append(...told.slice(0, 20), ...told.slice(12, 20), ...told.slice(20), ...told.slice(39))
    const { heard } = reading(process('a'))
    await world.run(() => heard.length >= 40)
    await world.run(() => false, 500)
    expect(heard).toEqual(numbers(desk.desk, 1, 40))
  })

  it('goes on from its saved position in a new process, and not from the beginning', async () => {
    const { world, process, append, settle } = openWorld(2)
    const desk = createTeller('order.order', 0)
    append(...Array.from({ length: 10 }, () => desk.says(orders, 'ingham/1', accepted('ingham/1'), 0)))
    const first = reading(process('a'))
    await world.run(() => first.heard.length >= 10)
    await settle(first.reader.stop())
    append(...Array.from({ length: 5 }, () => desk.says(orders, 'ingham/1', accepted('ingham/1'), 0)))
    const second = reading(process('b'))
    await world.run(() => second.heard.length >= 5)
    expect(second.heard).toEqual(numbers(desk.desk, 11, 15))
  })

  it('stops with an alarm when a record is missing, and says nothing of what follows', async () => {
    const { world, process, append } = openWorld(3)
    const desk = createTeller('order.order', 0)
    const told = Array.from({ length: 5 }, () => desk.says(orders, 'ingham/1', accepted('ingham/1'), 0))
    append(told[0]!, told[1]!, told[3]!, told[4]!)
    const here = process('a')
    const { reader, heard } = reading(here)
    await world.run(() => reader.halted() !== undefined)
    await world.run(() => false, 300)
    expect(reader.halted()).toMatchObject({ reason: 'record-missing', topic: orders, partition: 0 })
    expect(heard.filter((said) => said.endsWith('#4') || said.endsWith('#5'))).toEqual([])
    expect(here.witness.said).toContainEqual(expect.objectContaining({ level: 'error', event: 'reader-halted' }))
    expect(reader.ready()).toBe(false)
  })

  it('stops with an alarm when a desk says one number twice with different bytes', async () => {
    const { world, process, append } = openWorld(4)
    append(createTeller('order.order', 0).says(orders, 'ingham/1', accepted('ingham/1', 1), 0))
    append(createTeller('order.order', 0).says(orders, 'ingham/1', accepted('ingham/1', 2), 0))
    const { reader } = reading(process('a'))
    await world.run(() => reader.halted() !== undefined)
    expect(reader.halted()?.reason).toBe('desk-forked')
  })

  it('never starts on a topic whose beginning is gone: it asks to be rebuilt', async () => {
    const { world, engines, process, append } = openWorld(5)
    const desk = createTeller('order.order', 0)
    append(...Array.from({ length: 5 }, () => desk.says(orders, 'ingham/1', accepted('ingham/1'), 0)))
    engines.broker.topics.trim({ topic: orders, partition: 0 }, 3)
    const { reader, heard } = reading(process('a'))
    await world.run(() => reader.halted() !== undefined)
    expect(reader.halted()).toMatchObject({ reason: 'rebuild-first', topic: orders, partition: 0 })
    expect(heard).toEqual([])
  })

  it('stops rather than jump when its saved position is no longer within the log', async () => {
    const { world, engines, process, append, settle } = openWorld(6, { 'log.jump': 0.5 })
    const desk = createTeller('order.order', 0)
    append(...Array.from({ length: 4 }, () => desk.says(orders, 'ingham/1', accepted('ingham/1'), 0)))
    const first = reading(process('a'))
    await world.run(() => first.heard.length === 4)
    await settle(first.reader.stop())
    append(...Array.from({ length: 4 }, () => desk.says(orders, 'ingham/1', accepted('ingham/1'), 0)))
    engines.broker.topics.trim({ topic: orders, partition: 0 }, 6)
    const second = reading(process('b'))
    await world.run(() => second.reader.halted() !== undefined)
    expect(second.reader.halted()?.reason).toBe('position-outside-log')
  })

  it('does not take a position for lost that another instance saved after the ends of the log were asked for', async () => {
    const { world, process, append } = openWorld(8)
    const desk = createTeller('order.order', 0)
    const here = process('a')
    let saved = false
    const store: typeof here.views = {
      ...here.views,
      position: async (reader) => {
        if (!saved) {
          saved = true
          append(desk.says(orders, 'ingham/1', accepted('ingham/1'), 0))
          await here.views.savePosition('test/00', { version: 1, next: { [`${orders}/0`]: 1 }, marks: {} })
        }
        return here.views.position(reader)
      },
    }
    const { reader } = reading(here, { store })
    await world.run(() => reader.ready() || reader.halted() !== undefined)
    expect(reader.halted()).toBeUndefined()
  })

  it('never moves back what its successor has saved, however late its own save comes', async () => {
    const { world, engines, process, append, settle } = openWorld(16)
    const [order, invoice] = [createTeller('order.order', 0), createTeller('order.invoice', 0)]
    const orderSaid = () => order.says(orders, 'ingham/1', accepted('ingham/1'), 0)
    const invoiceSaid = () => invoice.says(invoicesByOrder, 'ingham/1', accepted('ingham/1'), 0)
    const here = process('a')
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    let late: Promise<boolean> | undefined
    const store: typeof here.views = {
      ...here.views,
      savePosition: async (name, position) => {
        const isFull = position.next[`${orders}/0`] === 3
        if (isFull && !late) return (late = held.then(() => here.views.savePosition(name, position)))
        return here.views.savePosition(name, position)
      },
    }
    append(invoiceSaid(), orderSaid(), orderSaid(), orderSaid())
    const first = reading(here, { store })
    await world.run(() => late !== undefined)
    here.inhabitant.freeze()
    const second = reading(process('b'))
    await world.run(() => second.reader.lanes().has(0))
    append(invoiceSaid(), invoiceSaid(), orderSaid())
    await world.run(() => engines.database.positions.get('test/00')?.next[`${orders}/0`] === 4)
    const saved = structuredClone(engines.database.positions.get('test/00'))
    here.inhabitant.thaw()
    release()
    expect(await settle(late!)).toBe(false)
    await settle(first.reader.stop())
    expect(engines.database.positions.get('test/00')).toMatchObject({ next: saved!.next, marks: saved!.marks })
  })

  it('notices while reading that the log was cut away under it', async () => {
    const { world, engines, process, append } = openWorld(7, { 'log.jump': 1 })
    const desk = createTeller('order.order', 0)
    append(desk.says(orders, 'ingham/1', accepted('ingham/1'), 0))
    const { reader, heard } = reading(process('a'))
    await world.run(() => heard.length === 1)
    const told = Array.from({ length: 4 }, () => desk.says(orders, 'ingham/1', accepted('ingham/1'), 0))
    engines.broker.topics.trim({ topic: orders, partition: 0 }, 1)
    engines.broker.topics.partition({ topic: orders, partition: 0 }).low = 4
    append(...told.slice(0, 3))
    await world.run(() => false, 500)
    append(told[3]!)
    await world.run(() => reader.halted() !== undefined, 20_000)
    expect(reader.halted()?.reason).toBe('position-outside-log')
    expect(heard).toHaveLength(1)
  })

  it('fetches a record again whose byte was flipped on the way, and hears it right', async () => {
    const { world, process, append } = openWorld(8, { 'log.corrupt': 0.05 })
    const desk = createTeller('order.order', 0)
    append(...Array.from({ length: 200 }, (_, at) => desk.says(orders, `ingham/${at}`, accepted(`ingham/${at}`), 0)))
    const here = process('a')
    const { reader, heard } = reading(here)
    await world.run(() => heard.length >= 200 || reader.halted() !== undefined)
    expect(reader.halted()).toBeUndefined()
    expect(heard).toEqual(numbers(desk.desk, 1, 200))
    expect(here.witness.counted('triflow_reader_checksum_failures')).toBeGreaterThan(0)
  })

  it('leaves a record that stays corrupt as a dead letter, and stops when the next one misses it', async () => {
    const { world, process, append } = openWorld(9)
    const desk = createTeller('order.order', 0)
    const told = Array.from({ length: 3 }, () => desk.says(orders, 'ingham/1', accepted('ingham/1'), 0))
    append(told[0]!, { ...told[1]!, value: Buffer.concat([told[1]!.value, Buffer.from([0])]) }, told[2]!)
    const here = process('a')
    const { reader } = reading(here)
    await world.run(() => reader.halted() !== undefined)
    expect(here.witness.counted('triflow_reader_checksum_failures')).toBe(2)
    expect(here.witness.said).toContainEqual(expect.objectContaining({ event: 'reader-dead-letter' }))
    expect(reader.halted()?.reason).toBe('record-missing')
  })

  it('passes over a fact of a type that it does not know yet, and hears the next', async () => {
    const { world, process, append } = openWorld(10)
    const desk = createTeller('order.order', 0)
    const strange = desk.says(orders, 'ingham/1', accepted('ingham/1'), 0)
    const { isIntact, factRecord } = await import('./record.ts')
    const unknown = factRecord('order.order-00', 1, 0, 0, {
      topic: orders,
      partition: 0,
      key: strange.key,
      number: 1n,
      previous: 0n,
      type: 'triflow.order.v1.OrderTeleported',
      value: strange.value,
      traceparent: '',
      copy: false,
    })
    expect(isIntact({ ...unknown, offset: 0 })).toBe(true)
    append(unknown, desk.says(orders, 'ingham/1', accepted('ingham/1'), 0))
    const here = process('a')
    const { heard } = reading(here)
    await world.run(() => heard.length === 1)
    expect(heard).toEqual(['order.order-00#2'])
    expect(here.witness.counted('triflow_reader_unknown_types')).toBe(1)
    expect(Buffer.from(unknown.headers[header.type]!).toString()).toContain('Teleported')
  })

  it('hands a batch over again when its handler fails, and saves no position before it has finished', async () => {
    const { world, engines, process, append } = openWorld(11)
    const desk = createTeller('order.order', 0)
    append(...Array.from({ length: 3 }, () => desk.says(orders, 'ingham/1', accepted('ingham/1'), 0)))
    let failures = 0
    const heard: number[] = []
    const { reader } = reading(process('a'), {
      hear: async (batch) => {
        if (failures++ < 5) throw new Error('the database is away')
        heard.push(...batch.map(({ said }) => said.number))
      },
    })
    await world.run(() => failures >= 4)
    expect(engines.database.positions.get('test/00')).toBeUndefined()
    await world.run(() => engines.database.positions.has('test/00'))
    expect(heard).toEqual([1, 2, 3])
    expect(engines.database.positions.get('test/00')).toMatchObject({
      next: { [`${orders}/0`]: 3 },
      marks: { [`order.order-00>${orders}/0`]: { number: 3 } },
    })
    expect(reader.ready()).toBe(true)
  })

  it('gathers what comes in a row, hands the first over at once, and waits for nothing while somebody watches', async () => {
    const { world, process, append } = openWorld(15)
    const here = process('a')
    const { clock } = here
    const desk = createTeller('order.order', 0)
    const handed: { readonly atMs: number; readonly facts: number }[] = []
    const { reader } = reading(here, {
      gatherMs: 1_000,
      hear: async (batch) => void handed.push({ atMs: clock.now(), facts: batch.length }),
    })
    await world.run(() => reader.ready())
    const told = async (count: number): Promise<number> => {
      const from = clock.now()
      for (let n = 0; n < count; n++) {
        append(desk.says(orders, 'ingham/1', accepted('ingham/1'), 0))
        await clock.sleep(50)
      }
      return from
    }
    const first = told(6)
    await world.run(() => handed.length === 2)
    expect(handed.map(({ facts }) => facts)).toEqual([1, 5])
    expect(handed[0]!.atMs - (await first)).toBeLessThan(200)
    expect(handed[1]!.atMs - handed[0]!.atMs).toBeGreaterThanOrEqual(1_000)
    reader.watch(() => {})
    void told(1)
    await world.run(() => handed.length === 3)
    expect(handed[2]!.atMs - handed[1]!.atMs).toBeLessThan(1_000)
  })

  it('is not held up by a clock that is set back', async () => {
    const { world, process, append } = openWorld(16)
    const here = process('a')
    const desk = createTeller('order.order', 0)
    const { reader, heard } = reading(here, { gatherMs: 1_000 })
    await world.run(() => reader.ready())
    append(desk.says(orders, 'ingham/1', accepted('ingham/1'), 0))
    await world.run(() => heard.length === 1)
    world.skew(here.inhabitant, -3_600_000)
    const from = world.now()
    append(desk.says(orders, 'ingham/1', accepted('ingham/1'), 0))
    await world.run(() => heard.length === 2)
    expect(world.now() - from).toBeLessThan(2_000)
  })

  it('holds at most a bounded number of bytes while its handler is slow', async () => {
    const { world, process, append } = openWorld(12)
    const desk = createTeller('order.order', 0)
    append(...Array.from({ length: 6_000 }, (_, at) => desk.says(orders, `ingham/${at}`, accepted(`ingham/${at}`), 0)))
    const here = process('a')
    let largest = 0
    const heard: number[] = []
    const { reader } = reading(here, {
      inboxBytes: 200_000,
      batchRecords: 50,
      hear: async (batch) => {
        await here.clock.sleep(20)
        const [lane] = [...reader.lanes().values()]
        const taken = [...lane!.inputs.values()].find((input) => input.topic === orders)!.next
        largest = Math.max(largest, taken - heard.length)
        heard.push(...batch.map(({ said }) => said.number))
      },
    })
    await world.run(() => heard.length >= 6_000, 500_000)
    expect(heard).toHaveLength(6_000)
    // 200 kB are about 350 of these records; one fetch of at most 500 may arrive after the pause.
    expect(largest).toBeLessThan(1_500)
  })
})
