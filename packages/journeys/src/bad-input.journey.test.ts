/** Bad input at the HTTP door and on every topic: a clear answer or a dead letter, nothing written, and work goes on. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { deadLettersTopic, decodeMessage, desks, header, partitionsOf, topics, type deskWire } from '@triflow/contracts'
import { deskNameOf, headerText, readTopics, type LogRecord } from '@triflow/desk'
import { connectMongo, openKafkaLog, systemClock } from '@triflow/platform'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeForeign, type Written } from '../../platform/src/kafka/foreign-records.ts'
import { onTheWire } from './actors/documents.ts'
import { badRecordsFor, readersOf, type BadRecord } from './chaos/bad-records.ts'
import { honestTrade, openStage, playHonestTrade, type Stage } from './chaos/honest-trade.ts'
import { eventually, openWorld, services, stateFor, type PrivateWorld } from './chaos/world.ts'
import { openDoor, type Door } from './client/door.ts'
import { assertionOf, tokenForm } from './client/tokens.ts'
import { runVerify } from './verify/command.ts'
import { silent } from './surroundings.ts'

const DESKS = 4

let world: PrivateWorld
let door: Door
let stage: Stage

beforeAll(async () => {
  world = await openWorld(stateFor('bad-input'))
  door = openDoor(world.surroundings)
  stage = await openStage(door, 'bad')
  await playHonestTrade(stage, 'first')
}, 240_000)

afterAll(async () => {
  await door?.close()
  await world?.erase()
})

/** All views of all services, but for what became of commands: those of a bad command are told there, too. */
const viewsNow = async (): Promise<Record<string, unknown[]>> => {
  const mongo = await connectMongo({ url: world.env.TRIFLOW_MONGO_URL!, clock: systemClock, witness: silent })
  try {
    const db = mongo.connection.db!
    const found: Record<string, unknown[]> = {}
    for (const { name } of await db.listCollections().toArray())
      if (name.startsWith('view.') && !name.includes('.outcomes-'))
        found[name] = await db.collection(name).find().sort({ _id: 1 }).toArray()
    return found
  } finally {
    await mongo.close()
  }
}

/** Views once nothing changes them any more: the bank's statement follows a payout by itself. */
const viewsAtRest = async (): Promise<Record<string, unknown[]>> => {
  let last = await viewsNow()
  for (let same = 0; same < 3;) {
    await sleep(500)
    const now = await viewsNow()
    same = isDeepStrictEqual(now, last) ? same + 1 : 0
    last = now
  }
  return last
}

