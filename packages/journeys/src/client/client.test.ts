/** The client against a door that misbehaves: it repeats the same wish, never another, and stops when it must. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, importJWK, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { uploadAll } from './bulk.ts'
import { openDoor, type Door } from './door.ts'
import { actorKey, heldKey } from './keys.ts'
import { backoffMs } from './pauses.ts'

interface Asked {
  readonly path: string
  readonly key: string
  readonly body: string
}

let server: Server
let door: Door
let keysDir: string
let asked: Asked[]
/** What the door answers to each request after signing in, in turn; the last is repeated. */
let script: ((response: ServerResponse, asked: Asked) => void)[]
let assertions: string[]

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
const created = answer(201, { id: 'PO-1' }, { 'triflow-position': 'order.order-00#7' })
const cut = (response: ServerResponse) => response.socket!.destroy()

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

beforeEach(async () => {
  asked = []
  assertions = []
  keysDir = mkdtempSync(join(tmpdir(), 'triflow-keys-'))
  server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request)
      const url = `http://${request.headers.host}`
      if (request.url === '/.well-known/oauth-authorization-server') return answer(200, { issuer: url })(response)
      if (request.url === '/oauth2/token') {
        assertions.push(new URLSearchParams(body).get('client_assertion')!)
        return answer(200, { access_token: `token-${assertions.length}`, expires_in: 300 })(response)
      }
      const one = { path: request.url!, key: String(request.headers['idempotency-key'] ?? ''), body }
      asked.push(one)
      ;(script.length > 1 ? script.shift()! : script[0]!)(response, one)
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const gatewayUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  door = openDoor({ gatewayUrl, keysDir }, { patienceMs: 2_000, deadlineMs: 1_000 })
})

afterEach(async () => {
  await door.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(keysDir, { recursive: true, force: true })
})

const wish = { path: '/v1/orders', body: { number: 'PO-1' }, idempotencyKey: 'demo:order:PO-1' }

describe('a wish', () => {
  it('is repeated with the same key and body through broken connections, 503 and 429', async () => {
    script = [cut, answer(503, {}), answer(429, {}, { 'retry-after': '0' }), created]
    const outcome = await (await door.as('acme')).write(wish)
    expect(outcome).toMatchObject({ status: 'accepted', id: 'PO-1', position: 'order.order-00#7' })
    expect(asked).toHaveLength(4)
    expect(new Set(asked.map(({ key, body }) => `${key} ${body}`)).size).toBe(1)
  })

  it.each([429, 503])(
    'that is refused for load with %i is not repeated before the door wants it back',
    async (status) => {
      script = [answer(status, {}, { 'retry-after': '1' }), created]
      const began = performance.now()
      expect((await (await door.as('acme')).write(wish)).status).toBe('accepted')
      expect(performance.now() - began).toBeGreaterThanOrEqual(990)
      expect(asked).toHaveLength(2)
    },
  )

  it('is asked again while its outcome is pending', async () => {
    script = [answer(202, { id: 'PO-1' }), answer(202, { id: 'PO-1' }), created]
    expect((await (await door.as('acme')).write(wish)).status).toBe('accepted')
    expect(asked).toHaveLength(3)
  })

  it('about something that a view does not show yet is asked again', async () => {
    script = [answer(404, { code: 'NotFound', detail: 'not yet' }), created]
    expect((await (await door.as('acme')).write(wish)).status).toBe('accepted')
  })

  it('that is refused in the present state is a value with the reason, not an error', async () => {
    script = [answer(409, { code: 'OrderCancelled', detail: 'PO-1 was cancelled' })]
    expect(await (await door.as('acme')).write(wish)).toMatchObject({ status: 'rejected', code: 'OrderCancelled' })
  })

  it('that cannot be read is an error that names the field', async () => {
    script = [
      answer(422, {
        code: 'Invalid',
        detail: 'see errors',
        errors: [{ pointer: '/lines', code: 'TooSmall', message: 'at least one' }],
      }),
    ]
    await expect((await door.as('acme')).write(wish)).rejects.toThrow('/lines: TooSmall, at least one')
  })

  it('under a key that another wish has used is an error, never a second wish', async () => {
    script = [answer(422, { code: 'IdempotencyKeyReused', detail: 'used' })]
    await expect((await door.as('acme')).write(wish)).rejects.toThrow('IdempotencyKeyReused')
    expect(asked).toHaveLength(1)
  })

  it('is given up when the door stays away', async () => {
    script = [cut]
    await expect((await door.as('acme')).write(wish)).rejects.toThrow(/no answer after \d+ tries/)
  })
})

