/** F31-F35: the store goes away, becomes slow, forgets to answer, takes half of a write, and is fought over. */
import { positionOf } from '../../actors/bank.ts'
import { amountIn } from '../../report/reading.ts'
import { inParallel } from '../../watching.ts'
import { honestTrade, sayTrade } from '../honest-trade.ts'
import { services } from '../world.ts'
import type { Arena, Fault } from './fault.ts'
import { outage } from './outage.ts'
import { takeVersions } from './platform-data.ts'
import { claimsIn, underWay } from './story.ts'

const WRITERS = 50
const LIMIT_MINOR = 20_000_00n
const ADVANCE_MINOR = 800_00n

/** Longest wait of the event loop, p99 since the last scrape, as the service itself says. */
const loopLagMs = async (arena: Arena): Promise<number> => {
  let longest = 0
  for (const name of services) {
    const metrics = await (await fetch(`${arena.world.adminUrl(name)}/metrics`)).text()
    const [, seconds = '0'] = /^nodejs_eventloop_lag_p99_seconds(?:\{[^}]*\})? ([0-9.e+-]+)$/m.exec(metrics) ?? []
    longest = Math.max(longest, Number(seconds) * 1_000)
  }
  return Math.round(longest)
}

export const store: readonly Fault[] = [
  {
    id: 'F31',
    fault: 'Store down for 60 s under load',
    how: 'SIGKILL of the store, down for 60 s; new orders are asked for without patience all the while.',
    mustHold: '503 with Retry-After and no 500; desks wait, no flood of dead letters; I7 I17.',
    make: (arena) => outage(arena, 'mongo', { reads: false }),
  },
  {
    id: 'F32',
    fault: 'Slow store: 800 ms more for each operation',
    how: '400 ms each way on every link to the store, 20 s under load, new orders asked for without patience.',
    mustHold: 'Deadlines hold, the event loop does not wait, no connection is opened without end.',
    make: async (arena) => {
      const all = arena.links.to('mongo')
      await loopLagMs(arena)
      for (const link of all) link.impair({ delayMs: 400 })
      const load = arena.load()
      let longestMs = 0
      let connections = 0
      for (const end = Date.now() + 20_000; Date.now() < end; await arena.sleep(1_000)) {
        const { ms, status, why } = await arena.probe.order()
        longestMs = Math.max(longestMs, ms)
        arena.demand([201, 202, 503].includes(status), `an order was answered ${status} ${why}`)
        connections = Math.max(connections, ...all.map((link) => link.connections()))
      }
      const lagMs = await loopLagMs(arena)
      arena.demand(longestMs < 15_000, `an order was answered after ${longestMs} ms`)
      arena.demand(lagMs < 100, `an event loop waited ${lagMs} ms (p99)`)
      // 20 in the pool and two that watch the server; while a slow server is taken for a lost one, a pool closes as the next opens.
      arena.demand(connections <= 2 * 22, `a service had ${connections} connections to the store`)
      for (const link of all) link.heal()
      const trades = await load.end()
      return `longest answer ${longestMs} ms, loop lag p99 ${lagMs} ms, at most ${connections} connections, ${trades} trades`
    },
  },
  {
    id: 'F33',
    fault: 'The store’s answer to a write is lost',
    how: 'The proxy lets inserts into journal and views pass, drops the answers and cuts the connections; twelve in all.',
    mustHold: 'I1 I3: the same bytes again, and the entry is found to be ours.',
    make: async (arena) => {
      const lost = (['order', 'financing', 'payment'] as const).flatMap((service) => {
        const link = arena.links.link(service, 'mongo')
        const insert = { direction: 'reply', about: 'insert journal', fate: 'lose', times: 3 } as const
        return [link.set(insert)]
      })
      const views = arena.links
        .link('financing', 'mongo')
        .set({ direction: 'reply', about: 'insert view.financing.claims', fate: 'lose', times: 1 })
      const bank = arena.links
        .link('sandbox-bank', 'mongo')
        .set({ direction: 'reply', about: 'insert sandboxBankInstructions', fate: 'lose', times: 1 })
      const all = [...lost, views, bank]
      await arena.soon('that all was said', arena.play().said)
      await arena.sleep(1_500)
      const count = all.reduce((sum, rule) => sum + rule.count(), 0)
      arena.demand(count >= 8, `only ${count} answers were lost`)
      return `${count} answers lost`
    },
  },
  {
    id: 'F34',
    fault: 'Partial bulk write: some of many fail',
    how: 'While views are written, somebody else takes the next version of their documents again and again.',
    mustHold: 'What lost is read again and folded again; I13.',
    make: async (arena) => {
      const story = arena.play()
      let over = false
      const saying = story.said.finally(() => (over = true))
      let taken = 0
      while (!over) {
        for (const view of ['view.financing.positions', 'view.financing.trades', 'view.payment.accounts'])
          taken += await takeVersions(arena.world, view, 20)
      }
      await saying
      return `${taken} versions taken`
    },
  },
  {
    id: 'F35',
    fault: '50 writers on one limit',
    how: 'Fifty trades of one debtor are told at once; the limit is enough for half of them. Its position is read all the while.',
    mustHold: 'I6 at every reading and at every prefix of the journal.',
    make: async (arena) => {
      const programmeId = `limit-${Date.now().toString(36)}`
      const stage = await arena.openStage(programmeId, LIMIT_MINOR)
      const bank = stage.players.of(stage.people.bank.partyId)
      const trades = Array.from({ length: WRITERS }, (_, index) => honestTrade(stage, `${index + 1}`, index))
      const began = Date.now()
      let over = false
      const watching = (async () => {
        for (; !over; await arena.sleep(20)) await positionOf(bank, programmeId)
      })()
      await inParallel(trades, WRITERS, (trade) => sayTrade(stage, trade)).finally(() => (over = true))
      await watching
      await arena.until('rest', async () => (await underWay(stage, trades)).length === 0, 60_000)
      const claims = await claimsIn(stage, trades)
      const paid = claims.filter(({ status }) => status === 'disbursed').length
      const position = await positionOf(bank, programmeId)
      const peak = amountIn(position ?? {}, 'peakExposureMinor')
      arena.demand(peak <= LIMIT_MINOR, `${peak} was out of a limit of ${LIMIT_MINOR}`)
      const most = Number(LIMIT_MINOR / ADVANCE_MINOR)
      arena.demand(paid === most, `${paid} claims were paid out, and the limit is enough for ${most}`)
      return `${paid} of ${WRITERS} paid out, the others wait for the limit; ${((Date.now() - began) / 1000).toFixed(1)} s`
    },
  },
]
