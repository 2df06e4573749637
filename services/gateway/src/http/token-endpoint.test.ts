/** How a client proves who it is, and what is not proof enough. */
import { createHmac, randomUUID } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, exportSPKI, generateKeyPair, importJWK, SignJWT, type CryptoKey } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { acme, assertionOf, issuer, newClient, openWorld, type Client, type World } from '../testing.ts'

let world: World
let client: Client
beforeAll(async () => {
  world = await openWorld()
  client = await newClient()
})
beforeEach(() => {
  world.fake.forget()
  world.fake.put('party', 'parties', 'nordwind-components', {
    name: 'Nordwind',
    roles: ['supplier', 'emperor'],
    clientKeys: [JSON.stringify({ ...client.publicJwk, kid: 'nordwind-1' })],
    enrolments: [],
  })
})
afterAll(() => world.close())

const askWith = async (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  await fetch(`${world.url}/oauth2/token`, { method: 'POST', body: new URLSearchParams(parameters), headers })

const ask = async (assertion: string, more: Record<string, string> = {}) =>
  await askWith({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...more,
  })

const now = () => Math.floor(Date.now() / 1000)
const nordwind = 'nordwind-components'

describe('a client that signs with its registered key', () => {
  it('gets a token for five minutes with its roles, and it opens the door', async () => {
    const response = await ask(await assertionOf(client, nordwind))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const {
      access_token: token,
      token_type: type,
      expires_in: seconds,
    } = (await response.json()) as Record<string, string>
    expect({ type, seconds }).toEqual({ type: 'Bearer', seconds: 300 })
    expect(decodeProtectedHeader(token!)).toMatchObject({ alg: 'ES256', typ: 'at+jwt', kid: world.key.kid })
    const claims = decodeJwt(token!)
    expect(claims).toMatchObject({ iss: issuer, aud: issuer, sub: nordwind, roles: ['supplier'] })
    expect(claims.exp! - claims.iat!).toBe(300)
    world.fake.put('party', 'calendar', 'calendar', { date: '2026-03-02' })
    const read = await fetch(`${world.url}/v1/business-days/current`, { headers: { authorization: `Bearer ${token}` } })
    expect(read.status).toBe(200)
  })

  it('may name the token endpoint as the audience, and its key by the id it was registered with', async () => {
    expect(
      (
        await ask(
          await assertionOf(client, nordwind, { aud: `${issuer}/oauth2/token` }, { kid: 'nordwind-1', typ: 'JWT' }),
        )
      ).status,
    ).toBe(200)
  })

  it('may have several keys', async () => {
    const second = await newClient()
    world.fake.put('party', 'parties', nordwind, {
      roles: ['supplier'],
      clientKeys: [client, second].map(({ publicJwk }) => JSON.stringify(publicJwk)),
    })
    expect((await ask(await assertionOf(second, nordwind))).status).toBe(200)
  })

  it('is found as soon as the position of its registration is seen', async () => {
    const headers = { 'triflow-position': 'party.party-02#1' }
    const parameters = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }
    await askWith({ ...parameters, client_assertion: await assertionOf(client, nordwind) }, headers)
    expect(world.fake.asked).toContainEqual({ view: 'parties', atLeast: 'party.party-02#1' })
  })

  it('is the operator when the key is the operator’s', async () => {
    const response = await ask(await assertionOf(world.operatorClient, 'operator'))
    const { access_token: token } = (await response.json()) as Record<string, string>
    expect(decodeJwt(token!)).toMatchObject({ sub: 'operator', roles: ['operator'] })
  })
})

