/** The door as a whole: what it says where nothing is, to other methods and forms, to floods, and to those who do not speak HTTP. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bulkOperations, operations } from '../doors/table.ts'
import { acme, nordwind, openWorld, tradeOfAcme, type World } from '../testing.ts'

let world: World
beforeAll(async () => {
  world = await openWorld({ headersTimeoutMs: 300 })
  tradeOfAcme(world)
})
afterAll(() => world.close())

const problem = async (response: Response) => (await response.json()) as Record<string, unknown>

/** What a socket answers to raw bytes. */
const raw = async (bytes: string): Promise<string> => {
  const socket = connect(world.port, '127.0.0.1')
  socket.write(bytes)
  let answer = ''
  try {
    for await (const chunk of socket.setEncoding('utf8')) answer += chunk as string
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  }
  return answer
}

describe('paths and methods', () => {
  it.each([
    '/nothing',
    '/v1',
    '/v1/orders/',
    '/v1/ORDERS',
    '/v1/orders/a/b/c',
    '/v1/bulk/decisions',
    '/reference/../../package.json',
  ])('nothing is at %s', async (path) => {
    const response = await world.get(acme, path)
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ])
    expect(await problem(response)).toMatchObject({ code: 'NotFound' })
  })

  it.each([
    ['DELETE', '/v1/orders', 'POST'],
    ['GET', '/v1/orders', 'POST'],
    ['PATCH', '/v1/programmes/p/limit', 'PUT'],
    ['POST', '/v1/claims', 'GET, HEAD'],
    ['PROPFIND', '/openapi.json', 'GET, HEAD'],
    ['POST', '/v1/claims/a/b/c', 'GET, HEAD'],
  ])('%s %s is answered with what is allowed', async (method, path, allow) => {
    const response = await fetch(world.url + path, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
    expect(await problem(response)).toMatchObject({ code: 'MethodNotAllowed' })
  })

  it('OPTIONS says what is allowed; HEAD is GET without the body', async () => {
    const options = await fetch(`${world.url}/v1/orders`, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST'])
    const head = await fetch(`${world.url}/v1/orders/acme-motors/PO-4711`, {
      method: 'HEAD',
      headers: await world.headersOf(acme),
    })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it('an answer in XML is not to be had', async () => {
    const read = await world.get(acme, '/v1/orders/acme-motors/PO-4711', { accept: 'application/xml' })
    const write = await world.post(acme, '/v1/orders', {}, { accept: 'text/html' })
    expect([read.status, write.status]).toEqual([406, 406])
  })
})

describe('headers', () => {
  it('name the request, hide what we are built with, and let nothing be framed or sniffed', async () => {
    const { headers } = await world.get(nordwind, '/v1/orders/acme-motors/PO-4711')
    expect(headers.get('triflow-request-id')).toMatch(/^[0-9a-f]{32}$/)
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'self'")
    expect(headers.get('ratelimit')).toContain('requests')
  })
})

describe('what breaks inside', () => {
  it('is told without its cause, and recorded with it', async () => {
    const { read } = world.fake.doors
    Object.assign(world.fake.doors, { read: async () => Promise.reject(new TypeError('secret path /etc/x')) })
    const response = await world.get(acme, '/v1/orders/acme-motors/PO-4711')
    Object.assign(world.fake.doors, { read })
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).not.toContain('secret')
    expect(JSON.parse(text)).toMatchObject({ code: 'Internal' })
    expect(world.said.at(-1)).toMatchObject({ level: 'error', event: 'request failed' })
  })
})

describe('a flood', () => {
  it('is stopped for the one who sends it, and only for it', async () => {
    const small = await openWorld({ requestsPerMinute: 3 })
    tradeOfAcme(small)
    const statuses: number[] = []
    for (let n = 0; n < 5; n++) statuses.push((await small.get(acme, '/v1/orders/acme-motors/PO-4711')).status)
    const refused = await small.get(acme, '/v1/orders/acme-motors/PO-4711')
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    expect(refused.headers.get('retry-after')).not.toBeNull()
    expect(await problem(refused)).toMatchObject({ status: 429, code: 'TooManyRequests' })
    expect((await small.get(nordwind, '/v1/orders/acme-motors/PO-4711')).status).toBe(200)
    await small.close()
  })
})

describe('on the socket', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a method that does not exist', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    ['two lengths', 'POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['headers of 20 kB', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s is refused', async (_name, bytes, status) => {
    const answer = await raw(bytes)
    expect(answer.split('\r\n')[0]).toContain(`HTTP/1.1 ${status} `)
    expect(answer).toContain('application/problem+json')
  })

  it('headers that do not end are not waited for', async () => {
    expect(await raw('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: 1\r\n')).toMatch(/^HTTP\/1\.1 408 /)
  }, 40_000)
})

describe('pages', () => {
  it('describe every operation in OpenAPI 3.1, with its example and its problems', async () => {
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as {
      openapi: string
      paths: Record<string, Record<string, Record<string, unknown>>>
    }
    expect(document.openapi).toBe('3.1.0')
    for (const { method, path } of operations) expect(document.paths[path]).toHaveProperty(method)
    for (const { bulk } of bulkOperations) expect(document.paths[`/v1/bulk/${bulk}`]).toHaveProperty('post')
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map((operation) => operation['operationId']),
    )
    expect(new Set(ids).size).toBe(ids.length)
    const text = JSON.stringify(document)
    expect(text).toContain('"additionalProperties":false')
    expect(text).toContain('#/components/schemas/Problem')
  })

  it('show the reference from our own files only', async () => {
    const page = await fetch(`${world.url}/reference`)
    const html = await page.text()
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!)
    expect(files).toHaveLength(3)
    for (const file of files) {
      expect(file.startsWith('/reference/')).toBe(true)
      expect((await fetch(world.url + file)).status).toBe(200)
    }
    expect(await (await fetch(`${world.url}/reference/start.js`)).text()).toContain('validatorUrl: null')
    expect((await fetch(`${world.url}/`)).status).toBe(200)
  })
})
