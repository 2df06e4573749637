/** Bulk uploads: one result per line, in order, whatever the other lines are. */
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WriteOperation } from '../doors/operation.ts'
import { bulkOperations, operations } from '../doors/table.ts'
import { acme, blitz, nordbank, nordwind, openWorld, suedwind, tradeOfAcme, type World } from '../testing.ts'
import type { Actor } from './authorise.ts'
import type { LineResult } from './bulk.ts'

let world: World
beforeAll(
  async () =>
    void (world = await openWorld({
      limits: { bulkChunkLines: 3, bulkMaxLines: 50, bulkMaxBytes: 64 * 1024, bodyMaxBytes: 8 * 1024 },
    })),
)
beforeEach(() => {
  world.fake.forget()
  tradeOfAcme(world)
})
afterAll(() => world.close())

const order = (operations.find((operation) => operation.path === '/v1/orders') as WriteOperation).example.body
const orderNamed = (number: string, more: object = {}) => JSON.stringify({ ...order, number, ...more })

const upload = async (actor: Actor, door: string, lines: readonly string[], headers: Record<string, string> = {}) =>
  await world.post(actor, `/v1/bulk/${door}`, lines.join('\n'), {
    'content-type': 'application/x-ndjson',
    'idempotency-key': 'batch-1',
    ...headers,
  })

const resultsOf = async (response: Response): Promise<LineResult[]> => {
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('application/x-ndjson')
  const text = await response.text()
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LineResult)
}

