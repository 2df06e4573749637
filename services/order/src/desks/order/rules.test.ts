/** The order desk's rules, as sentences. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { specification } from '@triflow/kernel/specification'
import { orderRules } from './rules.ts'
import type {
  AcceptOrder,
  AmendOrder,
  CancelOrder,
  OrderAccepted,
  OrderAmended,
  OrderCancelled,
  OrderCommand,
  OrderLine,
  OrderSubmitted,
  SubmitOrder,
} from './vocabulary.ts'

const id = 'wide-world/PO-1'
const { given } = specification(orderRules, id)

const pallets: OrderLine = { line: 1, sku: '77', description: 'Pallets', quantity: 10n, unitPriceMinor: 2_500n }
const straps: OrderLine = { line: 2, sku: '78', description: 'Straps', quantity: 200n, unitPriceMinor: 0n }

const submit: SubmitOrder = {
  type: 'SubmitOrder',
  orderId: id,
  buyerId: 'wide-world',
  supplierId: 'litware',
  number: 'po-1',
  issuedOn: '2026-01-05',
  currency: 'USD',
  lines: [pallets, straps],
  paymentTermDays: 30,
}
const submitted: OrderSubmitted = { ...submit, type: 'OrderSubmitted', version: 1 }

const amend: AmendOrder = {
  type: 'AmendOrder',
  orderId: id,
  version: 1,
  lines: [{ ...pallets, quantity: 8n }],
  reason: 'fewer pallets',
}
const amended: OrderAmended = { ...amend, type: 'OrderAmended', version: 2 }

const acceptVersion = (version: number): AcceptOrder => ({
  type: 'AcceptOrder',
  orderId: id,
  version,
  acceptedBy: 'Ada Litware',
})
const accepted: OrderAccepted = { ...acceptVersion(1), type: 'OrderAccepted' }

const cancel: CancelOrder = { type: 'CancelOrder', orderId: id, reason: 'warehouse closed' }
const cancelled: OrderCancelled = { ...cancel, type: 'OrderCancelled' }

describe('submitting an order', () => {
  it('makes version 1', () => given([]).when(submit).then([submitted]))

  it('takes the same order again without a fact, also when its number is typed otherwise or it was amended', () => {
    given([submitted]).when(submit).thenNothing()
    given([submitted])
      .when({ ...submit, number: ' PO-１' })
      .thenNothing()
    given([submitted, amended, accepted]).when(submit).thenNothing()
    given([submitted, cancelled]).when(submit).thenNothing()
  })

  it.each([
    { supplierId: 'adatum' },
    { issuedOn: '2026-01-06' },
    { currency: 'EUR' },
    { paymentTermDays: 60 },
    { lines: [pallets] },
    { lines: [pallets, { ...straps, quantity: 201n }] },
    { lines: [pallets, { ...straps, unitPriceMinor: 1n }] },
    { lines: [pallets, { ...straps, sku: '79' }] },
  ] satisfies Partial<SubmitOrder>[])('refuses other content under the same number: %o', (other) =>
    given([submitted])
      .when({ ...submit, ...other })
      .thenRejected('OrderAlreadySubmitted'),
  )

  it.each([
    [{ buyerId: 'Wide World' }, 'BuyerMalformed'],
    [{ supplierId: '' }, 'SupplierMalformed'],
    [{ supplierId: 'wide-world' }, 'BuyerIsSupplier'],
    [{ number: '#/ ' }, 'OrderNumberEmpty'],
    [{ number: 'PO-2' }, 'OrderIdMismatch'],
    [{ orderId: 'wide-world/po-1' }, 'OrderIdMismatch'],
    [{ currency: 'usd' }, 'CurrencyUnknown'],
    [{ issuedOn: '2026-02-29' }, 'DateInvalid'],
    [{ paymentTermDays: -1 }, 'PaymentTermInvalid'],
    [{ paymentTermDays: 366 }, 'PaymentTermInvalid'],
    [{ lines: [] }, 'LinesMissing'],
    [{ lines: Array.from({ length: 1_001 }, (_, n) => ({ ...pallets, line: n + 1 })) }, 'TooManyLines'],
    [{ lines: [{ ...pallets, line: 0 }] }, 'LineNumberInvalid'],
    [{ lines: [pallets, { ...straps, line: 1 }] }, 'LineRepeated'],
    [{ lines: [{ ...pallets, quantity: 0n }] }, 'QuantityNotPositive'],
    [{ lines: [{ ...pallets, unitPriceMinor: -1n }] }, 'PriceNegative'],
    [{ lines: [{ ...pallets, quantity: 10n ** 9n, unitPriceMinor: 10n ** 9n }] }, 'AmountTooLarge'],
  ] satisfies [Partial<SubmitOrder>, string][])('refuses %o as %s', (wrong, code) =>
    given([])
      .when({ ...submit, ...wrong })
      .thenRejected(code),
  )

  it('takes a thousand lines and lines that are free of charge', () => {
    const many = Array.from({ length: 1_000 }, (_, n) => ({ ...straps, line: n + 1 }))
    given([])
      .when({ ...submit, lines: many })
      .thenTypes(['OrderSubmitted'])
  })
})

describe('amending an order', () => {
  it('makes the next version, which needs acceptance again', () => {
    given([submitted]).when(amend).then([amended])
    given([submitted, accepted]).when(amend).then([amended])
    given([submitted, accepted, amended]).when(acceptVersion(2)).thenTypes(['OrderAccepted'])
  })

  it('refuses an amendment of a version that the buyer no longer has', () =>
    given([submitted, amended]).when(amend).thenRejected('StaleOrderVersion'))

  it('refuses wrong lines, no reason, an unknown and a cancelled order', () => {
    given([submitted])
      .when({ ...amend, lines: [] })
      .thenRejected('LinesMissing')
    given([submitted])
      .when({ ...amend, reason: ' ' })
      .thenRejected('ReasonMissing')
    given([]).when(amend).thenRejected('OrderUnknown')
    given([submitted, cancelled]).when(amend).thenRejected('OrderCancelled')
  })
})

describe('accepting an order', () => {
  it('accepts the current version', () => given([submitted]).when(acceptVersion(1)).then([accepted]))

  it('is nothing the second time', () => given([submitted, accepted]).when(acceptVersion(1)).thenNothing())

  it('refuses a version that was amended, and one that is not there yet', () => {
    given([submitted, amended]).when(acceptVersion(1)).thenRejected('StaleOrderVersion')
    given([submitted, accepted, amended]).when(acceptVersion(1)).thenRejected('StaleOrderVersion')
    given([submitted]).when(acceptVersion(2)).thenRejected('StaleOrderVersion')
  })

  it('refuses an unnamed accepter, an unknown and a cancelled order', () => {
    given([submitted])
      .when({ ...acceptVersion(1), acceptedBy: '' })
      .thenRejected('AccepterMissing')
    given([]).when(acceptVersion(1)).thenRejected('OrderUnknown')
    given([]).when(acceptVersion(0)).thenRejected('OrderUnknown')
    given([submitted, cancelled]).when(acceptVersion(1)).thenRejected('OrderCancelled')
  })
})

describe('cancelling an order', () => {
  it('cancels what is not accepted, and the order is done', () => {
    given([submitted]).when(cancel).then([cancelled])
    expect(orderRules.isClosed(given([submitted, cancelled]).state())).toBe(true)
    expect(orderRules.isClosed(given([submitted, accepted]).state())).toBe(false)
  })

  it('is nothing the second time', () => given([submitted, cancelled]).when(cancel).thenNothing())

  it('refuses when the current version is accepted, but not when only an earlier one was', () => {
    given([submitted, accepted]).when(cancel).thenRejected('OrderAlreadyAccepted')
    given([submitted, accepted, amended]).when(cancel).thenTypes(['OrderCancelled'])
  })

  it('refuses an unknown order and a missing reason', () => {
    given([]).when(cancel).thenRejected('OrderUnknown')
    given([submitted])
      .when({ ...cancel, reason: '' })
      .thenRejected('ReasonMissing')
  })
})

describe('any sequence of commands', () => {
  const version = fc.integer({ min: 0, max: 5 })
  const anything: fc.Arbitrary<OrderCommand> = fc.oneof(
    fc.constantFrom<OrderCommand>(submit, { ...submit, currency: 'EUR' }, cancel),
    version.map((v) => ({ ...amend, version: v })),
    version.map(acceptVersion),
  )

  it('keeps versions contiguous, accepts only the current one, and says nothing after a cancellation', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 40 }), (asked) => {
        let state = orderRules.initialState()
        const context = { key: id, at: 0, shared: {}, loaded: new Map() }
        let current = 0
        let isCancelled = false
        for (const command of asked) {
          for (const fact of orderRules.decide({ kind: 'command', commandId: 'c', command }, state, context).facts) {
            expect(isCancelled).toBe(false)
            if (fact.type === 'OrderSubmitted' || fact.type === 'OrderAmended') expect(fact.version).toBe(++current)
            if (fact.type === 'OrderAccepted') expect(fact.version).toBe(current)
            if (fact.type === 'OrderCancelled') isCancelled = true
            state = structuredClone(orderRules.evolve(state, fact))
          }
        }
      }),
      { numRuns: 300, seed: 20260105 },
    )
  })

  it('repeated at once, is accepted without a fact or refused', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 20 }), (asked) => {
        let state = orderRules.initialState()
        const context = { key: id, at: 0, shared: {}, loaded: new Map() }
        for (const command of asked) {
          const input = { kind: 'command' as const, commandId: 'c', command }
          for (const fact of orderRules.decide(input, state, context).facts)
            state = structuredClone(orderRules.evolve(state, fact))
          expect(orderRules.decide(input, state, context).facts).toEqual([])
        }
      }),
      { numRuns: 200, seed: 20260105 },
    )
  })
})
