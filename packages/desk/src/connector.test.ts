import { describe, expect, it } from 'vitest'
import { accepted, createTeller, openWorld, orders } from './reader-fixture.ts'
import { keyedPool, openConnector } from './connector.ts'
import type { ConnectorDefinition, ConnectorReport } from './views.ts'

const answering = (act: ConnectorDefinition['act']): ConnectorDefinition => ({
  name: 'bank',
  hears: [orders],
  wants: (fact) => fact.type === 'OrderAccepted',
  act,
})

const run = (
  here: ReturnType<ReturnType<typeof openWorld>['process']>,
  act: ConnectorDefinition['act'],
  submit: (reports: readonly ConnectorReport[]) => Promise<void>,
) =>
  openConnector({
    reader: 'bank',
    connector: answering(act),
    log: here.log,
    store: here.views,
    clock: here.clock,
    witness: here.witness,
    submit,
    random: () => 0.5,
  })

const report = (id: string): ConnectorReport => ({ id, command: { type: 'ReportDisbursement' } })

describe('a connector', () => {
  it('acts on each fact and hands in what it reports, one at a time per key and in order', async () => {
    const { world, process, append } = openWorld(1)
    const desk = createTeller('order.order', 0)
    const keys = ['ingham/1', 'ingham/2', 'ingham/3']
    append(...Array.from({ length: 60 }, (_, at) => desk.says(orders, keys[at % 3]!, accepted(keys[at % 3]!, at), 0)))
    const here = process('a')
    const busy = new Set<string>()
    const order = new Map<string, number[]>()
    let most = 0
    const reported: string[] = []
    run(
      here,
      async (fact, said) => {
        expect(busy.has(said.key)).toBe(false)
        busy.add(said.key)
        most = Math.max(most, busy.size)
        await here.clock.sleep(5)
        busy.delete(said.key)
        order.set(said.key, [...(order.get(said.key) ?? []), fact.version as number])
        return [report(`${said.key}/${String(fact.version)}`)]
      },
      async (reports) => void reported.push(...reports.map(({ id }) => id)),
    )
    await world.run(() => reported.length >= 60)
    expect(most).toBe(3)
    for (const versions of order.values()) expect(versions).toEqual([...versions].sort((a, b) => a - b))
    expect(new Set(reported).size).toBe(60)
  })

  it('lets one silent answer hold up its own key only, and saves no position past it', async () => {
    const { world, engines, process, append } = openWorld(2)
    const desk = createTeller('order.order', 0)
    append(desk.says(orders, 'ingham/silent', accepted('ingham/silent'), 0))
    append(...Array.from({ length: 30 }, (_, at) => desk.says(orders, `ingham/${at}`, accepted(`ingham/${at}`), 0)))
    let release = (): void => undefined
    const silent = new Promise<void>((resolve) => (release = resolve))
    const reported: string[] = []
    run(
      process('a'),
      async (_, said) => {
        if (said.key === 'ingham/silent') await silent
        return [report(said.key)]
      },
      async (reports) => void reported.push(...reports.map(({ id }) => id)),
    )
    await world.run(() => reported.length >= 30)
    await world.run(() => false, 200)
    expect(engines.database.positions.get('bank/00')?.next[`${orders}/0`] ?? 0).toBe(0)
    release()
    await world.run(() => engines.database.positions.get('bank/00')?.next[`${orders}/0`] === 31)
    expect(reported).toContain('ingham/silent')
  })

  it('hands a report in again until it is taken, without acting again', async () => {
    const { world, process, append } = openWorld(3)
    append(createTeller('order.order', 0).says(orders, 'ingham/1', accepted('ingham/1'), 0))
    let acted = 0
    let handedIn = 0
    let taken = false
    run(
      process('a'),
      async () => {
        acted++
        return [report('d-1/1')]
      },
      async () => {
        if (++handedIn < 4) throw new Error('the log is away')
        taken = true
      },
    )
    await world.run(() => taken)
    expect({ acted, handedIn }).toEqual({ acted: 1, handedIn: 4 })
  })

  it.each(Array.from({ length: 15 }, (_, at) => at + 200))(
    'acts on every fact though it is killed in between: seed %i',
    async (seed) => {
      const { world, process, append } = openWorld(seed, {
        'call.error': 0.03,
        'call.unknownDone': 0.03,
        'log.lateDelivery': 0.3,
        'log.rewind': 0.5,
      })
      const desks = [0, 1, 2].map((partition) => createTeller('order.order', partition))
      const reported = new Set<string>()
      const open = (name: string) => {
        const here = process(name)
        run(
          here,
          async (_, said) => {
            await here.clock.sleep(world.random() < 0.1 ? 2_000 : 3)
            return [report(`${said.desk}#${said.number}`)]
          },
          async (reports) => {
            if (world.random() < 0.1) throw new Error('unavailable')
            for (const { id } of reports) reported.add(id)
          },
        )
        return here
      }
      const first = open('a')
      open('b')
      for (let at = 0; at < 90; at++) {
        append(desks[at % 3]!.says(orders, `ingham/${at % 11}`, accepted(`ingham/${at % 11}`), at % 3))
        if (at % 10 === 0) await world.run(() => false, 60)
        if (at === 50) first.inhabitant.kill()
      }
      open('c')
      await world.run(() => reported.size === 90, 200_000)
      expect(reported.size).toBe(90)
    },
  )
})

it('the pool runs at most so many at once and goes on after one fails', async () => {
  const inTurn = keyedPool(2)
  let running = 0
  let most = 0
  const task = async () => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
  }
  const failing = inTurn('a', async () => {
    throw new Error('no')
  })
  await Promise.all([
    expect(failing).rejects.toThrow('no'),
    ...['a', 'b', 'c', 'd', 'a'].map((key) => inTurn(key, task)),
  ])
  expect(most).toBe(2)
})