describe('a bulk upload', () => {
  it('has doors for the seven kinds of document that come in numbers', () => {
    expect(bulkOperations.map(({ bulk }) => bulk).sort()).toEqual([
      'acceptances',
      'goods-receipts',
      'invoices',
      'orders',
      'shipment-events',
      'shipments',
      'statement-lines',
    ])
  })

  it.each(bulkOperations.map((operation) => [operation.bulk!, operation] as const))(
    'of %s takes what the single door takes',
    async (bulk, operation) => {
      const actor = {
        orders: acme,
        'goods-receipts': acme,
        acceptances: nordwind,
        invoices: nordwind,
        shipments: blitz,
        'shipment-events': blitz,
        'statement-lines': nordbank,
      }[bulk]!
      const { params, body } = operation.example
      const [result] = await resultsOf(await upload(actor, bulk, [JSON.stringify({ ...params, ...body })]))
      expect(result).toMatchObject({
        line: 1,
        status: 'accepted',
        position: expect.any(String),
        id: expect.any(String),
      })
      const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name]!)
      const single = await world.post(actor, path, body, { 'idempotency-key': 'batch-1:1' })
      expect(single.headers.get('idempotent-replayed')).toBe('true')
    },
  )

  it('answers line by line in order, over several chunks, with good and bad lines mixed', async () => {
    world.fake.answers(({ key }) =>
      key.endsWith('PO-5')
        ? { status: 'rejected', code: 'OrderAlreadySubmitted', detail: 'twice' }
        : key.endsWith('PO-6')
          ? { status: 'pending', position: '' }
          : {},
    )
    const results = await resultsOf(
      await upload(acme, 'orders', [
        orderNamed('PO-1'),
        '{"broken',
        orderNamed('PO-3', { status: 'accepted' }),
        '',
        orderNamed('PO-5'),
        orderNamed('PO-6'),
        orderNamed('PO-7', { buyerId: 'globex' }),
        orderNamed('PO-8').replace('{', '{"number":"PO-9",'),
        orderNamed('PO-9', { idempotencyKey: 'own key' }),
        orderNamed('PO-10', { idempotencyKey: 'my-10' }),
      ]),
    )
    expect(results.map(({ line, status, code }) => [line, status, code])).toEqual([
      [1, 'accepted', undefined],
      [2, 'invalid', 'NotJson'],
      [3, 'invalid', 'Invalid'],
      [5, 'rejected', 'OrderAlreadySubmitted'],
      [6, 'pending', undefined],
      [7, 'invalid', 'NotYourParty'],
      [8, 'invalid', 'DuplicateKey'],
      [9, 'invalid', 'IdempotencyKeyInvalid'],
      [10, 'accepted', undefined],
    ])
    expect(results[2]!.errors).toEqual([{ pointer: '/status', code: 'UnknownField', message: 'no such field' }])
    expect(world.fake.submitted.map(({ idempotencyKey }) => idempotencyKey)).toEqual([
      'batch-1:1',
      'batch-1:5',
      'batch-1:6',
      'my-10',
    ])
  })

  it('sent again gets the same outcomes; a changed line is told', async () => {
    const lines = [orderNamed('PO-1'), orderNamed('PO-2')]
    await resultsOf(await upload(acme, 'orders', lines))
    const again = await resultsOf(await upload(acme, 'orders', [lines[0]!, orderNamed('PO-3')]))
    expect(again.map(({ status, replayed, code }) => [status, replayed, code])).toEqual([
      ['accepted', true, undefined],
      ['conflict', undefined, 'IdempotencyKeyReused'],
    ])
    expect(world.fake.submitted).toHaveLength(2)
  })

  it('checks for each line whose thing it is', async () => {
    world.fake.put('order', 'orders', 'acme-motors/PO-S1', { buyerId: 'acme-motors', supplierId: 'suedwind' })
    const line = (number: string) => JSON.stringify({ buyerId: 'acme-motors', number, version: 1 })
    const results = await resultsOf(
      await upload(nordwind, 'acceptances', [line('PO-4711'), line('PO-S1'), line('PO-404')]),
    )
    expect(results.map(({ status, code }) => [status, code])).toEqual([
      ['accepted', undefined],
      ['invalid', 'NotFound'],
      ['invalid', 'NotFound'],
    ])
  })

  it('knows the parties of orders that came in before, without asking again', async () => {
    await resultsOf(await upload(acme, 'orders', [orderNamed('PO-77')]))
    world.fake.asked.length = 0
    const accept = JSON.stringify({ buyerId: 'acme-motors', number: 'po 77', version: 1 })
    expect((await resultsOf(await upload(nordwind, 'acceptances', [accept])))[0]!.status).toBe('invalid')
    const accept77 = JSON.stringify({ buyerId: 'acme-motors', number: 'po-77', version: 1 })
    world.fake.asked.length = 0
    expect(
      (await resultsOf(await upload(nordwind, 'acceptances', [accept77], { 'idempotency-key': 'b2' })))[0]!.status,
    ).toBe('accepted')
    expect(
      (await resultsOf(await upload(suedwind, 'acceptances', [accept77], { 'idempotency-key': 'b3' })))[0]!.code,
    ).toBe('NotFound')
    expect(world.fake.asked).toEqual([])
  })

  it('says unavailable for every line that the service could not take, and goes on', async () => {
    world.fake.down.add('order')
    const results = await resultsOf(
      await upload(acme, 'orders', [orderNamed('PO-1'), '{}', orderNamed('PO-3'), orderNamed('PO-4')]),
    )
    expect(results.map(({ status }) => status)).toEqual(['unavailable', 'invalid', 'unavailable', 'unavailable'])
  })

  it('ends at the line that is one too many', async () => {
    const results = await resultsOf(
      await upload(
        acme,
        'orders',
        Array.from({ length: 60 }, () => '{}'),
      ),
    )
    expect(results).toHaveLength(51)
    expect(results.at(-1)).toMatchObject({ line: 51, status: 'invalid', code: 'TooManyLines' })
  })

  it('refuses one line that is too long and takes the next', async () => {
    const results = await resultsOf(
      await upload(acme, 'orders', [orderNamed('PO-1', { note: 'x'.repeat(9_000) }), orderNamed('PO-2')]),
    )
    expect(results.map(({ status, code }) => [status, code])).toEqual([
      ['invalid', 'LineTooLarge'],
      ['accepted', undefined],
    ])
  })

  it('of too many bytes is refused before it begins when it says so', async () => {
    const response = await upload(acme, 'orders', ['x'.repeat(70_000)])
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: 'BodyTooLarge' })
  })

  it.each([
    ['no line', [''], {}, 400, 'BodyEmpty'],
    ['only blank lines', ['', ' ', '\r'], {}, 400, 'BodyEmpty'],
    ['another kind of content', ['{}'], { 'content-type': 'application/json' }, 415, 'ContentTypeUnsupported'],
    ['compression', ['{}'], { 'content-encoding': 'gzip' }, 415, 'EncodingUnsupported'],
    ['no wish for such an answer', ['{}'], { accept: 'application/xml' }, 406, 'NotAcceptable'],
  ])('with %s is refused', async (_name, lines, headers, status, code) => {
    const response = await upload(acme, 'orders', lines, headers as Record<string, string>)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ status, code })
  })

  it('cuts characters and lines right wherever the network cuts the bytes, and answers while it is still being sent', async () => {
    const bytes = Buffer.from(
      [orderNamed('PO-Ä1'), orderNamed('PO-Ö2'), orderNamed('PO-Ü3'), orderNamed('PO-ß4')].join('\r\n'),
    )
    const headers = await world.headersOf(acme, { 'content-type': 'application/x-ndjson', 'idempotency-key': 'slow' })
    const seen: string[] = []
    await new Promise<void>((resolve, reject) => {
      const sending = httpRequest(`${world.url}/v1/bulk/orders`, { method: 'POST', headers }, (response) => {
        response
          .setEncoding('utf8')
          .on('data', (text: string) => seen.push(text))
          .on('end', resolve)
      }).on('error', reject)
      const half = bytes.length - 40
      for (let i = 0; i < half; i += 7) sending.write(bytes.subarray(i, Math.min(i + 7, half)))
      const wait = setInterval(() => {
        if (seen.length === 0) return
        clearInterval(wait)
        sending.end(bytes.subarray(half))
      }, 5)
    })
    expect(seen.length).toBeGreaterThan(1)
    const results = seen
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LineResult)
    expect(results.map(({ id }) => id)).toEqual([
      'acme-motors/PO-Ä1',
      'acme-motors/PO-Ö2',
      'acme-motors/PO-Ü3',
      'acme-motors/PO-SS4',
    ])
  })

  it('that stops in the middle is answered for what came, and says why it ends', async () => {
    const headers = await world.headersOf(acme, { 'content-type': 'application/x-ndjson', 'idempotency-key': 'stuck' })
    const text = await new Promise<string>((resolve, reject) => {
      const sending = httpRequest(`${world.url}/v1/bulk/orders`, { method: 'POST', headers }, (response) => {
        let all = ''
        response
          .setEncoding('utf8')
          .on('data', (part: string) => (all += part))
          .on('end', () => resolve(all))
      }).on('error', reject)
      sending.write(`${orderNamed('PO-1')}\n{"half":`)
    })
    const results = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LineResult)
    expect(results.map(({ status, code }) => [status, code])).toEqual([
      ['accepted', undefined],
      ['invalid', 'BodyTooSlow'],
    ])
  })
})
