/** What the gateway's tests share: a real door on a free port, services faked behind the Doors interface, and callers with keys. */
import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { decodeMessage, type doorWire } from '@triflow/contracts'
import { systemClock, webhookSecretsFrom } from '@triflow/platform'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { ownershipMemory } from './doors/ownership.ts'
import { DoorUnavailable, type Doors, type Service } from './doors/service-doors.ts'
import { accessTokens } from './http/access-tokens.ts'
import { admission, type AdmissionBounds } from './http/admission.ts'
import { createApp } from './http/app.ts'
import type { Actor } from './http/authorise.ts'
import { signedCursors } from './http/cursor.ts'
import type { Gateway, Limits } from './http/exchange.ts'
import { createDoor, listen } from './http/server.ts'
import { usedTokensInMemory } from './http/used-tokens.ts'

export const issuer = 'http://gateway.test'

export const acme: Actor = { partyId: 'acme-motors', roles: ['buyer'] }
export const globex: Actor = { partyId: 'globex', roles: ['buyer'] }
export const nordwind: Actor = { partyId: 'nordwind-components', roles: ['supplier'] }
export const suedwind: Actor = { partyId: 'suedwind', roles: ['supplier'] }
export const blitz: Actor = { partyId: 'blitz-cargo', roles: ['carrier'] }
export const schnecke: Actor = { partyId: 'schnecke-cargo', roles: ['carrier'] }
export const nordbank: Actor = { partyId: 'nordbank', roles: ['funder'] }
export const suedbank: Actor = { partyId: 'suedbank', roles: ['funder'] }
export const operator: Actor = { partyId: 'operator', roles: ['operator'] }
export const auditor: Actor = { partyId: 'revision', roles: ['auditor'] }

type Json = Record<string, unknown>

/** Services that keep what was submitted, answer as told, and show documents that a test puts there. */
export const fakeDoors = () => {
  const documents = new Map<string, { id: string; json: Json; version: bigint }[]>()
  const submitted: doorWire.SubmitRequest[] = []
  const known = new Map<string, { hash: string; answer: doorWire.SubmitAnswer }>()
  const down = new Set<Service>()
  const asked: { view: string; atLeast: string }[] = []
  type Outcome = (request: doorWire.SubmitRequest) => Partial<doorWire.SubmitAnswer>
  const standing: { outcome: Outcome } = { outcome: () => ({}) }

  const present = (service: Service) => {
    if (down.has(service)) throw new DoorUnavailable(service, new Error('14 UNAVAILABLE'))
  }
  const take = (request: doorWire.SubmitRequest): doorWire.SubmitAnswer => {
    const identity = JSON.stringify([request.actor, request.route, request.idempotencyKey])
    const hash = Buffer.from(request.bodyHash).toString('hex')
    const before = known.get(identity)
    const blank = { code: '', detail: '', commandId: '', position: '', replayed: false, facts: [] }
    if (before) return before.hash === hash ? { ...before.answer, replayed: true } : { ...blank, status: 'conflict' }
    submitted.push(request)
    const answer = {
      ...blank,
      status: 'accepted',
      commandId: `cmd-${submitted.length}`,
      position: `${request.desk}-00#${submitted.length}`,
      ...standing.outcome(request),
    }
    known.set(identity, { hash, answer })
    return answer
  }

  const doors: Doors = {
    submit: async (service, request) => {
      present(service)
      return take(request)
    },
    submitMany: async (service, requests) => {
      present(service)
      return requests.map(take)
    },
    read: async (service, view, id, atLeast) => {
      present(service)
      asked.push({ view, atLeast })
      return documents.get(`${service}/${view}`)?.find((document) => document.id === id)
    },
    list: async (service, { view, field, value, limit, after }) => {
      present(service)
      const all = (documents.get(`${service}/${view}`) ?? []).filter(
        ({ json, id }) => json[field] === value && id > after,
      )
      const page = all.slice(0, limit)
      return { documents: page.map(({ json }) => json), next: all.length > limit ? page.at(-1)!.id : '' }
    },
    close: () => {},
  }
  return {
    doors,
    submitted,
    asked,
    down,
    /** What was submitted last, decoded. */
    last: (): Json => {
      const request = submitted.at(-1)
      if (!request) throw new Error('nothing was submitted')
      return decodeMessage(request.type, request.command) as unknown as Json
    },
    answers: (outcome: Outcome) => void (standing.outcome = outcome),
    put: (service: Service, view: string, id: string, json: Json, version = 1n) => {
      const key = `${service}/${view}`
      const others = (documents.get(key) ?? []).filter((document) => document.id !== id)
      documents.set(
        key,
        [...others, { id, json: { id, ...json }, version }].sort((a, b) => (a.id < b.id ? -1 : 1)),
      )
    },
    forget: () => {
      submitted.length = 0
      known.clear()
      asked.length = 0
      down.clear()
      standing.outcome = () => ({})
    },
  }
}

