/** Bodies that must be refused: one status each, in one shape, nothing handed to a service (quality brief, section 8). */
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WriteOperation } from '../doors/operation.ts'
import { operations } from '../doors/table.ts'
import { acme, nordwind, openWorld, tradeOfAcme, type World } from '../testing.ts'

let world: World
beforeAll(async () => void (world = await openWorld()))
beforeEach(() => {
  world.fake.forget()
  tradeOfAcme(world)
})
afterAll(() => world.close())

const example = (path: string) =>
  (operations.find((operation) => operation.path === path) as WriteOperation).example.body
const order = example('/v1/orders') as Record<string, unknown> & { lines: Record<string, unknown>[] }
const invoice = example('/v1/invoices') as Record<string, unknown> & { lines: Record<string, unknown>[] }
const json = JSON.stringify(order)
const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

const expectProblem = async (response: Response, status: number, code: string) => {
  const text = await response.text()
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  const body = JSON.parse(text) as Record<string, unknown>
  expect({ status: response.status, code: body['code'] }).toEqual({ status, code })
  expect(body).toMatchObject({ status, code, type: `urn:triflow:problem:${code}`, instance: expect.any(String) })
  expect(body['title']).not.toBe('')
  expect(body['requestId']).toMatch(/^[0-9a-f]{32}$/)
  expect(text).not.toMatch(/node_modules|\.ts:|at \w+ \(/)
  expect(world.fake.submitted).toHaveLength(0)
  return body
}

describe('a body that cannot be read', () => {
  it.each<[string, string | Uint8Array, Record<string, string>, number, string]>([
    ['empty', '', {}, 415, 'ContentTypeMissing'],
    ['empty, though announced', ' ', {}, 400, 'BodyEmpty'],
    ['an array', '[]', {}, 400, 'NotAnObject'],
    ['a number', '1', {}, 400, 'NotAnObject'],
    ['null', 'null', {}, 400, 'NotAnObject'],
    ['broken JSON', '{"a":', {}, 400, 'NotJson'],
    ['a trailing comma', '{"a":1,}', {}, 400, 'NotJson'],
    ['NaN', '{"a":NaN}', {}, 400, 'NotJson'],
    ['a comment', '{"a":1/*x*/}', {}, 400, 'NotJson'],
    ['two documents', '{}{}', {}, 400, 'NotJson'],
    ['a repeated key', json.replace('"buyerId"', '"buyerId":"globex","buyerId"'), {}, 400, 'DuplicateKey'],
    [
      'a repeated key in a line',
      json.replace('"quantity":400', '"quantity":4,"quantity":400'),
      {},
      400,
      'DuplicateKey',
    ],
    [
      'a repeated key in another spelling',
      json.replace('"buyerId"', '"buyer\\u0049d":"globex","buyerId"'),
      {},
      400,
      'DuplicateKey',
    ],
    ['nesting of 21', nested(21), {}, 400, 'TooDeep'],
    ['nesting of 50,000', nested(50_000), {}, 400, 'TooDeep'],
    ['more than 100 kB', JSON.stringify({ ...order, more: 'x'.repeat(110_000) }), {}, 413, 'BodyTooLarge'],
    ['an array of a million', `{"a":[${'1,'.repeat(999_999)}1]}`, {}, 413, 'BodyTooLarge'],
    ['a gzip bomb', gzipSync(Buffer.alloc(5_000_000, 0x20)), { 'content-encoding': 'gzip' }, 413, 'BodyTooLarge'],
    ['broken gzip', Buffer.from('not gzip'), { 'content-encoding': 'gzip' }, 400, 'EncodingBroken'],
    ['an unknown encoding', json, { 'content-encoding': 'zstd2' }, 415, 'EncodingUnsupported'],
    ['plain text', json, { 'content-type': 'text/plain' }, 415, 'ContentTypeUnsupported'],
    ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'ContentTypeUnsupported'],
    ['GBK', json, { 'content-type': 'application/json; charset=gbk' }, 415, 'CharsetUnsupported'],
    ['UTF-16', Buffer.from(json, 'utf16le'), {}, 400, 'NotJson'],
    [
      'invalid UTF-8',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
      {},
      400,
      'NotUtf8',
    ],
    [
      'an overlong slash',
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
      {},
      400,
      'NotUtf8',
    ],
    [
      'a byte order mark',
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json)]),
      {},
      400,
      'ByteOrderMark',
    ],
    ['a raw NUL', '{"a":"\u0000"}', {}, 400, 'NotJson'],
  ])('is refused when it is %s', async (_name, body, headers, status, code) => {
    if (code === 'ContentTypeMissing') {
      const response = await fetch(`${world.url}/v1/orders`, {
        method: 'POST',
        headers: await world.headersOf(acme, { 'idempotency-key': 'k' }),
      })
      await expectProblem(response, status, code)
      return
    }
    await expectProblem(await world.post(acme, '/v1/orders', body, headers), status, code)
  })

  it('is read all the same when it is compressed, or says UTF-8', async () => {
    const gzipped = await world.post(acme, '/v1/orders', gzipSync(json), { 'content-encoding': 'gzip' })
    const named = await world.post(
      acme,
      '/v1/orders',
      { ...order, number: 'PO-2' },
      { 'content-type': 'Application/JSON; charset="UTF-8"' },
    )
    expect([gzipped.status, named.status]).toEqual([201, 201])
  })

  it('is not waited for longer than a while', async () => {
    const socket = connect(world.port, '127.0.0.1')
    const { authorization } = await world.headersOf(acme)
    socket.write(
      `POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nIdempotency-Key: slow\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n`,
    )
    let answer = ''
    for await (const chunk of socket.setEncoding('utf8')) answer += chunk as string
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain('"code":"BodyTooSlow"')
  })

  it('is counted by its kind', async () => {
    const before = world.counts.get('triflow_rejected_total DuplicateKey') ?? 0
    await world.post(acme, '/v1/orders', '{"a":1,"a":2}')
    expect(world.counts.get('triflow_rejected_total DuplicateKey')).toBe(before + 1)
  })
})

