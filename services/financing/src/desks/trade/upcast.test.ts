/** A trade that older code archived goes on as if today's code had archived it. */
import { describe, expect, it } from 'vitest'
import type { Evidence } from '@triflow/kernel'
import {
  accepted,
  acme,
  billed,
  borsig,
  fundsStand,
  invoiceId,
  orderId,
  orderLines,
  outcome,
  programmeOpened,
  received,
  returned,
  submitted,
  wholeBill,
} from '../testing/acme.ts'
import { playing } from '../testing/playing.ts'
import { tradeRules } from './rules.ts'
import type { Trade } from './vocabulary.ts'

const all = { 1: 100n, 2: 40n }

/** As `playing` numbers what it hears. */
const from = (entry: bigint, type: string): Evidence => ({
  desk: 'test.desk-00',
  entry,
  index: 0,
  sha256: `${entry}`.padStart(64, '0'),
  type,
})

const event = (lane: string, entry: bigint, type: string, on: string, about: string) => ({
  lane,
  type,
  on,
  about,
  atMs: 1_700_000_000_000n,
  evidence: { about: lane, ...from(entry, type) },
})

/** What the code of the first four corpus entries kept of an order that is financed as a whole. */
const older = () => ({
  orderId,
  order: {
    buyerId: acme,
    supplierId: borsig,
    currency: 'EUR',
    version: 1,
    lines: orderLines.map((line) => ({ ...line, description: 'as the wire told it' })),
    evidence: from(1n, 'OrderSubmitted'),
  },
  acceptedVersion: 1,
  acceptance: from(2n, 'OrderAccepted'),
  cancelled: false,
  invoices: new Map([
    [
      invoiceId,
      {
        invoiceId,
        supplierId: borsig,
        debtorId: acme,
        number: 'R-100',
        issuedOn: '2026-03-02',
        currency: 'EUR',
        version: 1,
        lines: wholeBill.map((line) => ({ ...line, orderId })),
        orderIds: [orderId],
        evidence: from(3n, 'OrderBilled'),
        share: {
          revision: 1,
          version: 1,
          verdict: 'matched',
          reason: '',
          otherInvoiceId: '',
          financeableNetMinor: 5_800_00n,
          taken: new Map([
            [1, 100n],
            [2, 40n],
          ]),
        },
        outcome: 'financed',
        outcomeReason: '',
      },
    ],
  ]),
  funds: new Map([
    [invoiceId, { version: 1, stands: true, missing: [], history: 'new-pair', evidence: from(5n, 'FundsChecked') }],
  ]),
  goods: [{ kind: 'received', id: 'acme/GR/1', orderLines: [1, 2], evidence: from(4n, 'OrderReceived') }],
  counts: new Map([
    [1, { delivered: 0n, received: 100n, returned: 0n }],
    [2, { delivered: 0n, received: 40n, returned: 0n }],
  ]),
  parties: { buyerId: acme, supplierId: borsig },
  events: [
    event('information', 1n, 'OrderSubmitted', '2026-02-20', orderId),
    event('information', 2n, 'OrderAccepted', '', orderId),
    event('information', 3n, 'OrderBilled', '2026-03-02', invoiceId),
    event('goods', 4n, 'OrderReceived', '2026-03-02', 'acme/GR/1'),
    event('funds', 5n, 'FundsChecked', '', invoiceId),
  ],
  picture: 'complete complete complete',
})

/** The same order as today's code keeps it. */
const today = () => {
  const desk = playing(tradeRules, orderId)
  desk.broadcast(programmeOpened())
  desk.hearAll([submitted(), accepted(), billed(), received(all), fundsStand(), outcome('ClaimFinanced')])
  return desk
}

describe('a trade from the archive of older code', () => {
  it('is kept as today’s code keeps it, and has its whole story to tell', () => {
    expect(tradeRules.upcastArchived!(older())).toEqual({ ...today().state(), untold: older().events })
  })

  it('goes on from there: a return breaks its goods, and its story is told once more', () => {
    // A sweep does not look into the archive.
    const initialState = () => tradeRules.upcastArchived!(older()) as Trade
    const goesOn = playing({ ...tradeRules, initialState, sweeps: () => false }, orderId)
    goesOn.broadcast(programmeOpened())
    const back = returned({ 1: 10n })
    const [told, ...others] = goesOn.hear(back)
    expect(others).toEqual([])
    expect(told).toMatchObject({ goods: 'broken', news: [...older().events, { type: 'OrderReturned' }] })
    expect({ ...told, news: [] }).toEqual({ ...today().hear(back)[0], news: [] })
  })

  it('keeps which orders an invoice of several bills, and who the parties are before the order is known', () => {
    const { order: _order, acceptance: _acceptance, ...unordered } = older()
    const orderIds = [orderId, 'acme/PO-2']
    const bill = { ...unordered.invoices.get(invoiceId)!, orderIds }
    const trade = { ...unordered, invoices: new Map([[invoiceId, bill]]) }
    expect(tradeRules.upcastArchived!(trade)).toMatchObject({
      parties: { buyerId: acme, supplierId: borsig },
      invoices: [{ orderIds }],
    })
  })

  it('is left alone when it is in today’s shape', () => {
    const trade = today().state()
    expect(tradeRules.upcastArchived!(trade)).toBe(trade)
  })
})
