/** Facts as the party, order, logistics and payment desks would have said them: the terms, and the six legs of a trade. */
import {
  broadcastTopic,
  deskEntry,
  encodeMessage,
  factsTopic,
  fullNameOf,
  partitionOfKey,
  toldBy,
} from '@triflow/contracts'
import { factRecord, deskId, type OutgoingRecord } from '@triflow/desk'
import { addDays, collectionAccountId, date } from '@triflow/kernel'

/** What all trades of a run have in common. */
export interface TradeShape {
  readonly desks: number
  readonly debtors: number
  readonly linesPerOrder: number
  /** Share of the trades that the first debtor has, 1 to 99, spread evenly; all debtors alike when left out. */
  readonly hotPercent?: number
}

/** In the order in which an undisturbed trade says them; an acceptance never comes before its order. */
export const legs = ['order', 'acceptance', 'invoice', 'billing', 'funds', 'goods'] as const
export type Leg = (typeof legs)[number]

interface Wire {
  readonly type: string
}

type Numbers = Map<string, { number: number; last: Map<string, number> }>

export interface Say {
  (source: string, topic: string, key: string, fact: Wire, only?: number): OutgoingRecord
  /** Goes on from here, whatever this one says later: for a log that is put back to what it held now. */
  fork(): Say
}