type Change = Record<string, unknown>
const line = (change: Change) => ({ lines: [{ ...order.lines[0], ...change }] })

describe('an order that says something impossible', () => {
  it.each<[string, Change, string, string]>([
    ['an unknown field', { status: 'accepted' }, '/status', 'UnknownField'],
    ['an unknown field in a line', line({ amountApproved: 1 }), '/lines/0/amountApproved', 'UnknownField'],
    ['an operator for an id', { buyerId: { $ne: null } }, '/buyerId', 'WrongType'],
    ['a missing supplier', { supplierId: undefined }, '/supplierId', 'Missing'],
    ['a party id in capitals', { buyerId: 'ACME' }, '/buyerId', 'WrongFormat'],
    ['an amount as a number', line({ unitPriceMinor: 4250 }), '/lines/0/unitPriceMinor', 'WrongType'],
    ['an amount with decimals', line({ unitPriceMinor: '42.50' }), '/lines/0/unitPriceMinor', 'WrongFormat'],
    ['a negative amount', line({ unitPriceMinor: '-1' }), '/lines/0/unitPriceMinor', 'WrongFormat'],
    ['a signed amount', line({ unitPriceMinor: '+1' }), '/lines/0/unitPriceMinor', 'WrongFormat'],
    ['an amount of 16 digits', line({ unitPriceMinor: '1234567890123456' }), '/lines/0/unitPriceMinor', 'WrongFormat'],
    ['an exponent', line({ unitPriceMinor: '1e3' }), '/lines/0/unitPriceMinor', 'WrongFormat'],
    ['leading zeros', line({ unitPriceMinor: '007' }), '/lines/0/unitPriceMinor', 'WrongFormat'],
    ['full-width digits for an amount', line({ unitPriceMinor: '１２３' }), '/lines/0/unitPriceMinor', 'WrongFormat'],
    ['a space around an amount', line({ unitPriceMinor: ' 1' }), '/lines/0/unitPriceMinor', 'WrongFormat'],
    ['a currency nobody settles in', { currency: 'XXX' }, '/currency', 'NotListed'],
    ['a currency in small letters', { currency: 'eur' }, '/currency', 'NotListed'],
    ['a quantity of nothing', line({ quantity: 0 }), '/lines/0/quantity', 'TooSmall'],
    ['a quantity as text', line({ quantity: '4' }), '/lines/0/quantity', 'WrongType'],
    ['a day that does not exist', { issuedOn: '2026-02-30' }, '/issuedOn', 'NotAcceptable'],
    ['the year 9999', { issuedOn: '9999-01-01' }, '/issuedOn', 'NotAcceptable'],
    ['a timestamp for a day', { issuedOn: '2026-03-02T10:00:00' }, '/issuedOn', 'WrongFormat'],
    ['a term of ten years', { paymentTermDays: 3650 }, '/paymentTermDays', 'TooLarge'],
    ['no lines', { lines: [] }, '/lines', 'TooSmall'],
    [
      '201 lines',
      { lines: Array.from({ length: 201 }, (_, i) => ({ ...order.lines[0], line: i + 1 })) },
      '/lines',
      'TooLarge',
    ],
    ['one line number twice', { lines: [order.lines[0], order.lines[0]] }, '/lines', 'LineRepeated'],
    ['a buyer that is the supplier', { supplierId: 'acme-motors' }, '/supplierId', 'PartiesEqual'],
    ['a number without a letter or digit', { number: ' / ' }, '/number', 'NotAcceptable'],
    ['a number of 65 characters', { number: 'x'.repeat(65) }, '/number', 'TooLarge'],
    ['a blank description', line({ description: '  ' }), '/lines/0/description', 'WrongFormat'],
    ['NUL', { number: 'PO\u0000' }, '/number', 'ForbiddenCharacter'],
    ['a control character', line({ description: 'a\u0007b' }), '/lines/0/description', 'ForbiddenCharacter'],
    ['a line break', line({ description: 'a\nb' }), '/lines/0/description', 'ForbiddenCharacter'],
    ['text that runs backwards', { number: 'PO-\u202e1174' }, '/number', 'ForbiddenCharacter'],
    ['an invisible joiner', { number: 'PO-47\u200b11' }, '/number', 'ForbiddenCharacter'],
  ])('is refused for %s', async (_name, change, pointer, code) => {
    const body = await expectProblem(await world.post(acme, '/v1/orders', { ...order, ...change }), 422, 'Invalid')
    expect(body['errors']).toContainEqual(expect.objectContaining({ pointer, code }))
  })

  it.each([
    ['a lone surrogate', json.replace('PO-4711', 'PO-\\ud800'), '/number', 'ForbiddenCharacter'],
    ['__proto__', json.replace('{', '{"__proto__":{"roles":["operator"]},'), '/__proto__', 'UnknownField'],
    ['constructor', json.replace('{', '{"constructor":{},'), '/constructor', 'UnknownField'],
  ])('is refused for %s', async (_name, text, pointer, code) => {
    const body = await expectProblem(await world.post(acme, '/v1/orders', text), 422, 'Invalid')
    expect(body['errors']).toContainEqual(expect.objectContaining({ pointer, code }))
  })

  it.each(['1.5', '1e2', '1E400', '9007199254740993', '1.0'])('is refused for the quantity %s', async (number) => {
    await expectProblem(
      await world.post(acme, '/v1/orders', json.replace('"quantity":400', `"quantity":${number}`)),
      422,
      'NumberNotInteger',
    )
  })
})

