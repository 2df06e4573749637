/** The shipment desk's rules, as sentences. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { specification } from '@triflow/kernel/specification'
import { mostMoves } from './movement.ts'
import { shipmentRules } from './rules.ts'
import {
  eventKinds,
  type BookShipment,
  type EventKind,
  type GoodsLine,
  type GoodsReceived,
  type GoodsReturned,
  type RecordGoodsReceipt,
  type RecordReturn,
  type RecordShipmentEvent,
  type ShipmentBooked,
  type ShipmentFact,
  type ShipmentMoved,
} from './vocabulary.ts'

const shipmentKey = 'northwind/WB-9'
const { given } = specification(shipmentRules, shipmentKey)

const pallets: GoodsLine = { orderId: 'wide-world/PO-2', orderLine: 1, sku: '77', quantity: 10n }
const straps: GoodsLine = { orderId: 'wide-world/PO-1', orderLine: 3, sku: '78', quantity: 200n }
const crates: GoodsLine = { orderId: 'wide-world/PO-2', orderLine: 2, sku: '79', quantity: 1n }
const manyOrders = Array.from({ length: 101 }, (_, n) => ({ ...pallets, orderId: `wide-world/PO-${n}` }))
const manyLines = Array.from({ length: 1_001 }, (_, n) => ({ ...pallets, orderLine: n + 1 }))

const parties = { supplierId: 'litware', buyerId: 'wide-world' }
const book: BookShipment = {
  type: 'BookShipment',
  shipmentId: shipmentKey,
  carrierId: 'northwind',
  ...parties,
  number: 'wb-9',
  bookedOn: '2026-01-20',
  lines: [crates, straps, pallets],
}
const booked: ShipmentBooked = { ...book, type: 'ShipmentBooked' }

const proof = 'ab'.repeat(32)
const event = (kind: string, happenedOn: string, more: Partial<RecordShipmentEvent> = {}): RecordShipmentEvent => ({
  type: 'RecordShipmentEvent',
  shipmentId: shipmentKey,
  carrierId: 'northwind',
  kind,
  happenedOn,
  evidenceTier: 0,
  place: '',
  signedBy: '',
  proofSha256: '',
  ...more,
})
const moved = (kind: EventKind, happenedOn: string, more: Partial<RecordShipmentEvent> = {}): ShipmentMoved => ({
  ...event(kind, happenedOn, more),
  type: 'ShipmentMoved',
  kind,
})
const pickedUp = moved('picked-up', '2026-01-21')
const inTransit = moved('in-transit', '2026-01-22', { place: 'Halle' })
const delivered = moved('delivered', '2026-01-23')

describe('booking a shipment', () => {
  it('books it as it was said', () => given([]).when(book).then([booked]))

  it('takes the same booking again without a fact, also with its number or lines arranged otherwise', () => {
    given([booked]).when(book).thenNothing()
    given([booked])
      .when({ ...book, number: 'WB-９', lines: [pallets, crates, straps] })
      .thenNothing()
    given([booked, pickedUp, delivered]).when(book).thenNothing()
  })

  it.each([
    { supplierId: 'adatum' },
    { bookedOn: '2026-01-21' },
    { lines: [pallets] },
  ] satisfies Partial<BookShipment>[])('refuses another booking under its number: %o', (other) =>
    given([booked])
      .when({ ...book, ...other })
      .thenRejected('ShipmentAlreadyBooked'),
  )

  it.each([
    [{ carrierId: 'Northwind Ltd' }, 'CarrierMalformed'],
    [{ number: '//' }, 'NumberEmpty'],
    [{ number: 'WB-8' }, 'ShipmentIdMismatch'],
    [{ carrierId: 'other-carrier' }, 'ShipmentIdMismatch'],
    [{ buyerId: '' }, 'BuyerMalformed'],
    [{ supplierId: '' }, 'SupplierMalformed'],
    [{ buyerId: 'litware' }, 'BuyerIsSupplier'],
    [{ supplierId: 'northwind' }, 'CarrierIsSeller'],
    [{ bookedOn: '2026-01-32' }, 'DateInvalid'],
    [{ lines: [] }, 'LinesMissing'],
    [{ lines: manyLines }, 'TooManyLines'],
    [{ lines: manyOrders }, 'TooManyOrders'],
    [{ lines: [{ ...pallets, orderId: 'PO-2' }] }, 'LineNamesNoOrder'],
    [{ lines: [{ ...pallets, orderId: 'wide-world/po-2' }] }, 'LineNamesNoOrder'],
    [{ lines: [{ ...pallets, orderLine: 0 }] }, 'LineNamesNoOrder'],
    [{ lines: [pallets, { ...pallets, quantity: 1n }] }, 'LineRepeated'],
    [{ lines: [{ ...pallets, quantity: 0n }] }, 'QuantityNotPositive'],
    [{ lines: [{ ...pallets, quantity: -1n }] }, 'QuantityNegative'],
  ] satisfies [Partial<BookShipment>, string][])('refuses %o as %s', (wrong, code) =>
    given([])
      .when({ ...book, ...wrong })
      .thenRejected(code),
  )
})

describe('a shipment’s movements', () => {
  const { type: _type, kind: _kind, evidenceTier: _tier, place: _place, signedBy: _by, ...rest } = pickedUp
  const { proofSha256: _proof, ...where } = rest

  it('tell each order that its goods were picked up, orders and lines sorted', () =>
    given([booked])
      .when(event('picked-up', '2026-01-21'))
      .then([
        pickedUp,
        { type: 'OrderShipped', orderId: 'wide-world/PO-1', ...where, ...parties, lines: [straps] },
        { type: 'OrderShipped', orderId: 'wide-world/PO-2', ...where, ...parties, lines: [pallets, crates] },
      ]))

  it('tell each order of the delivery, with the tier of its proof', () => {
    const shown = { evidenceTier: 2, place: 'Dock 4', signedBy: 'Kim', proofSha256: proof }
    const told = {
      shipmentId: shipmentKey,
      carrierId: 'northwind',
      happenedOn: '2026-01-23',
      evidenceTier: 2,
      ...parties,
    }
    given([booked, pickedUp, inTransit])
      .when(event('delivered', '2026-01-23', shown))
      .then([
        moved('delivered', '2026-01-23', shown),
        { type: 'OrderDelivered', orderId: 'wide-world/PO-1', ...told, lines: [straps] },
        { type: 'OrderDelivered', orderId: 'wide-world/PO-2', ...told, lines: [pallets, crates] },
      ])
  })

  it('on the way are told to nobody else, and there may be many', () => {
    given([booked, pickedUp])
      .when(event('in-transit', '2026-01-22', { place: 'Halle' }))
      .then([inTransit])
    given([booked, pickedUp, inTransit])
      .when(event('in-transit', '2026-01-22', { place: 'Kassel' }))
      .thenTypes(['ShipmentMoved'])
  })

  it('may skip what the carrier did not tell', () => {
    given([booked])
      .when(event('delivered', '2026-01-23'))
      .thenTypes(['ShipmentMoved', 'OrderDelivered', 'OrderDelivered'])
    given([booked]).when(event('in-transit', '2026-01-23')).thenTypes(['ShipmentMoved'])
  })

  it('told again are nothing, also when the shipment is further', () => {
    given([booked, pickedUp]).when(event('picked-up', '2026-01-21')).thenNothing()
    given([booked, pickedUp, inTransit, delivered]).when(event('picked-up', '2026-01-21')).thenNothing()
    given([booked, pickedUp, inTransit, delivered]).when(event('delivered', '2026-01-23')).thenNothing()
  })

  it('never go backwards, neither in kind nor in time', () => {
    given([booked, inTransit]).when(event('picked-up', '2026-01-22')).thenRejected('ShipmentEventOutOfOrder')
    given([booked, delivered]).when(event('in-transit', '2026-01-24')).thenRejected('ShipmentEventOutOfOrder')
    given([booked, pickedUp]).when(event('delivered', '2026-01-20')).thenRejected('ShipmentEventOutOfOrder')
  })

  it('pick up and deliver once', () => {
    given([booked, pickedUp]).when(event('picked-up', '2026-01-22')).thenRejected('ShipmentEventConflicts')
    given([booked, delivered]).when(event('delivered', '2026-01-24')).thenRejected('ShipmentEventConflicts')
  })

  it('are told by the shipment’s carrier only', () => {
    given([booked])
      .when(event('picked-up', '2026-01-21', { carrierId: 'litware' }))
      .thenRejected('NotTheCarrier')
    given([]).when(event('picked-up', '2026-01-21')).thenRejected('ShipmentUnknown')
  })

  it.each([
    [event('lost', '2026-01-21'), 'EventKindUnknown'],
    [event('delivered', 'yesterday'), 'DateInvalid'],
    [event('delivered', '2026-01-23', { evidenceTier: 4 }), 'EvidenceTierUnknown'],
    [event('delivered', '2026-01-23', { evidenceTier: -1 }), 'EvidenceTierUnknown'],
    [event('delivered', '2026-01-23', { evidenceTier: 1 }), 'ProofMissing'],
    [event('delivered', '2026-01-23', { proofSha256: 'abc' }), 'ProofMalformed'],
    [event('delivered', '2026-01-23', { evidenceTier: 2, proofSha256: proof }), 'PlaceMissing'],
  ] satisfies [RecordShipmentEvent, string][])('refuse %o as %s', (wrong, code) =>
    given([booked]).when(wrong).thenRejected(code),
  )

  it('are bounded in number', () => {
    const many = Array.from({ length: mostMoves }, (_, n) => moved('in-transit', '2026-01-22', { place: `km ${n}` }))
    given([booked, ...many])
      .when(event('in-transit', '2026-01-22'))
      .thenRejected('TooManyShipmentEvents')
  })

  it('end with the delivery, and the shipment is done', () => {
    expect(shipmentRules.isClosed(given([booked, pickedUp]).state())).toBe(false)
    expect(shipmentRules.isClosed(given([booked, delivered]).state())).toBe(true)
  })

  it('tell every order at most once of pick-up and of delivery, and never of a pick-up after the delivery', () => {
    const anyEvent = fc.tuple(fc.constantFrom(...eventKinds), fc.integer({ min: 1, max: 5 }))
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 25 }), (asked) => {
        let state = given([booked]).state()
        const context = { key: shipmentKey, at: 0, shared: {}, loaded: new Map() }
        const told: string[] = []
        for (const [kind, day] of asked) {
          const command = event(kind, `2026-01-2${day}`)
          const { facts } = shipmentRules.decide({ kind: 'command', commandId: 'c', command }, state, context)
          for (const fact of facts) {
            state = structuredClone(shipmentRules.evolve(state, fact))
            if ('orderId' in fact) told.push(`${fact.type} ${fact.orderId}`)
          }
        }
        expect(new Set(told).size).toBe(told.length)
        const firstDelivery = told.findIndex((text) => text.startsWith('OrderDelivered'))
        if (firstDelivery >= 0)
          expect(told.slice(firstDelivery).every((text) => text.startsWith('OrderDelivered'))).toBe(true)
      }),
      { numRuns: 200, seed: 20260120 },
    )
  })
})

describe('recording a goods receipt', () => {
  const receiptKey = 'wide-world/GR/4711'
  const at = specification(shipmentRules, receiptKey)
  const record: RecordGoodsReceipt = {
    type: 'RecordGoodsReceipt',
    receiptId: receiptKey,
    ...parties,
    number: '4711',
    receivedOn: '2026-01-24',
    lines: [crates, straps, pallets],
    shipmentId: shipmentKey,
  }
  const received: GoodsReceived = { ...record, type: 'GoodsReceived' }
  const told = { receiptId: receiptKey, ...parties, receivedOn: '2026-01-24' }
  const facts: ShipmentFact[] = [
    received,
    { type: 'OrderReceived', orderId: 'wide-world/PO-1', ...told, lines: [straps] },
    { type: 'OrderReceived', orderId: 'wide-world/PO-2', ...told, lines: [pallets, crates] },
  ]

  it('tells each order what of it was received, and is done at once', () => {
    at.given([]).when(record).then(facts)
    expect(shipmentRules.isClosed(at.given(facts).state())).toBe(true)
  })

  it('stands without a shipment, and may say that nothing of a line arrived', () =>
    at
      .given([])
      .when({ ...record, shipmentId: '', lines: [{ ...pallets, quantity: 0n }] })
      .thenTypes(['GoodsReceived', 'OrderReceived']))

  it('takes the same receipt again without a fact, and refuses another one under its number', () => {
    at.given(facts).when(record).thenNothing()
    at.given(facts)
      .when({ ...record, number: ' 4711' })
      .thenNothing()
    at.given(facts)
      .when({ ...record, lines: [{ ...pallets, quantity: 9n }] })
      .thenRejected('GoodsReceiptConflicts')
    at.given(facts)
      .when({ ...record, receivedOn: '2026-01-25' })
      .thenRejected('GoodsReceiptConflicts')
  })

  it.each([
    [{ buyerId: '' }, 'BuyerMalformed'],
    [{ supplierId: 'wide-world' }, 'BuyerIsSupplier'],
    [{ number: '-' }, 'ReceiptIdMismatch'],
    [{ number: '' }, 'NumberEmpty'],
    [{ receivedOn: '' }, 'DateInvalid'],
    [{ lines: [] }, 'LinesMissing'],
    [{ lines: [{ ...pallets, quantity: -1n }] }, 'QuantityNegative'],
  ] satisfies [Partial<RecordGoodsReceipt>, string][])('refuses %o as %s', (wrong, code) =>
    at
      .given([])
      .when({ ...record, ...wrong })
      .thenRejected(code),
  )
})

describe('recording a return', () => {
  const returnKey = 'wide-world/RT/1'
  const at = specification(shipmentRules, returnKey)
  const record: RecordReturn = {
    type: 'RecordReturn',
    returnId: returnKey,
    ...parties,
    returnedOn: '2026-01-30',
    lines: [crates],
    reason: 'broken',
  }
  const returned: GoodsReturned = { ...record, type: 'GoodsReturned' }
  const told = { returnId: returnKey, ...parties, returnedOn: '2026-01-30' }

  it('tells each order what of it went back, and is done at once', () => {
    at.given([])
      .when(record)
      .then([returned, { type: 'OrderReturned', orderId: 'wide-world/PO-2', ...told, lines: [crates] }])
    expect(shipmentRules.isClosed(at.given([returned]).state())).toBe(true)
  })

  it('takes the same return again without a fact, and refuses another one under its id', () => {
    at.given([returned]).when(record).thenNothing()
    at.given([returned])
      .when({ ...record, reason: 'late' })
      .thenRejected('ReturnConflicts')
  })

  it.each([
    [{ returnId: 'adatum/RT/1' }, 'ReturnIdMismatch'],
    [{ returnId: 'wide-world/' }, 'ReturnIdMismatch'],
    [{ returnedOn: '' }, 'DateInvalid'],
    [{ reason: ' ' }, 'ReasonMissing'],
    [{ lines: [{ ...crates, quantity: 0n }] }, 'QuantityNotPositive'],
  ] satisfies [Partial<RecordReturn>, string][])('refuses %o as %s', (wrong, code) =>
    at
      .given([])
      .when({ ...record, ...wrong })
      .thenRejected(code),
  )

  it('does not take an id that a receipt or a shipment has', () => {
    const receipt: GoodsReceived = {
      type: 'GoodsReceived',
      receiptId: returnKey,
      ...parties,
      number: '1',
      receivedOn: '2026-01-24',
      lines: [crates],
      shipmentId: '',
    }
    at.given([receipt]).when(record).thenRejected('IdOfOtherDocument')
  })
})