export interface Client {
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export const newClient = async (): Promise<Client> => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  return { privateKey, publicJwk: await exportJWK(publicKey) }
}

/** A client assertion as it should be, but for what a test changes. */
export const assertionOf = async (
  client: Client,
  id: string,
  claims: Json = {},
  header: Json = {},
): Promise<string> => {
  const now = Math.floor(Date.now() / 1000)
  return await new SignJWT({ iss: id, sub: id, aud: issuer, iat: now, exp: now + 50, jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'ES256', ...header })
    .sign(client.privateKey)
}

/** A gateway over fake services. */
export const openWorld = async (
  options: {
    limits?: Partial<Limits>
    places?: Partial<AdmissionBounds['places']>
    waitMs?: number
    uploadLines?: number
    requestsPerMinute?: number
    headersTimeoutMs?: number
  } = {},
) => {
  const fake = fakeDoors()
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  const key = {
    kid,
    privateKey,
    publicKey,
    publicJwk: { ...publicJwk, kid, alg: 'ES256', use: 'sig' },
    secret: 'a secret of the tests',
  }
  const operatorClient = await newClient()
  const counts = new Map<string, number>()
  const said: { level: string; event: string; details?: unknown }[] = []
  const tokens = accessTokens(key, issuer)
  const witness: Gateway['witness'] = {
    say: (level, event, details) => void said.push({ level, event, details }),
    count: (name, value, labels) => {
      const label = `${name} ${Object.values(labels ?? {}).join(' ')}`.trim()
      counts.set(label, (counts.get(label) ?? 0) + value)
    },
    observe: () => {},
  }
  const gateway: Gateway = {
    admission: admission(
      {
        places: { write: 256, read: 256, token: 64, upload: 32, ...options.places },
        waitMs: options.waitMs ?? 1_000,
        uploadLines: options.uploadLines ?? 2_000,
      },
      witness,
    ),
    doors: fake.doors,
    tokens,
    memory: ownershipMemory(systemClock),
    cursors: signedCursors(key.secret),
    webhookSecrets: webhookSecretsFrom(Buffer.alloc(32, 1)),
    limits: {
      bodyMaxBytes: 100 * 1024,
      bodyTimeoutMs: 400,
      bulkMaxBytes: 32 * 1024 * 1024,
      bulkMaxLines: 20_000,
      bulkChunkLines: 500,
      answerWithinMs: 5_000,
      ...options.limits,
    },
    witness,
    tracing: tracingForTests(),
  }
  const app = createApp({
    gateway,
    issuer,
    issuerKey: key,
    usedTokens: usedTokensInMemory(),
    operatorKey: async () => operatorClient.publicJwk,
    rateLimits: { requestsPerMinute: options.requestsPerMinute ?? 1_000_000, tokensPerMinute: 1_000_000 },
  })
  const server = createDoor(
    app,
    { headersTimeoutMs: options.headersTimeoutMs ?? 10_000, requestTimeoutMs: 60_000, maxConnections: 1_000 },
    gateway.witness,
  )
  await listen(server, 0, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  const headersOf = async (
    actor: Actor | undefined,
    more: Record<string, string> = {},
  ): Promise<Record<string, string>> => ({
    ...(actor ? { authorization: `Bearer ${await tokens.issue(actor)}` } : {}),
    ...more,
  })
  return {
    fake,
    url,
    port,
    key,
    counts,
    said,
    tokens,
    operatorClient,
    gateway,
    headersOf,
    get: async (actor: Actor | undefined, path: string, more: Record<string, string> = {}) =>
      await fetch(url + path, { headers: await headersOf(actor, more) }),
    /** Sends JSON as a well-behaved client does. */
    post: async (
      actor: Actor | undefined,
      path: string,
      body: unknown,
      more: Record<string, string> = {},
      method = 'POST',
    ) =>
      await fetch(url + path, {
        method,
        body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
        headers: await headersOf(actor, {
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
          ...more,
        }),
      }),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type World = Awaited<ReturnType<typeof openWorld>>

/** A trace without spans: enough to see that it is carried on. */
const tracingForTests = (): Gateway['tracing'] => {
  let current = ''
  return {
    span: async (_name, _attributes, traceparent, work) => {
      current = traceparent === '' ? `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` : traceparent
      return await work()
    },
    current: () => current,
  }
}

/** Documents of one small trade, as the services' views show them. */
export const tradeOfAcme = (world: World): void => {
  const { put } = world.fake
  const parties = { buyerId: acme.partyId, supplierId: nordwind.partyId }
  const claim = { supplierId: nordwind.partyId, debtorId: acme.partyId, programmeId: 'acme-nordbank' }
  put('party', 'programmes', 'acme-nordbank', {
    programmeId: 'acme-nordbank',
    debtorId: acme.partyId,
    funderId: nordbank.partyId,
    limitMinor: '1200000000',
  })
  put('party', 'programmes', 'globex-suedbank', {
    programmeId: 'globex-suedbank',
    debtorId: globex.partyId,
    funderId: suedbank.partyId,
    limitMinor: '1',
  })
  put('party', 'parties', nordwind.partyId, {
    name: 'Nordwind',
    roles: ['supplier'],
    clientKeys: [],
    enrolments: [{ programmeId: 'acme-nordbank' }],
  })
  put('party', 'parties', suedwind.partyId, { name: 'Südwind', roles: ['supplier'], clientKeys: [], enrolments: [] })
  put('party', 'calendar', 'calendar', { date: '2026-03-02' })
  put('order', 'orders', 'acme-motors/PO-4711', { ...parties, status: 'submitted', version: 1 })
  put('order', 'invoices', 'nordwind-components/INV-2026-0042/2026-03-06', {
    supplierId: nordwind.partyId,
    debtorId: acme.partyId,
  })
  put('logistics', 'shipments', 'blitz-cargo/WB-90210', { ...parties, carrierId: blitz.partyId })
  put('financing', 'trades', 'acme-motors/PO-4711', parties)
  put('financing', 'claims', 'nordwind-components/INV-2026-0042/2026-03-06', {
    ...claim,
    status: 'referred',
    grossMinor: '2023000',
    limitMinor: '1200000000',
    rules: [{ rule: 'price', outcome: 'referred', detail: 'limit 12,000,000.00' }],
  })
  put('financing', 'decisions', 'nordwind-components/INV-2026-0042/2026-03-06@1', { ...claim, exposureAfterMinor: '5' })
  put('financing', 'positions', 'acme-nordbank', { usedMinor: '0' })
  put('payment', 'books', 'acme-nordbank', { balanceMinor: '0' })
  put('webhook', 'webhooks', 'nordwind-components/bookkeeping', {
    partyId: nordwind.partyId,
    url: 'https://erp.nordwind.example/triflow',
    secretVersion: 2,
  })
  put('webhook', 'deliveries', 'nordwind-components/bookkeeping/financing.obligor-02.118.3', {
    webhookId: 'nordwind-components/bookkeeping',
    eventId: 'financing.obligor-02.118.3',
    status: 'abandoned',
    abandonedOf: 'nordwind-components/bookkeeping',
  })
}
