/** The door under load: who is refused and with what, that nothing of a refused request was read or written, and that all places are free again. */
import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WriteOperation } from '../doors/operation.ts'
import { operations } from '../doors/table.ts'
import { acme, globex, openWorld, tradeOfAcme, type World } from '../testing.ts'
import { kinds } from './admission.ts'
import type { Actor } from './authorise.ts'

const order = (operations.find((operation) => operation.path === '/v1/orders') as WriteOperation).example.body
const orderOf = (actor: Actor, number: string) => ({ ...order, buyerId: actor.partyId, number })

let world: World
let letGo: () => void
/** Calls of the service that have begun. */
let begun: number
/** Lines of each chunk that a service was given. */
let chunks: number[]

/** A service that holds every call until it is let go. */
const holding = (): void => {
  const held = Promise.withResolvers<void>()
  const { submit, submitMany, read } = world.fake.doors
  begun = 0
  chunks = []
  letGo = held.resolve
  const wait = async () => {
    begun++
    await held.promise
  }
  world.fake.doors.submit = async (...asked) => {
    await wait()
    return await submit(...asked)
  }
  world.fake.doors.submitMany = async (...asked) => {
    chunks.push(asked[1].length)
    await wait()
    return await submitMany(...asked)
  }
  world.fake.doors.read = async (...asked) => {
    await wait()
    return await read(...asked)
  }
}

const open = async (options: Parameters<typeof openWorld>[0]): Promise<void> => {
  world = await openWorld(options)
  tradeOfAcme(world)
  holding()
}

const write = (actor: Actor, number: string, key = number) =>
  world.post(actor, '/v1/orders', orderOf(actor, number), { 'idempotency-key': key })

const writes = (actor: Actor, count: number) => Array.from({ length: count }, (_, n) => write(actor, `PO-${n}`))

const until = async (done: () => boolean): Promise<void> => {
  for (const end = Date.now() + 10_000; Date.now() < end && !done();) await sleep(2)
  expect(done()).toBe(true)
}

const problemOf = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('content-type'),
  retryAfter: Number(response.headers.get('retry-after')),
  code: ((await response.json()) as { code: string }).code,
})

beforeEach(() => open({ places: { write: 4, read: 2, token: 1, upload: 2 }, waitMs: 400 }))
afterEach(async () => {
  letGo()
  await world.close()
})