describe('an assertion', () => {
  it('is good once', async () => {
    const assertion = await assertionOf(client, nordwind)
    expect((await ask(assertion)).status).toBe(200)
    const again = await ask(assertion)
    expect(again.status).toBe(401)
    expect(await again.json()).toMatchObject({
      error: 'invalid_client',
      error_description: 'The client assertion was used before.',
    })
  })

  it('is good once also when it is sent twice at the same moment', async () => {
    const assertion = await assertionOf(client, nordwind)
    const statuses = (await Promise.all([ask(assertion), ask(assertion), ask(assertion)])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 401, 401])
  })

  it('that is not good does not use up the id of one that is', async () => {
    const jti = randomUUID()
    expect((await ask(await assertionOf(await newClient(), nordwind, { jti }))).status).toBe(401)
    expect((await ask(await assertionOf(client, nordwind, { jti }))).status).toBe(200)
  })

  it.each<[string, () => Promise<string>]>([
    ['another key', async () => assertionOf(await newClient(), nordwind)],
    ['nobody’s id', async () => assertionOf(client, 'nobody')],
    ['an id that is none', async () => assertionOf(client, '../operator')],
    ['the operator’s id with a party’s key', async () => assertionOf(client, 'operator')],
    ['another audience', async () => assertionOf(client, nordwind, { aud: 'https://elsewhere' })],
    ['another issuer than subject', async () => assertionOf(client, nordwind, { iss: 'acme-motors' })],
    ['an end that has passed', async () => assertionOf(client, nordwind, { iat: now() - 40, exp: now() - 20 })],
    ['an end too far ahead', async () => assertionOf(client, nordwind, { exp: now() + 120 })],
    ['a beginning in the future', async () => assertionOf(client, nordwind, { iat: now() + 60 })],
    ['no end', async () => assertionOf(client, nordwind, { exp: undefined })],
    ['no id of its own', async () => assertionOf(client, nordwind, { jti: undefined })],
    ['an endless id of its own', async () => assertionOf(client, nordwind, { jti: 'x'.repeat(201) })],
    ['no beginning', async () => assertionOf(client, nordwind, { iat: undefined })],
    [
      'no signature',
      async () =>
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: nordwind, sub: nordwind, aud: issuer, iat: now(), exp: now() + 30, jti: randomUUID() })).toString('base64url')}.`,
    ],
    [
      'a MAC made with the public key',
      async () => {
        const key = await exportSPKI((await importJWK(client.publicJwk, 'ES256', { extractable: true })) as CryptoKey)
        const parts = (await assertionOf(client, nordwind, {}, { alg: 'ES256' })).split('.')
        const head = Buffer.from('{"alg":"HS256"}').toString('base64url')
        return `${head}.${parts[1]}.${createHmac('sha256', key).update(`${head}.${parts[1]}`).digest('base64url')}`
      },
    ],
    [
      'changed claims',
      async () => {
        const parts = (await assertionOf(client, nordwind)).split('.')
        const claims = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString()) as object
        return `${parts[0]}.${Buffer.from(JSON.stringify({ ...claims, jti: 'other' })).toString('base64url')}.${parts[2]}`
      },
    ],
    [
      'a key of its own inside',
      async () => {
        const stranger = await newClient()
        return await assertionOf(stranger, nordwind, {}, { jwk: stranger.publicJwk })
      },
    ],
    ['nonsense', async () => 'nonsense'],
  ])('with %s is no proof', async (_name, make) => {
    const response = await ask(await make())
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: 'invalid_client' })
  })
})

describe('a token request', () => {
  it.each([
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ client_assertion_type: 'basic' }, 400, 'invalid_request'],
    [{ client_id: 'acme-motors' }, 401, 'invalid_client'],
  ])('with %o is refused', async (change, status, error) => {
    const response = await ask(await assertionOf(client, nordwind), change)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error })
  })

  it('with a parameter twice, or in another kind of content, is refused', async () => {
    const twice = await fetch(`${world.url}/oauth2/token`, {
      method: 'POST',
      body: 'grant_type=client_credentials&grant_type=password',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(await twice.json()).toMatchObject({ error: 'invalid_request' })
    const json = await fetch(`${world.url}/oauth2/token`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect(json.status).toBe(415)
  })

  it('is told to come back when parties cannot be looked up', async () => {
    world.fake.down.add('party')
    const response = await ask(await assertionOf(client, nordwind))
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
  })
})

describe('an access token', () => {
  const claims = () => ({
    roles: ['buyer'],
    iss: issuer,
    aud: issuer,
    sub: acme.partyId,
    iat: now(),
    exp: now() + 300,
    jti: randomUUID(),
  })
  const sign = async (change: Record<string, unknown>, header: Record<string, unknown> = {}, key?: CryptoKey) =>
    await new SignJWT({ ...claims(), ...change })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: world.key.kid, ...header })
      .sign(key ?? world.key.privateKey)
  const use = async (authorization: string) =>
    await fetch(`${world.url}/v1/business-days/current`, { headers: { authorization } })

  it('is refused when it is anything but ours, whole and in time', async () => {
    const stranger = (await generateKeyPair('ES256', { extractable: true })).privateKey
    const bad = {
      expired: await sign({ iat: now() - 400, exp: now() - 100 }),
      'of another audience': await sign({ aud: 'elsewhere' }),
      'of another issuer': await sign({ iss: 'elsewhere' }),
      'of another type': await sign({}, { typ: 'JWT' }),
      'of a stranger': await sign({}, {}, stranger),
      'without roles': await sign({ roles: undefined }),
      'from long ago': await sign({ iat: now() - 3600 }),
      'a client assertion': await assertionOf(client, nordwind),
    }
    for (const [name, token] of Object.entries(bad)) {
      const response = await use(`Bearer ${token}`)
      expect([name, response.status]).toEqual([name, 401])
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="triflow", error="invalid_token"')
    }
    expect((await use('Basic YWNtZTphY21l')).status).toBe(401)
    expect((await use(`Bearer ${await sign({})} extra`)).status).toBe(401)
  })

  it('gives no role that does not exist', async () => {
    const token = await sign({ roles: ['emperor', 'buyer'] })
    expect(await world.tokens.verify(token)).toEqual({ partyId: acme.partyId, roles: ['buyer'] })
  })
})

describe('what the door says of itself', () => {
  it('is enough for a client to find its way', async () => {
    const metadata = await (await fetch(`${world.url}/.well-known/oauth-authorization-server`)).json()
    expect(metadata).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/oauth2/token`,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
    })
    const { keys } = (await (await fetch(`${world.url}/.well-known/jwks.json`)).json()) as {
      keys: Record<string, unknown>[]
    }
    expect(keys).toHaveLength(1)
    expect(keys[0]).toMatchObject({ kid: world.key.kid, alg: 'ES256', crv: 'P-256' })
    expect(keys[0]).not.toHaveProperty('d')
  })
})
