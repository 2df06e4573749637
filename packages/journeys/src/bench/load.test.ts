/** Load: when orders are due, what becomes of them in figures, and when everything is caught up. */
import { describe, expect, it } from 'vitest'
import { silentProgress } from '../report/progress.ts'
import { stepFigures } from './load-figures.ts'
import { atOnce, atRate, dueTimes, spread } from './load-traffic.ts'
import { CALLERS_MOST, untilCaughtUp, type LoadWorld, type Sent } from './load-world.ts'
import { load, type LoadFigures } from './load.ts'

const sent = (more: Partial<Sent>): Sent => ({
  tenant: 'acme',
  number: 'PO-1',
  dueAtMs: 0,
  sentAtMs: 0,
  answeredAtMs: 10,
  status: 201,
  position: '',
  ...more,
})

describe('orders at a rate', () => {
  it('are due evenly, those of several tenants between each other', () => {
    expect(dueTimes(spread(['acme', 'globex'], 4), 1)).toEqual([
      { dueMs: 0, tenant: 'acme' },
      { dueMs: 250, tenant: 'globex' },
      { dueMs: 500, tenant: 'acme' },
      { dueMs: 750, tenant: 'globex' },
    ])
  })

  it('are sent when they are due, whatever became of those before', async () => {
    const held = Promise.withResolvers<void>()
    let submitted = 0
    const all = atRate([{ tenant: 'acme', perSecond: 100 }], 0.1, async (tenant, dueAtMs) => {
      if (++submitted === 10) held.resolve()
      await held.promise
      return sent({ tenant, dueAtMs })
    })
    expect(await all).toHaveLength(10)
  })

  it('in a closed loop are never more at once than there are callers', async () => {
    let now = 0
    let most = 0
    const all = await atOnce(['acme', 'globex'], 3, 0.05, async (tenant) => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 2))
      now--
      return sent({ tenant })
    })
    expect(most).toBe(3)
    expect(new Set(all.map(({ tenant }) => tenant))).toEqual(new Set(['acme', 'globex']))
  })
})

describe('figures of a step', () => {
  it('count answers by kind and measure delays from when an order was due, not from when it was sent', () => {
    const figures = stepFigures(
      'step',
      [
        sent({ dueAtMs: 0, sentAtMs: 90, answeredAtMs: 100 }),
        sent({ status: 202 }),
        sent({ status: 429, answeredAtMs: 4 }),
        sent({ status: 503, answeredAtMs: 6 }),
        sent({ status: 500 }),
        sent({ status: 0 }),
      ],
      2,
    )
    expect(figures).toMatchObject({ offeredPerSecond: 3, acceptedPerSecond: 0.5, offered: 6, accepted: 1, pending: 1 })
    expect(figures).toMatchObject({ tenantBusy: 1, overloaded: 1, failed: 2 })
    expect([figures.acceptedAfter?.most, figures.refusedAfter?.most, figures.sentLate?.most]).toEqual([100, 6, 90])
  })
})

describe('caught up', () => {
  it('is what shows the last accepted order of every desk', async () => {
    const asked: string[] = []
    const world = {
      isFolded: async ({ number }: { number: string }) => {
        asked.push(number)
        return asked.filter((one) => one === number).length > 1
      },
    } as unknown as LoadWorld
    await untilCaughtUp(world, [
      sent({ number: 'a', position: 'order.order-00#9' }),
      sent({ number: 'b', position: 'order.order-00#10' }),
      sent({ number: 'c', position: 'order.order-01#2' }),
    ])
    expect(asked).toEqual(['b', 'b', 'c', 'c'])
  })
})

describe('the whole run', () => {
  /** A platform that says yes to so many at once, and takes the longer the more it is asked. */
  const worldTaking = (mostAtOnce: number): LoadWorld => {
    let inHand = 0
    let made = 0
    return {
      tenants: ['acme', 'globex'],
      submit: async (tenant, dueAtMs) => {
        const isTaken = ++inHand <= mostAtOnce
        await new Promise((resolve) => setTimeout(resolve, 5 + inHand / 4))
        inHand--
        const number = `PO-${++made}`
        return sent({ tenant, number, dueAtMs, sentAtMs: dueAtMs, answeredAtMs: dueAtMs, status: isTaken ? 201 : 503 })
      },
      upload: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        return []
      },
      isFolded: async () => true,
      watching: async (doing) => ({
        result: await doing(),
        watched: { inHandMost: 0, rssMegabytesMost: { gateway: 0, order: 0, financing: 0 } },
      }),
    }
  }

  it('looks for capacity until more callers bring nothing, and says where it ended', async () => {
    const plan = { seconds: 0.05, shortSeconds: 0.1 }
    const { result, table, wrong } = await load(worldTaking(16), plan, silentProgress)
    const { capacityAtCallers, closedLoop } = result as LoadFigures
    const callers = closedLoop.map(({ name }) => Number(name.split(' ')[0]))
    expect(callers.slice(0, 3)).toEqual([4, 8, 16])
    expect(callers.at(-1)).toBeLessThan(CALLERS_MOST)
    expect(callers).toContain(capacityAtCallers)
    expect(wrong).toEqual([])
    expect(table.join('\n')).toContain(
      `(${capacityAtCallers} callers); twice as many callers and twice as many again brought no more than 5 %.`,
    )
  })
})
