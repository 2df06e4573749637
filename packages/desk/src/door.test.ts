import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  commandsTopic,
  type doorWire,
  encodeMessage,
  factsTopic,
  fullNameOf,
  header,
  partitionOfKey,
} from '@triflow/contracts'
import { openWorld, partitions } from './reader-fixture.ts'
import { badCommand, commandIdOf } from './door-checks.ts'
import { openDoor, type DoorOptions } from './door.ts'
import { headerText, isIntact } from './record.ts'
import type { FaultRates } from './memory/index.ts'
import type { Outcome } from './ports.ts'

const commandsOfOrders = commandsTopic('order.order')

const accepting = (number: number, more: Partial<doorWire.SubmitRequest> = {}): doorWire.SubmitRequest => {
  const command = encodeMessage({
    type: 'AcceptOrder',
    orderId: `ingham/${number}`,
    version: 1,
    acceptedBy: 'vandenberg-steel',
  } as never)
  return {
    actor: 'vandenberg-steel',
    route: 'POST /v1/orders/acceptance',
    idempotencyKey: `accept-${number}`,
    bodyHash: createHash('sha256').update(command).digest(),
    desk: 'order.order',
    key: `ingham/${number}`,
    type: fullNameOf('AcceptOrder'),
    command,
    traceparent: '',
    deadlineMs: 2_000,
    ...more,
  }
}

const outcome = (commandId: string, more: Partial<Outcome> = {}): Outcome => ({
  commandId,
  status: 'accepted',
  code: '',
  detail: '',
  position: 'order.order-01#7',
  facts: ['OrderAccepted'],
  ...more,
})

const opened = (seed: number, faults: FaultRates = {}, more: Partial<DoorOptions> = {}) => {
  const surroundings = openWorld(seed, faults, [commandsOfOrders, factsTopic('order.order')])
  const here = surroundings.process('door')
  const open = () =>
    openDoor({
      desks: [{ name: 'order.order' }],
      log: here.log,
      keys: here.keys,
      outcomes: here.views,
      clock: here.clock,
      witness: here.witness,
      address: 'door:4101',
      random: () => 0.5,
      ...more,
    })
  const logged = () =>
    Array.from({ length: partitions }, (_, partition) =>
      surroundings.engines.broker.topics.read({ topic: commandsOfOrders, partition }),
    ).flat()
  const remember = (told: Outcome) =>
    void surroundings.engines.database.views.set(
      'outcomes-order',
      new Map([
        ...(surroundings.engines.database.views.get('outcomes-order') ?? []),
        [told.commandId, { id: told.commandId, version: 1, marks: {}, body: { ...told } }],
      ]),
    )
  /** A desk that decides each logged command once, a moment later, and replies. */
  const decide = (door: ReturnType<typeof open>, replies = true) => {
    const decided = new Map<string, Outcome>()
    surroundings.engines.broker.topics.onAppend(() =>
      here.clock.soon(() => {
        for (const record of logged()) {
          const id = headerText(record, header.id)
          if (decided.has(id)) continue
          decided.set(id, outcome(id))
          remember(decided.get(id)!)
          if (replies) door.settle([decided.get(id)!])
        }
      }),
    )
    return decided
  }
  return { ...surroundings, here, open, logged, remember, decide }
}

