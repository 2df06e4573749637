/** A backlog of facts as the order, logistics and payment desks would have said them, put on the topics that financing reads. */
import {
  broadcastTopic,
  deskEntry,
  encodeMessage,
  factsTopic,
  fullNameOf,
  partitionOfKey,
  toldBy,
} from '@triflow/contracts'
import { factRecord, deskId, type Log, type OutgoingRecord } from '@triflow/desk'
import { addDays, collectionAccountId, date } from '@triflow/kernel'

export interface BacklogPlan {
  readonly trades: number
  readonly desks: number
  readonly debtors: number
  readonly linesPerOrder: number
  /** Orders whose legs are interleaved: how far apart the flows of one trade arrive. */
  readonly window: number
}

interface Wire {
  readonly type: string
}

/** Says facts as one desk per (source, partition of the topic), numbered as the runtime numbers them. */
const speakers = (desks: number) => {
  const numbers = new Map<string, { number: number; last: Map<string, number> }>()
  return (source: string, topic: string, key: string, fact: Wire, only?: number): OutgoingRecord => {
    const keyBytes = Buffer.from(key)
    const partition = only ?? partitionOfKey(keyBytes, desks)
    const desk = deskId(source, deskEntry(source).partitions === 'one' ? 0 : partition)
    const said = numbers.get(desk) ?? { number: 0, last: new Map<string, number>() }
    numbers.set(desk, said)
    said.number += 1
    const place = `${topic}/${partition}`
    const previous = said.last.get(place) ?? 0
    said.last.set(place, said.number)
    return factRecord(desk, said.number, 0, 1_700_000_000_000, {
      topic,
      partition,
      key: keyBytes,
      number: BigInt(said.number),
      previous: BigInt(previous),
      type: fullNameOf(fact.type),
      value: encodeMessage(fact),
      traceparent: '',
      copy: false,
    })
  }
}

const issued = date('2026-03-02')
const programmeOf = (debtorId: string) => `programme-${debtorId}`

/** Yields records in the order in which they are to be appended. The last leg of each trade is its goods receipt. */
export function* backlog(plan: BacklogPlan): Generator<OutgoingRecord> {
  const say = speakers(plan.desks)
  const partitions = Array.from({ length: plan.desks }, (_, partition) => partition)
  const broadcast = function* (fact: Wire) {
    for (const partition of partitions) yield say('party.calendar', broadcastTopic, '', fact, partition)
  }
  yield* broadcast({ type: 'BusinessDayOpened', date: issued } as Wire)
  const debtors = Array.from({ length: plan.debtors }, (_, index) => `debtor-${index}`)
  for (const [index, debtorId] of debtors.entries()) {
    const programme = {
      programmeId: programmeOf(debtorId),
      debtorId,
      funderId: 'bench-bank',
      currency: 'CNY',
      limitMinor: 900_000_000_000_000n,
      advanceRateBps: 8_000,
      annualRateBps: 435,
      dayCountBasis: 360,
      penaltyRateBps: 653,
      goodsEvidence: 'receipt',
      acceptance: 'deemed',
      priceToleranceBps: 0,
      priceToleranceMinor: 0n,
      minTenorDays: 7,
      maxTenorDays: 180,
      suspenseAfterDays: 3,
      advanceBase: 'net',
    }
    yield* broadcast({ type: 'ProgrammeOpened', programme, policyVersion: BigInt(index + 1) } as Wire)
    yield say('party.party', toldBy('party.party', 'debtor'), debtorId, {
      type: 'SupplierEnrolled',
      supplierId: 'supplier-a',
      programmeId: programmeOf(debtorId),
      debtorId,
      termsReference: 'T-1',
      acceptedBy: 'Ada',
      acceptedOn: issued,
      accountNumber: 'CN1',
      accountVerified: true,
      accountName: 'Supplier A',
    } as Wire)
  }
  const legs: ((trade: number) => OutgoingRecord[])[] = [
    (trade) => orderLegs(say, plan, trade),
    (trade) => invoiceLegs(say, plan, trade),
    (trade) => fundsLeg(say, plan, trade),
    (trade) => goodsLeg(say, plan, trade),
  ]
  for (let from = 0; from < plan.trades; from += plan.window) {
    const to = Math.min(plan.trades, from + plan.window)
    for (const leg of legs) for (let trade = from; trade < to; trade++) yield* leg(trade)
  }
}

type Say = ReturnType<typeof speakers>

