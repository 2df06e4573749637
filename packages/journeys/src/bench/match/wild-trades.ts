/** Facts of orders as wild as the wire allows, for holding another implementation of the trade desk against ours. */
import { factsTopic, toldBy } from '@triflow/contracts'
import type { OutgoingRecord } from '@triflow/desk'
import type { ProgrammeTerms } from '@triflow/financing/desks'
import { seeded, type Random } from '../../generator/random.ts'
import { speakers } from '../legs.ts'

interface Said {
  readonly source: string
  readonly topic: string
  readonly fact: { readonly type: string; readonly orderId: string }
}

const terms = (
  programmeId: string,
  debtorId: string,
  currency: string,
  goodsEvidence: string,
  priceToleranceBps: number,
  priceToleranceMinor: bigint,
): ProgrammeTerms => ({
  programmeId,
  debtorId,
  funderId: 'bank',
  currency,
  limitMinor: 1n,
  advanceRateBps: 8_000,
  annualRateBps: 435,
  dayCountBasis: 360,
  penaltyRateBps: 653,
  goodsEvidence,
  acceptance: 'deemed',
  priceToleranceBps,
  priceToleranceMinor,
  minTenorDays: 7,
  maxTenorDays: 180,
  suspenseAfterDays: 3,
  advanceBase: 'net',
})

/** Debtor a has two programmes that differ, b asks for deliveries, d's is unusable, e has none. */
export const wildProgrammes: readonly ProgrammeTerms[] = [
  terms('a1', 'a', 'CNY', 'receipt', 200, 1_000n),
  terms('a2', 'a', 'CNY', 'delivery', 100, 5n),
  terms('b1', 'b', 'CNY', 'delivery', 500, 100n),
  terms('b2', 'b', 'USD', 'receipt', 0, 0n),
  terms('c1', 'c', 'CNY', 'receipt', 0, 0n),
  terms('d1', 'd', 'CNY', 'nothing', 0, 0n),
]
const buyers = ['a', 'a', 'b', 'c', 'd', 'e']
const saidMissing = ['collection-account', 'payee-account', 'payee-hold', 'already-paid', 'something-else', 'another']

type Line = ReturnType<typeof orderedLines>[number]

const orderedLines = (random: Random) =>
  Array.from({ length: random.between(1, 4) }, (_, index) => ({
    line: index + 1,
    sku: `sku-${random.below(3)}`,
    description: '',
    quantity: BigInt(random.between(1, 12)),
    unitPriceMinor: BigInt(random.between(90, 3_000)),
  }))

const saidOfOrder = (random: Random, orderId: string, buyerId: string, lines: readonly Line[]): Said[] => {
  const said: Said[] = []
  const say = (fact: { type: string }) =>
    said.push({ source: 'order.order', topic: factsTopic('order.order'), fact: { orderId, ...fact } })
  const submitted = {
    type: 'OrderSubmitted',
    buyerId,
    supplierId: 's',
    number: orderId.slice(2),
    issuedOn: '2026-01-01',
    currency: random.chance(9_500) ? 'CNY' : 'USD',
    lines,
    paymentTermDays: 30,
    version: 1,
  }
  const version = random.chance(2_000) ? 2 : 1
  const amended = lines
    .map((line) => ({ ...line, quantity: line.quantity + BigInt(random.between(-1, 2)) }))
    .slice(0, random.between(1, lines.length))
  if (random.chance(9_500)) say(submitted)
  if (version === 2) say({ ...{ type: 'OrderAmended', reason: 'typo', lines: amended }, ...{ version } })
  if (random.chance(9_000)) say({ ...{ type: 'OrderAccepted', acceptedBy: 's' }, ...{ version } })
  if (random.chance(300)) say({ ...{ type: 'OrderCancelled', reason: 'fire' } })
  return said
}

const billedLines = (random: Random, orderId: string, ordered: readonly Line[]) =>
  Array.from({ length: random.between(1, ordered.length + 1) }, (_, index) => {
    const of = random.chance(8_500) ? (ordered[index] ?? ordered.at(-1)!) : random.pick(ordered)
    const quantity = random.chance(6_000) ? of.quantity : BigInt(random.between(0, 14))
    const unitPriceMinor = of.unitPriceMinor + (random.chance(7_000) ? 0n : BigInt(random.between(-10, 40)))
    return {
      line: index + 1,
      orderId,
      orderLine: random.chance(9_800) ? of.line : 9,
      sku: random.chance(9_800) ? of.sku : 'sku-unknown',
      quantity,
      unitPriceMinor,
      netMinor: quantity * unitPriceMinor - (random.chance(500) ? 1n : 0n),
    }
  })