describe('an invoice that says something impossible', () => {
  it.each<[string, Change, string, string]>([
    ['due before it was issued', { dueOn: '2026-03-05' }, '/dueOn', 'DueBeforeIssue'],
    ['nothing to pay', { netMinor: '0' }, '/netMinor', 'NotAcceptable'],
    ['a debtor that is the supplier', { debtorId: 'nordwind-components' }, '/debtorId', 'PartiesEqual'],
    [
      'another currency in a line',
      { lines: [{ ...invoice.lines[0], currency: 'USD' }] },
      '/lines/0/currency',
      'UnknownField',
    ],
  ])('is refused for %s', async (_name, change, pointer, code) => {
    const body = await expectProblem(
      await world.post(nordwind, '/v1/invoices', { ...invoice, ...change }),
      422,
      'Invalid',
    )
    expect(body['errors']).toContainEqual(expect.objectContaining({ pointer, code }))
  })
})

describe('a path that says something impossible', () => {
  const acceptance = (number: string) => `/v1/orders/acme-motors/${number}/acceptance`
  it.each([
    ['malformed percent-encoding', acceptance('%zz'), 400, 'PathMalformed'],
    ['NUL', acceptance('PO%00'), 400, 'PathMalformed'],
    ['text that runs backwards', acceptance('PO-%E2%80%AE1174'), 422, 'Invalid'],
    ['a way up', acceptance('..%2f..%2fetc'), 404, 'NotFound'],
  ])('is refused for %s', async (_name, path, status, code) => {
    await expectProblem(await world.post(nordwind, path, { version: 1 }), status, code)
  })
})

describe('any other body', () => {
  it('is never a reason to break: 400 to 422, whatever JSON it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), async (text) => {
        const response = await world.post(acme, '/v1/orders', text)
        expect([400, 413, 422]).toContain(response.status)
      }),
      { numRuns: 300, seed: 4711 },
    )
  })

  it('is never taken for a good one after one of its values was changed into anything', async () => {
    const at = fc.constantFrom('buyerId', 'supplierId', 'issuedOn', 'currency', 'paymentTermDays', 'lines')
    await fc.assert(
      fc.asyncProperty(at, fc.jsonValue({ maxDepth: 3 }), async (field, value) => {
        const response = await world.post(acme, '/v1/orders', { ...order, [field]: value })
        expect([400, 403, 422]).toContain(response.status)
      }),
      { numRuns: 300, seed: 4712 },
    )
    expect(world.fake.submitted).toHaveLength(0)
  })
})
