/** F42-F43: many who say the same thing at once, and many who want the same thing. */
import { createServer } from 'node:net'
import { issueInvoices } from '../../actors/supplier.ts'
import { onTheWire } from '../../actors/documents.ts'
import { inParallel } from '../../watching.ts'
import { fulfil, honestTrade } from '../honest-trade.ts'
import { submitOrders } from '../../actors/buyer.ts'
import type { Arena, Fault } from './fault.ts'
import { claimsIn, underWay } from './story.ts'

const SAME_KEY = 100
const RIVALS = 20

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** A second door beside the first, which takes the first's tokens. */
const secondGateway = async (arena: Arena): Promise<string> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  arena.second({
    service: 'gateway',
    more: { TRIFLOW_HTTP_PORT: String(port), TRIFLOW_ISSUER: arena.world.surroundings.gatewayUrl },
  })
  await arena.until(
    'the second gateway',
    async () => (await arena.probe.ask({ path: '/v1/business-days/current', url })).status === 200,
  )
  return url
}

export const callers: readonly Fault[] = [
  {
    id: 'F42',
    fault: 'The same Idempotency-Key a hundred times at once, and with another body',
    how: 'A hundred requests side by side through two gateways, then another order under the same key.',
    mustHold: 'I9: one outcome for all; the other body is 422.',
    make: async (arena) => {
      const urls = [arena.links.gatewayUrl, await secondGateway(arena)]
      const key = `same-${Date.now()}`
      const bodyOf = (number: string) => JSON.stringify(onTheWire(honestTrade(arena.stage, number).order))
      const said = { path: '/v1/orders', method: 'POST', key } as const
      const body = bodyOf(`same-${Date.now()}`)
      const answers = await Promise.all(
        Array.from({ length: SAME_KEY }, (_, index) => arena.probe.ask({ ...said, body, url: urls[index % 2]! })),
      )
      const bad = answers.filter(({ status }) => status !== 201)
      arena.demand(
        bad.length === 0,
        `${bad.length} of ${SAME_KEY} were answered otherwise, the first ${bad[0]?.status} ${bad[0]?.text}`,
      )
      const outcomes = new Set(answers.map(({ text }) => text))
      arena.demand(outcomes.size === 1, `there were ${outcomes.size} outcomes: ${[...outcomes].slice(0, 3).join(' ')}`)
      const other = await arena.probe.ask({ ...said, body: bodyOf(`other-${Date.now()}`) })
      arena.demand(other.status === 422, `another body under the key was answered ${other.status} ${other.text}`)
      arena.play(2)
      return `${SAME_KEY} requests, ${outcomes.size} outcome`
    },
  },
  {
    id: 'F43',
    fault: 'Twenty race to finance one receivable',
    how: 'One delivered order; the same invoice under twenty keys through two gateways, and twenty other invoices over the same goods.',
    mustHold: 'I2: exactly one is issued, and exactly one is financed.',
    make: async (arena) => {
      const urls = [arena.links.gatewayUrl, await secondGateway(arena)]
      const { stage } = arena
      const order = honestTrade(stage, `race-${Date.now()}`)
      await submitOrders(stage.players.of(order.order.buyerId), stage.programmeId, [order.order])
      await fulfil(stage, order)
      const { supplierId } = order.invoice
      const body = JSON.stringify(onTheWire(order.invoice))
      const same = await Promise.all(
        Array.from({ length: RIVALS }, (_, index) =>
          arena.probe.ask({ path: '/v1/invoices', method: 'POST', as: supplierId, body, url: urls[index % 2]! }),
        ),
      )
      const issued = same.filter(({ status }) => status === 201).length
      arena.demand(
        issued === 1,
        `the same invoice was issued ${issued} times: ${same.map(({ status }) => status).join(' ')}`,
      )
      const rivals = Array.from({ length: RIVALS }, (_, index) => {
        const number = `${order.invoice.number}-${index + 1}`
        return { ...order, invoice: { ...order.invoice, number }, invoiceName: { ...order.invoiceName, number } }
      })
      await inParallel(rivals, RIVALS, ({ invoice }) =>
        issueInvoices(stage.players.of(supplierId), stage.programmeId, [invoice]),
      )
      const all = [order, ...rivals]
      await arena.until('rest', async () => (await underWay(stage, all)).length === 0, 30_000)
      const claims = await claimsIn(stage, all)
      const financed = claims.filter(({ status }) => status === 'disbursed')
      for (const { path, status, reason } of claims)
        await arena.history.during(
          { process: supplierId, operation: 'finance', key: `goods of ${order.order.number}`, value: null },
          async () => path,
          () => (status === 'disbursed' ? { type: 'ok', value: path } : { type: 'fail', value: `${status} ${reason}` }),
        )
      arena.demand(financed.length === 1, `${financed.length} claims over the same goods were financed`)
      const others = [
        ...new Set(
          claims.filter(({ status }) => status !== 'disbursed').map(({ status, reason }) => `${status} ${reason}`),
        ),
      ]
      return `1 of ${RIVALS} issued, ${financed.length} of ${all.length} financed, the others: ${others.join(', ')}`
    },
  },
]
