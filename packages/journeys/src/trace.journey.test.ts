/**
 * One trace leads from an order at the public door to its payout, whichever flow comes last: through the match, the
 * decision, the bank's own counter and back, into the books. Each party's own request keeps its own trace until there.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { header, topics } from '@triflow/contracts'
import { headerText, readTopics } from '@triflow/desk'
import { openKafkaLog, systemClock } from '@triflow/platform'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onTheWire } from './actors/documents.ts'
import { fulfil, honestTrade, openStage, paidOut, type HonestTrade, type Stage } from './chaos/honest-trade.ts'
import { eventually, openWorld, stateFor, type PrivateWorld } from './chaos/world.ts'
import { openDoor, type Door } from './client/door.ts'
import { issueInvoices } from './actors/supplier.ts'
import { silent } from './surroundings.ts'

interface Span {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
}

interface Otlp {
  readonly resourceSpans?: readonly {
    readonly resource?: {
      readonly attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
    }
    readonly scopeSpans?: readonly { readonly spans?: readonly Omit<Span, 'service'>[] }[]
  }[]
}

/** A collector: takes OTLP over HTTP in JSON and keeps the spans. */
const startCollector = async (): Promise<{ server: Server; endpoint: string; spans: Span[] }> => {
  const spans: Span[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { resourceSpans = [] } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Otlp
      for (const { resource, scopeSpans = [] } of resourceSpans) {
        const service = resource?.attributes?.find(({ key }) => key === 'service.name')?.value.stringValue ?? ''
        for (const scope of scopeSpans)
          for (const { name, traceId, spanId, parentSpanId } of scope.spans ?? [])
            spans.push({ service, name, traceId, spanId, parentSpanId: parentSpanId ?? '' })
      }
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, spans, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('one trace', () => {
  let collector: Awaited<ReturnType<typeof startCollector>>
  let world: PrivateWorld
  let door: Door
  let stage: Stage

  beforeAll(async () => {
    collector = await startCollector()
    world = await openWorld(stateFor('trace'), {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '300',
    })
    door = openDoor(world.surroundings)
    stage = await openStage(door, 'trace')
  }, 240_000)

  afterAll(async () => {
    await door?.close()
    await world?.erase()
    collector?.server.close()
  })

  /** One request of a party, in a trace that it began itself. */
  const post = async (as: string, path: string, body: object): Promise<string> => {
    const traceId = randomBytes(16).toString('hex')
    const response = await fetch(`${world.surroundings.gatewayUrl}${path}`, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
        authorization: `Bearer ${await (await door.as(as)).token()}`,
        traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
      },
      body: JSON.stringify(onTheWire(body)),
    })
    expect(response.status, await response.text()).toBe(201)
    return traceId
  }

  /** Messages on any topic that carry the trace, as "topic MessageName". */
  const recordsOf = async (traceId: string): Promise<Set<string>> => {
    const log = await openKafkaLog({
      brokers: [world.world.engines.kafka.address],
      clientId: 'trace',
      clock: systemClock,
      witness: silent,
    })
    const found = new Set<string>()
    try {
      for (const partitions of ['one', 'desks'] as const)
        await readTopics(
          log,
          topics.filter((topic) => topic.partitions === partitions).map(({ name }) => name),
          (record) => {
            if (headerText(record, header.traceparent).split('-')[1] !== traceId) return
            const type = headerText(record, header.type)
            found.add(`${record.topic} ${type.slice(type.lastIndexOf('.') + 1)}`)
          },
        )
    } finally {
      await log.close()
    }
    return found
  }

  const fromOrderToPayout = [
    'triflow.order.order.commands SubmitOrder',
    'triflow.order.order OrderSubmitted',
    'triflow.order.order OrderAccepted',
    'triflow.financing.trade.by-debtor ShareMatched',
    'triflow.financing.obligor ClaimFinanced',
    'triflow.financing.obligor.by-pair ClaimFinanced',
    'triflow.payment.account DisbursementRequested',
    'triflow.payment.account.commands ReportDisbursement',
    'triflow.payment.account DisbursementExecuted',
    'triflow.payment.account.by-debtor DisbursementExecuted',
    'triflow.payment.account.by-programme DisbursementExecuted',
    'triflow.financing.obligor AdvanceDisbursed',
    'triflow.payment.ledger LedgerPosted',
  ]

  const expectTrace = async (traceId: string, trade: HonestTrade) => {
    await paidOut(stage, [trade])
    const wanted = fromOrderToPayout
    let found = new Set<string>()
    await eventually(
      async () => {
        found = await recordsOf(traceId)
        return wanted.every((one) => found.has(one))
      },
      15_000,
      1_000,
    )
    expect([...found], 'records that carry the trace').toEqual(expect.arrayContaining(wanted))

    const spans = () => collector.spans.filter((span) => span.traceId === traceId)
    const told = () => spans().map(({ service: by, name }) => `${by} ${name}`)
    const calls = [
      'triflow-gateway POST /v1/orders',
      'triflow-order door.submit',
      'triflow-payment connector.bank',
      'triflow-sandbox-bank Disburse',
    ]
    await eventually(() => calls.every((call) => told().includes(call)), 15_000)
    expect(told(), 'spans of the trace').toEqual(expect.arrayContaining(calls))
    // The bank's work hangs below ours.
    const connector = spans().find(({ name }) => name === 'connector.bank')!
    expect(spans().find(({ name }) => name === 'Disburse')?.parentSpanId).toBe(connector.spanId)
  }

  /** A trade's trace is that of the first record that its desk takes; topics are read side by side, so the order is waited for. */
  const begun = async ({ order: { buyerId, number } }: HonestTrade): Promise<void> => {
    const read = () => stage.players.of(buyerId).read(`/v1/trades/${buyerId}/${number}`)
    await expect.poll(read, { timeout: 15_000 }).toBeDefined()
  }

  it('leads from the order to the payout where the invoice is the last of the three flows', async () => {
    const trade = honestTrade(stage, 'invoice-last')
    const traceId = await post(trade.order.buyerId, '/v1/orders', trade.order)
    await begun(trade)
    await fulfil(stage, trade)
    const ofInvoice = await post(trade.invoice.supplierId, '/v1/invoices', trade.invoice)
    await expectTrace(traceId, trade)
    expect([...(await recordsOf(ofInvoice))]).toEqual(
      expect.arrayContaining([
        'triflow.order.invoice.commands IssueInvoice',
        'triflow.order.invoice InvoiceIssued',
        'triflow.order.invoice.by-order OrderBilled',
        'triflow.payment.account.by-order FundsChecked',
      ]),
    )
  })

  it('leads from the order to the payout where the goods come last', async () => {
    const trade = honestTrade(stage, 'goods-last')
    const traceId = await post(trade.order.buyerId, '/v1/orders', trade.order)
    await begun(trade)
    const received = await fulfil(stage, trade, 'all but the receipt')
    await issueInvoices(stage.players.of(trade.invoice.supplierId), stage.programmeId, [trade.invoice])
    // The word on the money side follows the invoice by itself; it must be there before the goods are.
    const funds = async () =>
      (await stage.players.of(received.buyerId).read(`/v1/trades/${received.buyerId}/${trade.order.number}`))?.['funds']
    await expect.poll(funds, { timeout: 15_000 }).toBe('complete')
    const ofReceipt = await post(received.buyerId, '/v1/goods-receipts', received)
    await expectTrace(traceId, trade)
    expect([...(await recordsOf(ofReceipt))]).toEqual(
      expect.arrayContaining([
        'triflow.logistics.shipment.commands RecordGoodsReceipt',
        'triflow.logistics.shipment.by-order OrderReceived',
      ]),
    )
  })
})