describe('the HTTP door', () => {
  const buyer = () => stage.people.manufacturer.partyId
  const supplier = (index = 0) => stage.people.suppliers[index]!.partyId
  const orderBody = (number = 'bad') =>
    onTheWire(honestTrade(stage, number).order) as Record<string, unknown> & { lines: Record<string, unknown>[] }
  const withLine = (change: Record<string, unknown>) => {
    const order = orderBody()
    return { ...order, lines: [{ ...order.lines[0], ...change }] }
  }

  interface Sent {
    readonly method?: string
    readonly path?: string
    readonly as?: string | undefined
    readonly body?: string | Uint8Array
    readonly headers?: Readonly<Record<string, string>>
  }

  const send = async ({ method = 'POST', path = '/v1/orders', as = buyer(), body, headers = {} }: Sent) => {
    const token = as === '' ? undefined : await (await door.as(as)).token()
    const response = await fetch(`${world.surroundings.gatewayUrl}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        'idempotency-key': randomUUID(),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: body as string }),
    })
    const text = await response.text()
    return {
      status: response.status,
      text,
      headers: response.headers,
      type: response.headers.get('content-type') ?? '',
    }
  }

  const order = () => JSON.stringify(orderBody())
  const invalidUtf8 = () => Buffer.concat([Buffer.from('{"buyerId":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
  const post = (body: unknown): Sent => ({
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  })

  const table: readonly (readonly [what: string, sent: () => Sent, status: number, code: string])[] = [
    ['broken JSON', () => post('{"buyerId":'), 400, 'NotJson'],
    ['an empty body', () => post(' '), 400, 'BodyEmpty'],
    ['a list instead of an order', () => post('[]'), 400, 'NotAnObject'],
    ['bytes that are no UTF-8', () => post(invalidUtf8()), 400, 'NotUtf8'],
    [
      'the charset GBK',
      () => ({ ...post(order()), headers: { 'content-type': 'application/json; charset=gbk' } }),
      415,
      'CharsetUnsupported',
    ],
    [
      'a spreadsheet',
      () => ({ ...post(order()), headers: { 'content-type': 'text/csv' } }),
      415,
      'ContentTypeUnsupported',
    ],
    ['more than 100 kB', () => post({ ...orderBody(), more: 'x'.repeat(150_000) }), 413, 'BodyTooLarge'],
    [
      'the same key twice, with another value',
      () => post(order().replace('"buyerId"', '"buyerId":"somebody","buyerId"')),
      400,
      'DuplicateKey',
    ],
    [
      'the same key twice in a line',
      () => post(order().replace('"quantity"', '"quantity":1,"quantity"')),
      400,
      'DuplicateKey',
    ],
    ['a field that nobody knows', () => post({ ...orderBody(), approved: true }), 422, 'Invalid'],
    ['a prototype', () => post(order().replace('{', '{"__proto__":{"approved":true},')), 422, 'Invalid'],
    [
      'an operator of the database for an id',
      () => post({ ...orderBody(), supplierId: { $ne: null } }),
      422,
      'Invalid',
    ],
    ['fen in a price that is in fen already', () => post(withLine({ unitPriceMinor: '100.00' })), 422, 'Invalid'],
    [
      'a price as a number with a fraction',
      () => post(order().replace('"unitPriceMinor":"10000"', '"unitPriceMinor":100.5')),
      422,
      'NumberNotInteger',
    ],
    ['yen with two decimals', () => post({ ...withLine({ unitPriceMinor: '1.50' }), currency: 'JPY' }), 422, 'Invalid'],
    ['a currency that does not exist', () => post({ ...orderBody(), currency: 'XXQ' }), 422, 'Invalid'],
    ['full-width digits in a price', () => post(withLine({ unitPriceMinor: '１００００' })), 422, 'Invalid'],
    ['a day that does not exist', () => post({ ...orderBody(), issuedOn: '2026-02-30' }), 422, 'Invalid'],
    ['a control character', () => post(withLine({ description: 'bearing\u0007' })), 422, 'Invalid'],
    [
      'no Idempotency-Key',
      () => ({ ...post(order()), headers: { 'idempotency-key': '' } }),
      400,
      'IdempotencyKeyMissing',
    ],
    ['no token', () => ({ ...post(order()), as: '' }), 401, 'TokenMissing'],
    [
      'a made-up token',
      () => ({ ...post(order()), as: '', headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' } }),
      401,
      'TokenInvalid',
    ],
    [
      'an order in the name of another buyer',
      () => post({ ...orderBody(), buyerId: 'somebody-else' }),
      403,
      'NotYourParty',
    ],
    ['an order by a supplier', () => ({ ...post(order()), as: supplier() }), 403, 'RoleMissing'],
    [
      'another supplier’s order accepted',
      () => ({ path: `/v1/orders/${buyer()}/PO-first/acceptance`, as: supplier(1), ...post({ version: 1 }) }),
      404,
      'NotFound',
    ],
    [
      'another supplier’s order read',
      () => ({ method: 'GET', path: `/v1/orders/${buyer()}/PO-first`, as: supplier(1) }),
      404,
      'NotFound',
    ],
    [
      'another supplier’s claim read',
      () => ({ method: 'GET', path: `/v1/claims/${supplier()}/INV-first/2026-03-02`, as: supplier(1) }),
      404,
      'NotFound',
    ],
    ['an order that does not exist', () => ({ method: 'GET', path: `/v1/orders/${buyer()}/PO-none` }), 404, 'NotFound'],
    ['a path that climbs', () => ({ method: 'GET', path: '/v1/orders/..%2f..%2fetc/passwd' }), 404, 'NotFound'],
    ['a method that the door does not have', () => ({ method: 'DELETE', path: '/v1/orders' }), 405, 'MethodNotAllowed'],
    ['an answer in XML', () => ({ ...post(order()), headers: { accept: 'application/xml' } }), 406, 'NotAcceptable'],
    [
      'a page of a billion',
      () => ({ method: 'GET', path: '/v1/claims?limit=1e9', as: stage.people.bank.partyId }),
      400,
      'QueryInvalid',
    ],
  ]

  it('answers each with its own no, in one shape, and writes nothing', async () => {
    const before = await viewsAtRest()
    const wrong: unknown[] = []
    for (const [what, sent, status, code] of table) {
      const answer = await send(sent())
      const told = answer.type.includes('application/problem+json')
        ? (JSON.parse(answer.text) as { code?: string }).code
        : `no problem document (${answer.type})`
      if (answer.status !== status || told !== code)
        wrong.push({ what, expected: `${status} ${code}`, answered: `${answer.status} ${told}` })
      if (/node_modules|\.ts:\d/.test(answer.text)) wrong.push({ what, answered: 'a stack' })
    }
    expect(wrong).toEqual([])
    expect(await viewsNow()).toEqual(before)
  })

  it('gives the same answer to the same wish, and refuses another one under its key', async () => {
    const key = randomUUID()
    const body = JSON.stringify(orderBody('repeated'))
    const first = await send({ body, headers: { 'idempotency-key': key } })
    const again = await send({ body, headers: { 'idempotency-key': key } })
    const other = await send({ body: JSON.stringify(orderBody('other')), headers: { 'idempotency-key': key } })
    expect(first.status, first.text).toBe(201)
    expect([again.status, again.headers.get('idempotent-replayed'), again.text]).toEqual([201, 'true', first.text])
    expect([other.status, (JSON.parse(other.text) as { code: string }).code]).toEqual([422, 'IdempotencyKeyReused'])
    expect((await send({ method: 'GET', path: `/v1/orders/${buyer()}/PO-other` })).status).toBe(404)
  })

  it('takes a client’s signed statement once', async () => {
    const { key } = await door.as(buyer())
    const form = tokenForm(await assertionOf(key, world.surroundings.gatewayUrl))
    const ask = () =>
      send({
        path: '/oauth2/token',
        as: '',
        body: form,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
    expect((await ask()).status).toBe(200)
    const second = await ask()
    expect([second.status, (JSON.parse(second.text) as { error: string }).error]).toEqual([401, 'invalid_client'])
  })

  it('judges an upload line by line: a bad line keeps no good one from being taken', async () => {
    const good = { ...orderBody('bulk'), idempotencyKey: randomUUID() }
    const lines = [
      '{"buyerId":',
      JSON.stringify({ ...good, idempotencyKey: randomUUID(), approved: true }),
      JSON.stringify(good),
    ]
    const answer = await send({
      path: '/v1/bulk/orders',
      body: `${lines.join('\n')}\n`,
      headers: { accept: 'application/x-ndjson', 'content-type': 'application/x-ndjson' },
    })
    const results = answer.text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { status: string; code?: string })
    expect(results.map(({ status, code }) => [status, code])).toEqual([
      ['invalid', 'NotJson'],
      ['invalid', 'Invalid'],
      ['accepted', undefined],
    ])
  })
})

describe('every topic', () => {
  const brokers = () => [world.world.engines.kafka.address]

  /** One record of ours from each place, to flip a byte of. */
  const honestRecords = async (): Promise<Map<string, LogRecord>> => {
    const found = new Map<string, LogRecord>()
    await eachRecord(
      topics.map(({ name }) => name),
      (record) => {
        if (record.value && headerText(record, header.checksum))
          found.set(`${record.topic}/${record.partition}`, record)
      },
    )
    return found
  }

  const eachRecord = async (names: readonly string[], visit: (record: LogRecord) => void): Promise<void> => {
    const log = await openKafkaLog({ brokers: brokers(), clientId: 'bad-input', clock: systemClock, witness: silent })
    try {
      await readTopics(log, names, visit)
    } finally {
      await log.close()
    }
  }

  let viewsBefore: Record<string, unknown[]>

  type Bad = BadRecord & Written
  const written: Bad[] = []
  const letterName = (desk: string, topic: string, partition: number, offset: bigint | number) =>
    `${desk} could not take ${topic}/${partition}@${offset}`

  /** What must become a dead letter, and of which desk. */
  const expected = (): Map<string, Bad> =>
    new Map(
      written.flatMap((bad) =>
        readersOf(bad.topic).map((desk) => [letterName(desk, bad.topic, bad.partition, bad.offset), bad] as const),
      ),
    )

  const deadLetters = async (): Promise<Map<string, string>> => {
    const found = new Map<string, string>()
    const names = [...new Set(desks.map(({ name }) => deadLettersTopic(name)))]
    await eachRecord(names, (record) => {
      const type = headerText(record, header.type)
      if (type !== 'triflow.desk.v1.DeadLettered' || !record.value) return
      let letter
      try {
        letter = decodeMessage(type, record.value) as unknown as deskWire.DeadLettered
      } catch {
        return // one of those that were written here
      }
      found.set(letterName(deskNameOf(letter.desk), letter.topic, letter.partition, letter.offset), letter.reason)
    })
    return found
  }

  it('turns each of them into a dead letter of every desk that reads it, with its reason', async () => {
    viewsBefore = await viewsAtRest()
    const honest = await honestRecords()
    const bad = topics.flatMap((topic) =>
      Array.from({ length: partitionsOf(topic, DESKS) }, (_, partition) =>
        badRecordsFor(topic, partition, honest.get(`${topic.name}/${partition}`)),
      ).flat(),
    )
    const places = await writeForeign(brokers(), bad)
    places.forEach((place, index) => written.push({ ...bad[index]!, ...place }))

    const wanted = expected()
    let letters = await deadLetters()
    const complete = () => [...wanted.keys()].every((name) => letters.has(name))
    await eventually(
      async () => {
        letters = await deadLetters()
        return complete()
      },
      60_000,
      1_000,
    )
    const missing = [...wanted].filter(([name]) => !letters.has(name)).map(([name, { what }]) => `${name}: ${what}`)
    const otherReason = [...wanted]
      .filter(([name, { reason }]) => letters.has(name) && letters.get(name) !== reason)
      .map(([name, { what, reason }]) => `${name}: ${what} is ${letters.get(name)}, not ${reason}`)
    expect(missing).toEqual([])
    expect(otherReason).toEqual([])
    expect(wanted.size).toBeGreaterThan(500)
  })

  it('leaves every view as it was', async () => {
    expect(Object.values(viewsBefore).flat().length).toBeGreaterThan(10)
    expect(await viewsAtRest()).toEqual(viewsBefore)
  })

  it('goes on: honest trades are financed and paid', async () => {
    for (const number of ['after-1', 'after-2', 'after-3'])
      expect((await playHonestTrade(stage, number)).claim).toMatchObject({ status: 'disbursed' })
  })

  it('goes on after every service was killed and has read it all again', async () => {
    await world.kill(services)
    for (const name of services) await world.start(name)
    await world.allReady()
    for (const number of ['restarted-1', 'restarted-2'])
      expect((await playHonestTrade(stage, number)).claim).toMatchObject({ status: 'disbursed' })
  })

  it('passes verify', async () => {
    const lines: string[] = []
    expect(await runVerify({ env: world.env, say: (line) => lines.push(line) }), lines.join('\n')).toBe(true)
  })
})