/** Says facts as one desk per (source, partition of the topic), numbered as the runtime numbers them: in the order of the calls. */
export const speakers = (desks: number, numbers: Numbers = new Map()): Say => {
  const say = (source: string, topic: string, key: string, fact: Wire, only?: number): OutgoingRecord => {
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
  const fork = () =>
    speakers(desks, new Map([...numbers].map(([desk, { number, last }]) => [desk, { number, last: new Map(last) }])))
  return Object.assign(say, { fork })
}

const issued = date('2026-03-02')
const tenorDays = 60
/** No claim ever waits for it. */
const ampleMinor = 900_000_000_000_000n
const price = { advanceRateBps: 8_000, annualRateBps: 435, dayCountBasis: 360 }

const programmeOf = (debtorId: string) => `programme-${debtorId}`
export const debtorNamed = (index: number) => `debtor-${index}`
export const debtorNumbered = (debtorId: string): number => Number(debtorId.slice('debtor-'.length))
/** A programme's limit, by the number of its debtor. */
export type Limits = (debtor: number) => bigint

/** The first business day, a programme for each debtor, and the supplier's consent to it. */
export function* terms(say: Say, shape: TradeShape, limits: Limits = () => ampleMinor): Generator<OutgoingRecord> {
  const broadcast = function* (fact: Wire) {
    for (let partition = 0; partition < shape.desks; partition++)
      yield say('party.calendar', broadcastTopic, '', fact, partition)
  }
  yield* broadcast({ type: 'BusinessDayOpened', date: issued } as Wire)
  for (let index = 0; index < shape.debtors; index++) {
    const debtorId = debtorNamed(index)
    const programme = {
      programmeId: programmeOf(debtorId),
      debtorId,
      funderId: 'bench-bank',
      currency: 'CNY',
      limitMinor: limits(index),
      ...price,
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
}

/** Coprime with 100: spreads the hot debtor's trades among those of the others. */
const STRIDE = 37

/** Whose trade it is, by the debtor's number. */
export const debtorOf = ({ debtors, hotPercent }: TradeShape, trade: number): number => {
  if (hotPercent === undefined) return trade % debtors
  return (trade * STRIDE) % 100 < hotPercent ? 0 : 1 + (trade % (debtors - 1))
}

const partiesOf = (shape: TradeShape, trade: number) => {
  const debtorId = debtorNamed(debtorOf(shape, trade))
  const number = `PO-${String(trade).padStart(8, '0')}`
  return {
    debtorId,
    supplierId: 'supplier-a',
    orderId: `${debtorId}/${number}`,
    number,
    invoiceId: `supplier-a/INV-${trade}/${issued}`,
  }
}

/** As ordered. Prices differ from trade to trade, so that one trade's amount cannot pass for another's. */
export const linesOf = (shape: TradeShape, trade: number) =>
  Array.from({ length: shape.linesPerOrder }, (_, index) => ({
    line: index + 1,
    sku: `sku-${index + 1}`,
    quantity: BigInt(10 + index),
    unitPriceMinor: 1_250n + BigInt(trade % 997),
  }))

/** One line on which the flows of a trade disagree: billed dearer than ordered, billed more than ordered, received less than billed. */
export interface Conflict {
  readonly about: 'price' | 'billed' | 'received'
  /** Counted from 1. */
  readonly line: number
  readonly by: bigint
}

const billedLinesOf = (shape: TradeShape, trade: number, conflict?: Conflict) =>
  linesOf(shape, trade).map(({ line, sku, quantity, unitPriceMinor }) => {
    const off = conflict?.line === line ? conflict : undefined
    const billed = {
      line,
      sku,
      quantity: off?.about === 'billed' ? quantity + off.by : quantity,
      unitPriceMinor: off?.about === 'price' ? unitPriceMinor + off.by : unitPriceMinor,
    }
    return { ...billed, netMinor: billed.quantity * billed.unitPriceMinor }
  })

const netOf = (shape: TradeShape, trade: number, conflict?: Conflict): bigint =>
  billedLinesOf(shape, trade, conflict).reduce((sum, { netMinor }) => sum + netMinor, 0n)

export interface Financing {
  readonly advanceMinor: bigint
  readonly payoutMinor: bigint
}

/** What the decision must come to, by the programme's terms and nothing else: net × rate, less ACT/360 to the due date, both rounded down. */
export const financingOf = (shape: TradeShape, trade: number): Financing => {
  const advanceMinor = (netOf(shape, trade) * BigInt(price.advanceRateBps)) / 10_000n
  const discountMinor =
    (advanceMinor * BigInt(price.annualRateBps * tenorDays)) / (10_000n * BigInt(price.dayCountBasis))
  return { advanceMinor, payoutMinor: advanceMinor - discountMinor }
}

/** The same for each of these trades, by what decisions call it. */
export const financingsOf = (shape: TradeShape, trades: Iterable<number>): Map<string, Financing> =>
  new Map([...trades].map((trade) => [invoiceIdOf(shape, trade), financingOf(shape, trade)]))

/** What decisions call the trade by. */
export const invoiceIdOf = (shape: TradeShape, trade: number): string => partiesOf(shape, trade).invoiceId
export const orderIdOf = (shape: TradeShape, trade: number): string => partiesOf(shape, trade).orderId

/** The trade that an order belongs to; undefined for an order that no run has. */
export const tradeOf = (shape: TradeShape, orderId: string): number | undefined => {
  const trade = Number(/\/PO-([0-9]{8,})$/.exec(orderId)?.[1] ?? NaN)
  return Number.isSafeInteger(trade) && orderIdOf(shape, trade) === orderId ? trade : undefined
}

/** Which desks judge the trade: that of its order and that of its debtor. */
export const desksOf = (shape: TradeShape, trade: number): { trade: number; obligor: number } => {
  const { orderId, debtorId } = partiesOf(shape, trade)
  return {
    trade: partitionOfKey(Buffer.from(orderId), shape.desks),
    obligor: partitionOfKey(Buffer.from(debtorId), shape.desks),
  }
}

/** One leg of a trade, said now. */
export const sayLeg = (say: Say, shape: TradeShape, trade: number, leg: Leg, conflict?: Conflict): OutgoingRecord =>
  sayings[leg](say, shape, trade, conflict)

const invoiceOf = (shape: TradeShape, trade: number) => {
  const { debtorId, supplierId, orderId, invoiceId } = partiesOf(shape, trade)
  return {
    invoiceId,
    supplierId,
    debtorId,
    number: `INV-${trade}`,
    issuedOn: issued,
    dueOn: addDays(issued, tenorDays),
    currency: 'CNY',
    version: 1,
    orderIds: [orderId],
  }
}

type Saying = (say: Say, shape: TradeShape, trade: number, conflict?: Conflict) => OutgoingRecord

const sayings: Readonly<Record<Leg, Saying>> = {
  order: (say, shape, trade) => {
    const { debtorId, supplierId, orderId, number } = partiesOf(shape, trade)
    return say('order.order', factsTopic('order.order'), orderId, {
      type: 'OrderSubmitted',
      orderId,
      buyerId: debtorId,
      supplierId,
      number,
      issuedOn: issued,
      currency: 'CNY',
      lines: linesOf(shape, trade).map((line) => ({ ...line, description: '' })),
      paymentTermDays: tenorDays,
      version: 1,
    } as Wire)
  },

  acceptance: (say, shape, trade) => {
    const { supplierId, orderId } = partiesOf(shape, trade)
    return say('order.order', factsTopic('order.order'), orderId, {
      type: 'OrderAccepted',
      orderId,
      version: 1,
      acceptedBy: supplierId,
    } as Wire)
  },

  invoice: (say, shape, trade, conflict) => {
    const netMinor = netOf(shape, trade, conflict)
    const taxMinor = (netMinor * 13n) / 100n
    return say('order.invoice', toldBy('order.invoice', 'debtor'), partiesOf(shape, trade).debtorId, {
      type: 'InvoiceIssued',
      ...invoiceOf(shape, trade),
      netMinor,
      taxMinor,
      grossMinor: netMinor + taxMinor,
      lineCount: shape.linesPerOrder,
    } as Wire)
  },

  billing: (say, shape, trade, conflict) => {
    const { orderId } = partiesOf(shape, trade)
    const lines = billedLinesOf(shape, trade, conflict).map((line) => ({ ...line, orderId, orderLine: line.line }))
    return say('order.invoice', toldBy('order.invoice', 'order'), orderId, {
      type: 'OrderBilled',
      ...invoiceOf(shape, trade),
      orderId,
      lines,
    } as Wire)
  },

  funds: (say, shape, trade) => {
    const { debtorId, supplierId, orderId, invoiceId } = partiesOf(shape, trade)
    return say('payment.account', toldBy('payment.account', 'order'), orderId, {
      type: 'FundsChecked',
      orderId,
      invoiceId,
      invoiceVersion: 1,
      accountId: collectionAccountId(supplierId, debtorId),
      stands: true,
      missing: [],
      history: 'new-pair',
    } as Wire)
  },

  goods: (say, shape, trade, conflict) => {
    const { debtorId, supplierId, orderId } = partiesOf(shape, trade)
    return say('logistics.shipment', toldBy('logistics.shipment', 'order'), orderId, {
      type: 'OrderReceived',
      orderId,
      receiptId: `${debtorId}/GR/${trade}`,
      supplierId,
      buyerId: debtorId,
      receivedOn: issued,
      lines: linesOf(shape, trade).map(({ line, sku, quantity }) => ({
        orderId,
        orderLine: line,
        sku,
        quantity: conflict?.about === 'received' && conflict.line === line ? quantity - conflict.by : quantity,
      })),
    } as Wire)
  },
}
