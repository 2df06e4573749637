import { createServer, type IncomingMessage, type Server } from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, importJWK, jwtVerify } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '@triflow/platform'
import { openClientToken } from './client-token.ts'
import { lineKey, lineOf, openGateway } from './gateway.ts'
import type { Instruction } from './instructions.ts'
import { memoryInstructions } from './instructions-memory.ts'
import { openStatement, type Statement } from './statement.ts'

const executed = (id: string): Instruction => ({
  id,
  state: 'executed',
  bankReference: `SB-${id}`,
  detail: '',
  currency: 'USD',
  amountMinor: 8_000_000n,
  payeeAccount: 'US64',
  payeeName: 'litware',
  debitAccount: 'litware|wide-world-importers',
  line: 'unposted',
  valueOn: '',
})

const quiet = { say: () => undefined, count: () => undefined, observe: () => undefined }

interface Line {
  readonly idempotencyKey: string
  readonly reference: string
  readonly valueOn: string
}

/** A gateway that checks the client's proof and takes lines; `mood` decides what it says to each. */
const fakeGateway = async (mood: (line: Line, tries: number) => string, businessDate: () => string | undefined) => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const keys = { public: await exportJWK(publicKey), private: await exportJWK(privateKey) }
  const taken = new Map<string, string>()
  const tries = new Map<string, number>()
  const seen = { tokens: 0, batches: [] as string[], conflicts: 0 }
  const bodyOf = async (request: IncomingMessage): Promise<string> => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    return body
  }
  const server: Server = createServer((request, response) => {
    const say = (status: number, body: unknown) =>
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
    void (async () => {
      const body = await bodyOf(request)
      if (request.url === '/.well-known/oauth-authorization-server')
        return say(200, { issuer: 'https://triflow.example' })
      if (request.url === '/oauth2/token') {
        const form = new URLSearchParams(body)
        const key = await importJWK(keys.public, 'ES256')
        const options = {
          issuer: 'first-bank',
          subject: 'first-bank',
          audience: 'https://triflow.example',
          requiredClaims: ['jti', 'exp', 'iat'],
          maxTokenAge: 60,
        }
        await jwtVerify(form.get('client_assertion')!, key, options)
        seen.tokens++
        return say(200, { access_token: `token-${seen.tokens}`, token_type: 'Bearer', expires_in: 300 })
      }
      if (!request.headers.authorization?.startsWith('Bearer token-')) return say(401, {})
      if (request.url === '/v1/business-days/current') {
        const date = businessDate()
        return date ? say(200, { date }) : say(404, {})
      }
      seen.batches.push(String(request.headers['idempotency-key']))
      const answers = body
        .trim()
        .split('\n')
        .map((written, at) => {
          const line = JSON.parse(written) as Line
          const nth = (tries.get(line.reference) ?? 0) + 1
          tries.set(line.reference, nth)
          const before = taken.get(line.idempotencyKey)
          if (before !== undefined && before !== written) seen.conflicts++
          const status = mood(line, nth)
          if (status === 'accepted' || status === 'pending') taken.set(line.idempotencyKey, written)
          return JSON.stringify({ line: at + 1, status })
        })
      return say(200, `${answers.join('\n')}\n`)
    })().catch(() => say(500, {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    keys,
    taken,
    seen,
    close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  }
}

describe('the statement', () => {
  let keysDir = ''
  let statement: Statement | undefined
  let gateway: Awaited<ReturnType<typeof fakeGateway>> | undefined
  let on: string | undefined

  beforeEach(async () => {
    keysDir = await mkdtemp(join(tmpdir(), 'bank-'))
    on = '2016-05-30'
  })

  afterEach(async () => {
    await statement?.stop()
    await gateway?.close()
    await rm(keysDir, { recursive: true, force: true })
  })

  const open = async (
    instructions: ReturnType<typeof memoryInstructions>,
    mood: (line: Line, tries: number) => string = () => 'accepted',
    withKey = true,
  ) => {
    gateway = await fakeGateway(mood, () => on)
    if (withKey) await writeKey()
    const client = openClientToken({ gatewayUrl: gateway.url, keysDir, actor: 'first-bank', now: Date.now })
    statement = openStatement({
      instructions,
      gateways: [openGateway(gateway.url, client, Date.now)],
      clock: systemClock,
      witness: quiet,
    })
    return gateway
  }
  const writeKey = () => writeFile(join(keysDir, 'first-bank.jwk'), JSON.stringify(gateway!.keys.private))
  const settled = (instructions: ReturnType<typeof memoryInstructions>) =>
    expect
      .poll(() => [...instructions.kept.values()].filter(({ line }) => line === 'unposted').length, { timeout: 8_000 })
      .toBe(0)

  it('shows a debit for every executed disbursement, in few batches, with one token', async () => {
    const instructions = memoryInstructions()
    for (let at = 0; at < 40; at++) await instructions.insert(executed(`d-${at}`))
    const { taken, seen } = await open(instructions)
    await settled(instructions)
    expect(taken.size).toBe(40)
    expect(seen.tokens).toBe(1)
    expect(seen.batches).toHaveLength(1)
    expect(JSON.parse(taken.get('debit/d-0')!)).toEqual({
      idempotencyKey: 'debit/d-0',
      supplierId: 'litware',
      debtorId: 'wide-world-importers',
      lineId: 'SB-d-0',
      direction: 'debit',
      amountMinor: '8000000',
      currency: 'USD',
      valueOn: '2016-05-30',
      reference: 'd-0',
      counterparty: 'litware',
    })
  })

  it('posts a line again until it is taken, the very same line though the business day has changed', async () => {
    const instructions = memoryInstructions()
    for (let at = 0; at < 5; at++) await instructions.insert(executed(`d-${at}`))
    const { taken, seen } = await open(instructions, (_, tries) => {
      on = '2016-05-31'
      return ['unavailable', 'pending', 'accepted'][tries - 1]!
    })
    await settled(instructions)
    expect(taken.size).toBe(5)
    expect(seen.conflicts).toBe(0)
    expect([...taken.values()].every((line) => line.includes('"valueOn":"2016-05-30"'))).toBe(true)
  })

  it('waits quietly for its key and for the first business day', async () => {
    const instructions = memoryInstructions()
    await instructions.insert(executed('d-1'))
    on = undefined
    const { taken, seen } = await open(instructions, () => 'accepted', false)
    await systemClock.sleep(200)
    expect(seen.tokens).toBe(0)
    await writeKey()
    await expect.poll(() => seen.tokens, { timeout: 5_000 }).toBe(1)
    expect(taken.size).toBe(0)
    on = '2016-05-30'
    await settled(instructions)
    expect(taken.size).toBe(1)
  })

  it('does not post for ever what the platform refuses', async () => {
    const instructions = memoryInstructions()
    await instructions.insert(executed('d-1'))
    await open(instructions, () => 'rejected')
    await settled(instructions)
    expect(instructions.kept.get('d-1')!.line).toBe('unwanted')
  })
})

describe('a debit line', () => {
  it('has a key that is visible ASCII whatever the disbursement’s id', () => {
    expect(lineKey('claim/1')).toBe('debit/claim/1')
    for (const id of ['发票/1', 'a b', 'x'.repeat(400)]) expect(lineKey(id)).toMatch(/^debit\/[0-9a-f]{32}$/)
    expect(lineOf(executed('d-1'))).toBe(lineOf(executed('d-1')))
  })
})