describe('a door', () => {
  it('sends commands to the desks that the cluster was created with, also when somebody has grown their topic', async () => {
    const created = partitions - 1
    const { settle, open, logged, decide } = opened(1, {}, { partitionsOf: () => created })
    const door = open()
    decide(door)
    const asked = Array.from({ length: 20 }, (_, number) => accepting(number))
    expect((await settle(door.submit(asked))).every(({ status }) => status === 'accepted')).toBe(true)
    expect(new Set(logged().map(({ partition }) => partition))).toEqual(new Set([0, 1]))
  })

  it('logs a command under its identity and answers with what its desk decided', async () => {
    const { settle, open, logged, decide } = opened(1)
    const door = open()
    decide(door)
    const [answer] = await settle(door.submit([accepting(1)]))
    expect(answer).toEqual({
      status: 'accepted',
      code: '',
      detail: '',
      commandId: commandIdOf(accepting(1)),
      position: 'order.order-01#7',
      replayed: false,
      facts: ['OrderAccepted'],
    })
    const [record] = logged()
    expect(record!.partition).toBe(partitionOfKey(Buffer.from('ingham/1'), partitions))
    expect(isIntact(record!)).toBe(true)
    expect(headerText(record!, header.actor)).toBe('vandenberg-steel')
    expect(headerText(record!, header.reply)).toBe('door:4101')
  })

  it('names a command by actor, route and key, so that another actor’s same key is another command', () => {
    expect(commandIdOf(accepting(1))).toBe(
      createHash('sha256').update('vandenberg-steel\nPOST /v1/orders/acceptance\naccept-1').digest('hex').slice(0, 32),
    )
    expect(commandIdOf(accepting(1, { actor: 'tailspin-toys' }))).not.toBe(commandIdOf(accepting(1)))
  })

  it.each([
    ['an unknown desk', { desk: 'order.orders' }, 'no desk'],
    ['a desk that does not judge this command', { desk: 'order.invoice' }, 'no desk'],
    ['a fact', { type: 'triflow.order.v1.OrderAccepted' }, 'not a command'],
    ['a short name', { type: 'AcceptOrder' }, 'not a command'],
    ['bytes that are no command', { command: Buffer.from([10, 200, 1]) }, 'bytes are no'],
    ['a key that the command does not have', { key: 'ingham/2' }, 'not ingham/2'],
    ['no key at all', { command: new Uint8Array(), key: '' }, 'names no item'],
    ['no idempotency key', { idempotencyKey: '' }, 'idempotency key'],
    ['too many bytes', { command: new Uint8Array(900_000) }, 'at most'],
  ] as const)('turns away %s', async (_, more, because) => {
    const { settle, open, logged } = opened(2)
    const [answer] = await settle(open().submit([accepting(1, more)]))
    expect(answer).toMatchObject({ status: 'rejected', code: 'BadCommand' })
    expect(answer!.detail).toContain(because)
    expect(logged()).toEqual([])
  })

  it('lets every desk’s key be redriven', () => {
    const command = encodeMessage({ type: 'RedriveKey', key: 'ingham/1', treatment: 'retry' } as never)
    const request = accepting(1, { type: 'triflow.desk.v1.RedriveKey', command })
    expect(badCommand(request, new Set(['order.order']))).toBeUndefined()
  })

  it('answers a repeat with the recorded outcome and logs nothing', async () => {
    const { settle, open, logged, decide } = opened(3)
    const door = open()
    decide(door)
    await settle(door.submit([accepting(1)]))
    const [again] = await settle(door.submit([accepting(1)]))
    expect(again).toMatchObject({ status: 'accepted', replayed: true, position: 'order.order-01#7' })
    expect(logged()).toHaveLength(1)
  })

  it('refuses a key that comes back with another body', async () => {
    const { settle, open, logged, decide } = opened(4)
    const door = open()
    decide(door)
    const other = accepting(1, { bodyHash: Buffer.alloc(32) })
    const [first, second] = await settle(door.submit([accepting(1), other]))
    expect([first!.status, second!.status]).toEqual(['accepted', 'conflict'])
    expect((await settle(door.submit([other])))[0]!.status).toBe('conflict')
    expect(logged()).toHaveLength(1)
  })

  it('never answers another body with the first one’s outcome, also when the keys do not say in time whose it is', async () => {
    const { settle, open, remember } = opened(
      4,
      {},
      { keys: { claim: () => new Promise(() => undefined), list: async () => [] } },
    )
    remember(outcome(commandIdOf(accepting(1))))
    const other = accepting(1, { bodyHash: Buffer.alloc(32), deadlineMs: 300 })
    expect((await settle(open().submit([other])))[0]!.status).toBe('unavailable')
  })

  it('gives a hundred callers of the same key one command and one answer', async () => {
    const { settle, open, logged, decide } = opened(5)
    const door = open()
    const decided = decide(door)
    const answers = await settle(Promise.all(Array.from({ length: 100 }, () => door.submit([accepting(1)]))))
    expect(new Set(answers.map(([answer]) => answer!.status))).toEqual(new Set(['accepted']))
    expect(decided.size).toBe(1)
    expect(new Set(logged().map((record) => headerText(record, header.id))).size).toBe(1)
  })

  it('logs the same command again, byte for byte, when an earlier door died before its outcome was known', async () => {
    const { world, engines, settle, open, logged, decide } = opened(6)
    const dead = open()
    void dead.submit([accepting(1)])
    await world.run(() => engines.database.keys.size === 1)
    await world.run(() => logged().length === 1)
    const door = open()
    decide(door)
    const [answer] = await settle(door.submit([accepting(1, { traceparent: '' })]))
    expect(answer!.status).toBe('accepted')
    const [first, second] = logged()
    expect(second!.value).toEqual(first!.value)
    expect(headerText(second!, header.id)).toBe(headerText(first!, header.id))
  })

  it('looks the outcome up at the deadline when the reply was lost', async () => {
    const { settle, open, decide } = opened(7)
    const door = open()
    decide(door, false)
    const [answer] = await settle(door.submit([accepting(1, { deadlineMs: 300 })]))
    expect(answer).toMatchObject({ status: 'accepted', position: 'order.order-01#7' })
  })

  it('says pending at the deadline when the command is logged and nothing is decided', async () => {
    const { settle, open, logged, here } = opened(8)
    const from = here.clock.now()
    const [answer] = await settle(open().submit([accepting(1, { deadlineMs: 300 })]))
    expect(answer).toMatchObject({ status: 'pending', commandId: commandIdOf(accepting(1)) })
    expect(logged()).toHaveLength(1)
    expect(here.clock.now() - from).toBeLessThan(700)
  })

  it('says unavailable, never pending, when the log did not take the command in time', async () => {
    const { settle, open, logged } = opened(9, { 'log.unsent': 1 })
    const [answer] = await settle(open().submit([accepting(1, { deadlineMs: 500 })]))
    expect(answer).toMatchObject({ status: 'unavailable', code: 'NotLogged' })
    expect(logged()).toEqual([])
  })

  it('says unavailable when the keys cannot be claimed', async () => {
    const { settle, open, logged } = opened(10, { 'call.error': 1 })
    const [answer] = await settle(open().submit([accepting(1)]))
    expect(answer!.status).toBe('unavailable')
    expect(logged()).toEqual([])
  })

  it('sends again what the log left out or gave no answer to, before it answers', async () => {
    const { settle, open, logged, decide } = opened(11, { 'log.unsent': 0.4, 'call.unknownDone': 0.2 })
    const door = open()
    const decided = decide(door)
    const answers = await settle(
      door.submit(Array.from({ length: 50 }, (_, at) => accepting(at, { deadlineMs: 60_000 }))),
    )
    const retried = await settle(
      door.submit(Array.from({ length: 50 }, (_, at) => accepting(at, { deadlineMs: 60_000 }))),
    )
    for (const [at, answer] of answers.entries()) {
      const final = answer.status === 'unavailable' ? retried[at]! : answer
      if (final.status !== 'unavailable') expect(final.status).toBe('accepted')
    }
    for (const record of logged()) expect(decided.has(headerText(record, header.id))).toBe(true)
  })

  it('puts many callers into few requests', async () => {
    const { settle, open, logged, decide, here } = opened(12)
    const door = open()
    decide(door)
    await settle(Promise.all(Array.from({ length: 300 }, (_, at) => door.submit([accepting(at)]))))
    expect(logged()).toHaveLength(300)
    expect(here.witness.observed('triflow_door_request_commands').length).toBeLessThan(10)
  })

  it('keeps a request under the log’s limit per topic-partition', async () => {
    const { settle, open, logged, decide, here } = opened(13)
    const door = open()
    decide(door)
    const heavy = (at: number) => {
      const command = encodeMessage({
        type: 'AcceptOrder',
        orderId: 'ingham/1',
        version: at,
        acceptedBy: 'x'.repeat(400_000),
      } as never)
      return accepting(1, { idempotencyKey: `heavy-${at}`, command })
    }
    const answers = await settle(door.submit([1, 2, 3, 4, 5].map(heavy)))
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill('accepted'))
    expect(logged()).toHaveLength(5)
    expect(here.witness.observed('triflow_door_request_commands')).toEqual([2, 2, 1])
  })

  it('turns a call away whole when too many commands are on their way, and has written nothing of it', async () => {
    const { engines, settle, open, decide, here } = opened(14, {}, { bounds: { commandsMax: 3 } })
    const door = open()
    decide(door)
    const [first, second] = await settle(
      Promise.all([
        door.submit([1, 2].map((number) => accepting(number))),
        door.submit([3, 4].map((number) => accepting(number))),
      ]),
    )
    expect(first!.map(({ status }) => status)).toEqual(['accepted', 'accepted'])
    expect(second!.map(({ status, code }) => [status, code])).toEqual(Array(2).fill(['unavailable', 'Busy']))
    expect(engines.database.keys.size).toBe(2)
    expect(here.witness.counted('triflow_door_turned_away')).toBe(2)
    const again = await settle(door.submit([3, 4].map((number) => accepting(number))))
    expect(again.map(({ status, replayed }) => [status, replayed])).toEqual(Array(2).fill(['accepted', false]))
  })

  it('counts the bytes of what is on its way, but takes any call when it has nothing else in hand', async () => {
    const size = accepting(1).command.length
    const { settle, open, decide } = opened(16, {}, { bounds: { bytesMax: size } })
    const door = open()
    decide(door)
    const answers = await settle(Promise.all([1, 2].map((number) => door.submit([accepting(number)]))))
    expect(answers.flat().map(({ status, code }) => code || status)).toEqual(['accepted', 'Busy'])
    const large = await settle(door.submit([3, 4].map((number) => accepting(number))))
    expect(large.map(({ status }) => status)).toEqual(['accepted', 'accepted'])
  })

  it('takes no more than desks may have before them, also when their callers were told "pending" and have gone', async () => {
    const { settle, open, logged } = opened(17, {}, { bounds: { undecidedMax: 3 } })
    const door = open()
    const submit = async (number: number) => (await settle(door.submit([accepting(number, { deadlineMs: 100 })])))[0]!
    for (const number of [1, 2, 3]) expect((await submit(number)).status).toBe('pending')
    expect(await submit(4)).toMatchObject({ status: 'unavailable', code: 'Busy' })
    expect(logged()).toHaveLength(3)
    door.settle([outcome(commandIdOf(accepting(1)))])
    expect((await submit(4)).status).toBe('pending')
  })

  it('is free again when replies were lost: it looks up what was judged', async () => {
    const { settle, open, remember, here } = opened(18, {}, { bounds: { undecidedMax: 2 } })
    const door = open()
    for (const number of [1, 2]) await settle(door.submit([accepting(number, { deadlineMs: 100 })]))
    for (const number of [1, 2]) remember(outcome(commandIdOf(accepting(number))))
    expect((await settle(door.submit([accepting(3)])))[0]!.code).toBe('Busy')
    await settle(here.clock.sleep(600))
    expect((await settle(door.submit([accepting(3, { deadlineMs: 100 })])))[0]!.status).toBe('pending')
  })

  it('never turns away what the service’s own connectors report', async () => {
    const { settle, open, decide } = opened(19, {}, { bounds: { commandsMax: 1 } })
    const door = open()
    decide(door)
    const answers = await settle(
      Promise.all([door.submit([accepting(1)]), door.submit([accepting(2)]), door.submit([accepting(3)], true)]),
    )
    expect(answers.flat().map(({ status, code }) => code || status)).toEqual(['accepted', 'Busy', 'accepted'])
  })

  it('answers everyone before it goes', async () => {
    const { world, settle, open } = opened(15)
    const door = open()
    const waiting = door.submit([accepting(1, { deadlineMs: 60_000 })])
    await world.run(() => false, 20)
    await settle(door.stop())
    expect((await settle(waiting))[0]!.status).toBe('pending')
    expect((await settle(door.submit([accepting(2)])))[0]).toMatchObject({ status: 'unavailable', code: 'Stopping' })
  })

  it.each(Array.from({ length: 20 }, (_, at) => at + 300))(
    'tells no caller that its command is logged unless it is: seed %i',
    async (seed) => {
      const { world, settle, open, logged, decide } = opened(seed, {
        'log.unsent': 0.3,
        'call.error': 0.05,
        'call.unknownDone': 0.1,
        'call.unknownLate': 0.1,
        'call.slow': 0.05,
      })
      const door = open()
      decide(door, world.random() < 0.5)
      const asked = Array.from({ length: 40 }, (_, at) => accepting(at % 30, { deadlineMs: 1_500 }))
      const answers = (await settle(Promise.all(asked.map((request) => door.submit([request]))))).flat()
      const ids = new Set(logged().map((record) => headerText(record, header.id)))
      for (const answer of answers) {
        expect(['accepted', 'pending', 'unavailable']).toContain(answer.status)
        if (answer.status !== 'unavailable') expect(ids.has(answer.commandId)).toBe(true)
      }
      world.setFaults({})
      const again = (
        await settle(Promise.all(asked.map((request) => door.submit([{ ...request, deadlineMs: 60_000 }]))))
      ).flat()
      for (const answer of again) expect(answer.status).toBe('accepted')
    },
  )
})