/** Up to three invoices in up to two versions, and what the money side says of each. */
const saidOfInvoices = (random: Random, orderId: string, buyerId: string, ordered: readonly Line[]): Said[][] => {
  const bills: Said[] = []
  const funds: Said[] = []
  for (let left = random.pick([0, 1, 1, 1, 1, 2, 2, 3]); left > 0; left--) {
    // One number under several dates, written in several ways, is an invoice that was dated anew.
    const number = random.chance(2_000) ? random.pick(['inv 1', 'INV1', 'ＩＮＶ1']) : `INV-${left}`
    const issuedOn = `2026-02-0${random.between(1, 5)}`
    const invoiceId = `s/${left}/${issuedOn}`
    for (let version = 1; version <= (random.chance(1_500) ? 2 : 1); version++) {
      const bill = {
        ...{ type: 'OrderBilled', orderId, invoiceId, number, issuedOn, version },
        supplierId: random.chance(9_800) ? 's' : 'another',
        debtorId: random.chance(9_700) ? buyerId : 'a',
        dueOn: '2026-04-01',
        currency: random.chance(9_700) ? 'CNY' : 'USD',
        lines: billedLines(random, orderId, ordered),
        orderIds: random.chance(9_000) ? [orderId] : [orderId, 'x/PO-2'],
      }
      bills.push({ source: 'order.invoice', topic: toldBy('order.invoice', 'order'), fact: bill })
      for (let checks = random.pick([0, 1, 1, 1, 2]); checks > 0; checks--) {
        const stands = random.chance(7_500)
        const check = {
          ...{ type: 'FundsChecked', orderId, invoiceId, invoiceVersion: version, accountId: 's|a', stands },
          missing: stands ? [] : random.some(saidMissing, random.below(3)),
          history: 'new-pair',
        }
        funds.push({ source: 'payment.account', topic: toldBy('payment.account', 'order'), fact: check })
      }
    }
  }
  return [bills, funds]
}

const saidOfGoods = (random: Random, orderId: string, buyerId: string, ordered: readonly Line[]): Said[] => {
  const said: Said[] = []
  const say = (document: { type: string }, whole: number) => {
    const lines = ordered.flatMap(({ line, sku, quantity }) => {
      const part = random.chance(whole) ? quantity : random.chance(5_000) ? undefined : BigInt(random.below(9))
      if (part === undefined) return []
      return [{ orderId: random.chance(9_700) ? orderId : 'x/PO-3', orderLine: line, sku, quantity: part }]
    })
    const fact = { orderId, supplierId: 's', buyerId, lines, ...document }
    said.push({ source: 'logistics.shipment', topic: toldBy('logistics.shipment', 'order'), fact })
  }
  const carried = { carrierId: 'c', happenedOn: '2026-01-05' }
  for (let left = random.below(3); left > 0; left--) {
    say({ ...{ type: 'OrderShipped', shipmentId: `SH-${left}` }, ...carried }, 10_000)
    say({ ...{ type: 'OrderDelivered', shipmentId: `SH-${random.below(2)}`, evidenceTier: 1 }, ...carried }, 6_000)
  }
  for (let left = random.pick([0, 1, 1, 1, 2]); left > 0; left--)
    say({ ...{ type: 'OrderReceived', receiptId: `GR-${random.below(3)}`, receivedOn: '2026-01-07' } }, 6_500)
  if (random.chance(1_500)) say({ ...{ type: 'OrderReturned', returnId: 'RT-1', returnedOn: '2026-01-09' } }, 1_000)
  return said
}

/** Facts of so many orders in any order but that in which each desk said its own, some of them repeated: the same object again. */
export const wildTrades = (seed: number, orders: number): readonly OutgoingRecord[] => {
  const random = seeded(seed)
  const say = speakers(4)
  const streams = Array.from({ length: orders }, (_, order) => {
    const buyerId = random.pick(buyers)
    const orderId = `${buyerId}/PO-${order}`
    const lines = orderedLines(random)
    return [
      saidOfOrder(random, orderId, buyerId, lines),
      ...saidOfInvoices(random, orderId, buyerId, lines),
      saidOfGoods(random, orderId, buyerId, lines),
    ]
  })
    .flat()
    .filter((stream) => stream.length > 0)
  const records: OutgoingRecord[] = []
  while (streams.length > 0) {
    const at = random.below(streams.length)
    const { source, topic, fact } = streams[at]!.shift()!
    records.push(say(source, topic, fact.orderId, fact))
    if (random.chance(300)) records.push(records[records.length - 1 - random.below(Math.min(50, records.length))]!)
    if (streams[at]!.length === 0) streams.splice(at, 1)
  }
  return records
}