describe('a door whose places are taken', () => {
  it('refuses the tenant that took them with 429 and a time to come back, and its repeat with the same key succeeds later', async () => {
    const taken = writes(acme, 4)
    await until(() => begun === 4)
    const refused = await problemOf(await write(acme, 'PO-more'))
    expect(refused).toMatchObject({ status: 429, type: 'application/problem+json; charset=utf-8', code: 'TenantBusy' })
    expect(refused.retryAfter).toBeGreaterThanOrEqual(1)
    expect(refused.retryAfter).toBeLessThanOrEqual(3)
    expect(world.fake.submitted).toHaveLength(0)
    expect(world.counts.get('triflow_requests_turned_away_total write above-share')).toBe(1)
    letGo()
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([201, 201, 201, 201])
    const again = await write(acme, 'PO-more')
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, null])
  })

  it('lets another tenant wait a moment, and says 503 when nothing comes free', async () => {
    const taken = writes(acme, 4)
    await until(() => begun === 4)
    expect(await problemOf(await write(globex, 'PO-1'))).toMatchObject({ status: 503, code: 'Overloaded' })
    const waiting = write(globex, 'PO-1')
    await until(() => world.gateway.admission.waiting('write') === 1)
    letGo()
    expect((await waiting).status).toBe(201)
    await Promise.all(taken)
  })

  it('answers another kind of request, pages and the token endpoint’s no as ever', async () => {
    const taken = writes(acme, 4)
    await until(() => begun === 4)
    const read = world.get(acme, '/v1/orders/acme-motors/PO-4711')
    await until(() => begun === 5)
    for (const path of ['/', '/openapi.json', '/reference/', '/.well-known/jwks.json'])
      expect((await world.get(undefined, path)).status).toBe(200)
    const token = await fetch(`${world.url}/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=password',
    })
    expect(token.status).toBe(400)
    expect((await world.get(undefined, '/v1/orders/acme-motors/PO-4711')).status).toBe(401)
    letGo()
    expect((await read).status).toBe(200)
    await Promise.all(taken)
  })

  it('refuses before the body is read', async () => {
    const taken = writes(acme, 4)
    await until(() => begun === 4)
    const headers = await world.headersOf(acme, {
      'content-type': 'application/json',
      'content-length': '1000',
      'idempotency-key': 'never-sent',
    })
    const status = await new Promise((resolve, reject) => {
      const sending = httpRequest(`${world.url}/v1/orders`, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode)
        sending.destroy()
      }).on('error', reject)
      sending.flushHeaders()
    })
    expect(status).toBe(429)
    letGo()
    await Promise.all(taken)
  })

  it('has all its places free again after answers, refusals, errors and callers who hung up', async () => {
    world.fake.answers(({ key }) => {
      if (key.endsWith('PO-1')) throw new Error('a bug')
      return key.endsWith('PO-2') ? { status: 'rejected', code: 'OrderAlreadySubmitted' } : {}
    })
    const leaving = new AbortController()
    const gone = fetch(`${world.url}/v1/orders`, {
      method: 'POST',
      signal: leaving.signal,
      body: JSON.stringify(orderOf(acme, 'PO-9')),
      headers: await world.headersOf(acme, { 'content-type': 'application/json', 'idempotency-key': 'PO-9' }),
    }).catch(() => 'hung up')
    await until(() => begun === 1)
    const taken = writes(acme, 3)
    await until(() => begun === 4)
    const waits = new AbortController()
    const waiting = fetch(`${world.url}/v1/orders`, {
      method: 'POST',
      signal: waits.signal,
      body: JSON.stringify(orderOf(globex, 'PO-9')),
      headers: await world.headersOf(globex, { 'content-type': 'application/json', 'idempotency-key': 'PO-9' }),
    }).catch(() => 'hung up')
    await until(() => world.gateway.admission.waiting('write') === 1)
    waits.abort()
    leaving.abort()
    expect([await gone, await waiting]).toEqual(['hung up', 'hung up'])
    await until(() => world.counts.get('triflow_requests_turned_away_total write gone') === 1)
    letGo()
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([201, 500, 409])
    await until(() => kinds.every((kind) => world.gateway.admission.inHand(kind) === 0))
    holding()
    const all = writes(globex, 4)
    await until(() => begun === 4)
    letGo()
    expect((await Promise.all(all)).map(({ status }) => status).filter((status) => status !== 201)).toEqual([500, 409])
  })
})

describe('a service that has too much in hand', () => {
  it('is told of as 503 Overloaded with a time to come back, and the same key is taken later', async () => {
    letGo()
    world.fake.answers(() => ({ status: 'unavailable', code: 'Busy' }))
    const refused = await problemOf(await write(acme, 'PO-1'))
    expect(refused).toMatchObject({ status: 503, code: 'Overloaded' })
    expect(refused.retryAfter).toBeGreaterThanOrEqual(1)
    world.fake.forget()
    expect((await write(acme, 'PO-1')).status).toBe(201)
  })
})

const blank = { code: '', detail: '', commandId: '', position: '', replayed: false, facts: [] }

const upload = (actor: Actor, name: string, lines: number) =>
  world.post(
    actor,
    '/v1/bulk/orders',
    Array.from({ length: lines }, (_, n) => JSON.stringify(orderOf(actor, `${name}-${n}`))).join('\n'),
    { 'content-type': 'application/x-ndjson', 'idempotency-key': name },
  )

/** All results, once the uploads are through. */
const linesOf = (uploads: readonly Promise<Response>[]): Promise<string[][]> =>
  Promise.all(uploads.map(async (sent) => (await (await sent).text()).trimEnd().split('\n')))

describe('bulk uploads', () => {
  it('have places of their own, and are refused before they are read', async () => {
    const both = [upload(acme, 'one', 3), upload(acme, 'two', 3)]
    await until(() => begun === 2)
    expect(await problemOf(await upload(acme, 'three', 3))).toMatchObject({ status: 429, code: 'TenantBusy' })
    const single = write(acme, 'PO-1')
    await until(() => begun === 3)
    letGo()
    expect((await single).status).toBe(201)
    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200])
  })

  it('go few lines at a time beside single writes', async () => {
    await world.close()
    await open({ places: { write: 4, upload: 4 } })
    const single = write(globex, 'PO-1')
    await until(() => begun === 1)
    const uploads = [upload(acme, 'one', 120), upload(globex, 'two', 60)]
    await until(() => world.gateway.admission.inHand('upload') === 2)
    await until(() => begun === 2)
    await sleep(30)
    expect(begun).toBe(2)
    letGo()
    expect((await single).status).toBe(201)
    expect((await linesOf(uploads)).map((lines) => lines.length)).toEqual([120, 60])
    expect(chunks.toSorted((a, b) => a - b)).toEqual([20, 60, 100])
  })

  it('rest the longer, the more single writes are in hand', async () => {
    const singles = writes(acme, 3)
    await until(() => begun === 3)
    const began: number[] = []
    world.fake.doors.submitMany = async (_service, requests) => {
      began.push(performance.now())
      await sleep(30)
      return requests.map(() => ({ status: 'accepted', ...blank }))
    }
    expect((await linesOf([upload(globex, 'one', 150)]))[0]).toHaveLength(150)
    expect(began).toHaveLength(2)
    expect(began[1]! - began[0]!).toBeGreaterThanOrEqual(4 * 30 - 5)
    letGo()
    await Promise.all(singles)
  })

  it('go in full chunks, several at once, while there are no single writes', async () => {
    const uploads = [upload(acme, 'one', 120), upload(globex, 'two', 2)]
    await until(() => begun === 2)
    letGo()
    expect((await linesOf(uploads)).map((lines) => lines.length)).toEqual([120, 2])
    expect(chunks.toSorted((a, b) => a - b)).toEqual([2, 120])
  })

  it('wait for a service that has too much in hand, and keep the order of their lines', async () => {
    letGo()
    let refusals = 2
    const { submitMany } = world.fake.doors
    const busy = { ...blank, status: 'unavailable', code: 'Busy' }
    world.fake.doors.submitMany = async (service, requests) =>
      refusals-- > 0 ? requests.map(() => busy) : await submitMany(service, requests)
    const response = await upload(acme, 'patient', 4)
    const lines = (await response.text()).trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { status: string }).status)).toEqual(Array(4).fill('accepted'))
    expect(world.fake.submitted.map(({ key }) => key)).toEqual([0, 1, 2, 3].map((n) => `acme-motors/PATIENT-${n}`))
  })
})