const partiesOf = (plan: BacklogPlan, trade: number) => {
  const debtorId = `debtor-${trade % plan.debtors}`
  const number = `PO-${String(trade).padStart(8, '0')}`
  return {
    debtorId,
    supplierId: 'supplier-a',
    orderId: `${debtorId}/${number}`,
    number,
    invoiceId: `supplier-a/INV-${trade}/${issued}`,
  }
}

const linesOf = (plan: BacklogPlan) =>
  Array.from({ length: plan.linesPerOrder }, (_, index) => ({
    line: index + 1,
    sku: `sku-${index + 1}`,
    quantity: BigInt(10 + index),
    unitPriceMinor: 1_250n,
  }))

const orderLegs = (say: Say, plan: BacklogPlan, trade: number): OutgoingRecord[] => {
  const { debtorId, supplierId, orderId, number } = partiesOf(plan, trade)
  const topic = factsTopic('order.order')
  const lines = linesOf(plan).map((line) => ({ ...line, description: '' }))
  return [
    say('order.order', topic, orderId, {
      type: 'OrderSubmitted',
      orderId,
      buyerId: debtorId,
      supplierId,
      number,
      issuedOn: issued,
      currency: 'CNY',
      lines,
      paymentTermDays: 60,
      version: 1,
    } as Wire),
    say('order.order', topic, orderId, { type: 'OrderAccepted', orderId, version: 1, acceptedBy: supplierId } as Wire),
  ]
}

const invoiceLegs = (say: Say, plan: BacklogPlan, trade: number): OutgoingRecord[] => {
  const { debtorId, supplierId, orderId, invoiceId } = partiesOf(plan, trade)
  const lines = linesOf(plan).map(({ line, sku, quantity, unitPriceMinor }) => ({
    line,
    orderId,
    orderLine: line,
    sku,
    quantity,
    unitPriceMinor,
    netMinor: quantity * unitPriceMinor,
  }))
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n)
  const taxMinor = (netMinor * 13n) / 100n
  const common = {
    invoiceId,
    supplierId,
    debtorId,
    number: `INV-${trade}`,
    issuedOn: issued,
    dueOn: addDays(issued, 60),
    currency: 'CNY',
    version: 1,
    orderIds: [orderId],
  }
  return [
    say('order.invoice', toldBy('order.invoice', 'debtor'), debtorId, {
      type: 'InvoiceIssued',
      ...common,
      netMinor,
      taxMinor,
      grossMinor: netMinor + taxMinor,
      lineCount: lines.length,
    } as Wire),
    say('order.invoice', toldBy('order.invoice', 'order'), orderId, {
      type: 'OrderBilled',
      ...common,
      orderId,
      lines,
    } as Wire),
  ]
}

const fundsLeg = (say: Say, plan: BacklogPlan, trade: number): OutgoingRecord[] => {
  const { debtorId, supplierId, orderId, invoiceId } = partiesOf(plan, trade)
  const accountId = collectionAccountId(supplierId, debtorId)
  return [
    say('payment.account', toldBy('payment.account', 'order'), orderId, {
      type: 'FundsChecked',
      orderId,
      invoiceId,
      invoiceVersion: 1,
      accountId,
      stands: true,
      missing: [],
      history: 'new-pair',
    } as Wire),
  ]
}

const goodsLeg = (say: Say, plan: BacklogPlan, trade: number): OutgoingRecord[] => {
  const { debtorId, supplierId, orderId } = partiesOf(plan, trade)
  const lines = linesOf(plan).map(({ line, sku, quantity }) => ({ orderId, orderLine: line, sku, quantity }))
  return [
    say('logistics.shipment', toldBy('logistics.shipment', 'order'), orderId, {
      type: 'OrderReceived',
      orderId,
      receiptId: `${debtorId}/GR/${trade}`,
      supplierId,
      buyerId: debtorId,
      receivedOn: issued,
      lines,
    } as Wire),
  ]
}

const BATCH = 4_000

/** Appends the backlog; returns how many records it holds. */
export const preload = async (log: Log, plan: BacklogPlan, onProgress: (done: number) => void): Promise<number> => {
  let batch: OutgoingRecord[] = []
  let done = 0
  const flush = async () => {
    let left = batch
    while (left.length > 0) {
      const named = new Set((await log.publish(left)).map((place) => `${place.topic}/${place.partition}`))
      left = left.filter((record) => !named.has(`${record.topic}/${record.partition}`))
    }
    done += batch.length
    batch = []
    onProgress(done)
  }
  for (const record of backlog(plan)) {
    batch.push(record)
    if (batch.length >= BATCH) await flush()
  }
  await flush()
  return done
}