describe('signing in', () => {
  it('is shared by callers that ask at once, and renewed when the token is refused', async () => {
    script = [answer(200, {}), answer(200, {}), answer(401, {}), answer(200, {})]
    const acme = await door.as('acme')
    await Promise.all([acme.read('/v1/a'), acme.read('/v1/b')])
    expect(assertions).toHaveLength(1)
    await acme.read('/v1/c')
    expect(assertions).toHaveLength(2)
  })

  it('proves with the actor’s own key who asks, for this gateway and for a minute', async () => {
    script = [answer(200, {})]
    await (await door.as('acme')).read('/v1/a')
    const { publicKey } = await actorKey(keysDir, 'acme')
    const { payload } = await jwtVerify(assertions[0]!, await importJWK(publicKey, 'ES256'), {
      issuer: 'acme',
      subject: 'acme',
      audience: door.url,
    })
    expect(payload.exp! - payload.iat!).toBeLessThanOrEqual(60)
    expect(decodeJwt(assertions[0]!).jti).toBeTruthy()
  })
})

describe('keys', () => {
  it('are private files, the same at the next run, and the operator’s public half lies beside', async () => {
    const first = await actorKey(keysDir, 'operator')
    expect((await actorKey(keysDir, 'operator')).publicKey).toEqual(first.publicKey)
    expect(statSync(join(keysDir, 'operator.jwk')).mode & 0o777).toBe(0o600)
    const published = JSON.parse(readFileSync(join(keysDir, 'operator.public.jwk'), 'utf8')) as Record<string, string>
    expect(published['x']).toBe(first.publicKey.x)
    expect(published['d']).toBeUndefined()
  })

  it('are made once when two ask for them at the same time', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => actorKey(keysDir, 'acme')))
    expect(new Set(keys.map(({ publicKey }) => publicKey.x)).size).toBe(1)
    expect(await heldKey(keysDir, 'nobody')).toBeUndefined()
  })
})

describe('an upload', () => {
  const lines = ['a', 'b', 'c'].map((number) => ({ document: { number }, idempotencyKey: `k:${number}` }))
  const results = (...rows: object[]) =>
    answer(200, rows.map((row) => `${JSON.stringify(row)}\n`).join(''), { 'content-type': 'application/x-ndjson' })
  const sent = (one: Asked) =>
    one.body
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { idempotencyKey: string }).idempotencyKey)

  it('sends again, with their own keys, only the lines that have no outcome yet', async () => {
    script = [
      results(
        { line: 1, status: 'accepted', id: 'a' },
        { line: 2, status: 'pending' },
        { line: 3, status: 'unavailable' },
      ),
      results(
        { line: 1, status: 'rejected', code: 'Twice', detail: 'again' },
        { line: 2, status: 'accepted', id: 'c' },
      ),
    ]
    const outcomes = await uploadAll(await door.as('acme'), 'orders', lines)
    expect(outcomes.map(({ status, code }) => status + code)).toEqual(['accepted', 'rejectedTwice', 'accepted'])
    expect(asked.map(sent)).toEqual([
      ['k:a', 'k:b', 'k:c'],
      ['k:b', 'k:c'],
    ])
  })

  it('takes a stream that broke off as lines without an outcome', async () => {
    script = [
      results({ line: 1, status: 'accepted', id: 'a' }),
      results({ line: 1, status: 'accepted' }, { line: 2, status: 'accepted' }),
    ]
    expect(await uploadAll(await door.as('acme'), 'orders', lines)).toHaveLength(3)
    expect(sent(asked[1]!)).toEqual(['k:b', 'k:c'])
  })

  it('stops at a line that can never be taken, and shows it', async () => {
    script = [
      results(
        { line: 1, status: 'accepted' },
        { line: 2, status: 'invalid', code: 'Invalid', detail: 'no lines' },
        { line: 3, status: 'accepted' },
      ),
    ]
    await expect(uploadAll(await door.as('acme'), 'orders', lines)).rejects.toThrow(/"number":"b".*Invalid/)
  })
})

describe('backoff', () => {
  it('grows to two seconds and is drawn anew each time', () => {
    expect(backoffMs(0, () => 0.999)).toBeLessThanOrEqual(40)
    expect(backoffMs(50, () => 0.999)).toBeLessThanOrEqual(2_000)
    expect(backoffMs(3, () => 0)).toBe(0)
  })
})
