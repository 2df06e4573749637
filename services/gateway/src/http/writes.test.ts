/** Single wishes over HTTP: what is handed to the services, and how their outcomes are told. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { operations } from '../doors/table.ts'
import type { WriteOperation } from '../doors/operation.ts'
import { acme, blitz, nordbank, nordwind, openWorld, operator, tradeOfAcme, type World } from '../testing.ts'
import type { Actor } from './authorise.ts'

let world: World
beforeAll(async () => void (world = await openWorld()))
beforeEach(() => {
  world.fake.forget()
  tradeOfAcme(world)
})
afterAll(() => world.close())

const doer = (operation: WriteOperation): Actor => {
  const area = operation.action.split('.')[0]!
  if (operation.action === 'order.accept' || operation.action === 'programme.enrol') return nordwind
  if (
    operation.action === 'invoice.issue' ||
    operation.action === 'invoice.credit' ||
    operation.action === 'bank-account.register' ||
    area === 'webhook'
  )
    return nordwind
  if (area === 'order' || area === 'goods-receipt' || area === 'return' || area === 'invoice') return acme
  if (area === 'shipment') return blitz
  if (operation.action === 'party.register' || operation.action === 'business-day.open') return operator
  return nordbank
}

const pathOf = (operation: WriteOperation): string =>
  operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(operation.example.params[name]!))

const order = operations.find((operation) => operation.path === '/v1/orders') as WriteOperation
const writes = operations.filter((operation): operation is WriteOperation => operation.kind === 'write')

describe('every door that takes a wish', () => {
  it.each(writes.map((operation) => [operation.path, operation] as const))(
    '%s takes its own example',
    async (_path, operation) => {
      const response = await world.post(
        doer(operation),
        pathOf(operation),
        operation.example.body,
        {},
        operation.method.toUpperCase(),
      )
      const body = (await response.json()) as Record<string, unknown>
      expect(body).toMatchObject({ status: 'accepted' })
      expect(response.status).toBe(operation.method === 'put' ? 200 : 201)
      expect(response.headers.get('triflow-position')).toBe(body['position'])
      const submitted = world.fake.submitted.at(-1)!
      expect(submitted.actor).toBe(doer(operation).partyId)
      expect(submitted.route).toBe(`${operation.method.toUpperCase()} ${operation.path}`)
      expect(submitted.key).not.toBe('')
    },
  )
})

describe('an order', () => {
  it('becomes the command of the order desk, with its id normalised and amounts in minor units', async () => {
    const response = await world.post(acme, '/v1/orders', { ...order.example.body, number: ' po-４７１１ ' })
    expect(response.status).toBe(201)
    expect(response.headers.get('location')).toBe('/v1/orders/acme-motors/PO-4711')
    expect(await response.json()).toMatchObject({ id: 'acme-motors/PO-4711', position: 'order.order-00#1' })
    expect(world.fake.submitted[0]).toMatchObject({
      desk: 'order.order',
      key: 'acme-motors/PO-4711',
      type: 'triflow.order.v1.SubmitOrder',
    })
    expect(world.fake.last()).toMatchObject({
      orderId: 'acme-motors/PO-4711',
      number: ' po-４７１１ ',
      paymentTermDays: 60,
      lines: [{ line: 1, quantity: 400n, unitPriceMinor: 4250n }, { line: 2 }],
    })
  })

  it('is answered with 202, a place and a time to ask again while its outcome is not known', async () => {
    world.fake.answers(() => ({ status: 'pending', position: '' }))
    const response = await world.post(acme, '/v1/orders', order.example.body)
    expect(response.status).toBe(202)
    expect(response.headers.get('retry-after')).toBe('1')
    expect(response.headers.get('location')).toBe('/v1/orders/acme-motors/PO-4711')
  })

  it.each([
    ['OrderAlreadySubmitted', 409],
    ['CurrencyUnknown', 422],
    ['SomethingNobodyListed', 409],
  ])('that the desk rejects with %s is answered with %i and the code', async (code, status) => {
    world.fake.answers(() => ({ status: 'rejected', code, detail: 'because' }))
    const response = await world.post(acme, '/v1/orders', order.example.body)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(await response.json()).toMatchObject({ status, code, detail: 'because', instance: '/v1/orders' })
  })

  it('gets 503 and a time to come back when the service is down, and says which', async () => {
    world.fake.down.add('order')
    const response = await world.post(acme, '/v1/orders', order.example.body)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await response.json()).toMatchObject({ code: 'Unavailable' })
  })

  it('gets 503 when the service says that it cannot take it', async () => {
    world.fake.answers(() => ({ status: 'unavailable' }))
    expect((await world.post(acme, '/v1/orders', order.example.body)).status).toBe(503)
  })
})

describe('a repeated request', () => {
  it('with the same key and body gets the first outcome and says so', async () => {
    const key = { 'idempotency-key': randomUUID() }
    const first = await world.post(acme, '/v1/orders', order.example.body, key)
    const again = await world.post(acme, '/v1/orders', order.example.body, key)
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(again.status).toBe(201)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(await again.json()).toEqual(await first.json())
    expect(world.fake.submitted).toHaveLength(1)
  })

  it('is the same whatever the order of its fields and its white space', async () => {
    const key = { 'idempotency-key': randomUUID() }
    const reversed = Object.fromEntries(Object.entries(order.example.body).reverse())
    await world.post(acme, '/v1/orders', order.example.body, key)
    const again = await world.post(acme, '/v1/orders', JSON.stringify(reversed, null, 2), key)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  it('with the same key and another body is refused', async () => {
    const key = { 'idempotency-key': randomUUID() }
    await world.post(acme, '/v1/orders', order.example.body, key)
    const other = await world.post(acme, '/v1/orders', { ...order.example.body, number: 'PO-4712' }, key)
    expect(other.status).toBe(422)
    expect(await other.json()).toMatchObject({ code: 'IdempotencyKeyReused' })
  })

  it('with the same key for another order is refused, though the bodies are equal', async () => {
    const key = { 'idempotency-key': randomUUID() }
    world.fake.put('order', 'orders', 'acme-motors/PO-4712', { buyerId: acme.partyId, supplierId: nordwind.partyId })
    await world.post(nordwind, '/v1/orders/acme-motors/PO-4711/acceptance', { version: 1 }, key)
    const other = await world.post(nordwind, '/v1/orders/acme-motors/PO-4712/acceptance', { version: 1 }, key)
    expect(await other.json()).toMatchObject({ status: 422, code: 'IdempotencyKeyReused' })
  })

  it.each([
    [undefined, 'IdempotencyKeyMissing'],
    ['', 'IdempotencyKeyMissing'],
    ['two words', 'IdempotencyKeyInvalid'],
    ['x'.repeat(201), 'IdempotencyKeyInvalid'],
  ])('cannot be told apart without a proper key (%s)', async (key, code) => {
    const response = await fetch(`${world.url}/v1/orders`, {
      method: 'POST',
      body: JSON.stringify(order.example.body),
      headers: await world.headersOf(acme, {
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      }),
    })
    expect(await response.json()).toMatchObject({ status: 400, code })
    expect(world.fake.submitted).toHaveLength(0)
  })
})

describe('a trace', () => {
  const traceparent = `00-${'1a'.repeat(16)}-${'2b'.repeat(8)}-01`

  it('goes on from the caller into the service', async () => {
    await world.post(acme, '/v1/orders', order.example.body, { traceparent })
    expect(world.fake.submitted[0]!.traceparent).toContain('1a'.repeat(16))
  })

  it('names a refused request', async () => {
    const response = await world.post(acme, '/v1/orders', {}, { traceparent })
    expect(await response.json()).toMatchObject({ code: 'Invalid', requestId: '1a'.repeat(16) })
  })

  it('is begun where the caller sends none, or one that is not good', async () => {
    await world.post(acme, '/v1/orders', order.example.body, {
      traceparent: `00-${'0'.repeat(32)}-${'2b'.repeat(8)}-01`,
    })
    expect(world.fake.submitted[0]!.traceparent).toContain('ab'.repeat(16))
  })
})

describe('officers', () => {
  it('approve a claim in the name of their bank, told to the debtor’s desk', async () => {
    const path = '/v1/claims/nordwind-components/INV-2026-0042/2026-03-06/approval'
    expect((await world.post(nordbank, path, { officer: 'Jonas Weber', reason: 'seen' })).status).toBe(201)
    expect(world.fake.submitted[0]).toMatchObject({ desk: 'financing.obligor', key: 'acme-motors' })
    expect(world.fake.last()).toMatchObject({ type: 'ApproveClaim', officer: 'nordbank/Jonas Weber' })
  })

  it('of a supplier join a programme with the debtor that the programme names', async () => {
    const path = '/v1/programmes/acme-nordbank/enrolments'
    const body = { termsReference: 'T1', signatory: 'Ingrid Holm', acceptedOn: '2026-03-02' }
    expect((await world.post(nordwind, path, body)).status).toBe(201)
    expect(world.fake.last()).toMatchObject({
      type: 'EnrolSupplier',
      partyId: 'nordwind-components',
      debtorId: 'acme-motors',
      acceptedBy: 'nordwind-components/Ingrid Holm',
    })
  })
})
