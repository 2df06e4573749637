/** What goes over the wire to a receiver, and what its answer is taken for. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { webhookSecretsFrom } from '@triflow/platform'
import type { Said, ViewDocument } from '@triflow/desk'
import { Webhook } from 'standardwebhooks'
import type { DeliveryDue } from '../desks/index.ts'
import { openPost } from './post.ts'
import { sender } from './sender.ts'

const secrets = webhookSecretsFrom(Buffer.alloc(32, 7))
const shown = new Map<string, ViewDocument>()
const views = { load: async () => shown, list: () => Promise.reject(new Error()) }

const counted: string[] = []
const witness = {
  count: (name: string, _value: number, labels = {}) => void counted.push(`${name} ${JSON.stringify(labels)}`),
}

const due = (url: string): DeliveryDue => ({
  type: 'DeliveryDue',
  webhookId: 'litware/books',
  eventId: 'financing.obligor-0.7.1',
  kind: 'ClaimFinanced',
  body: '{"type":"ClaimFinanced","name":"Müller"}',
  attempt: 1,
  url,
  secretVersions: [2, 1],
})

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

const receiver = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => (server.closeAllConnections(), server.close()))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks?of=litware`
}

const posting = (anywhere = true) => {
  const { post, close } = openPost({ anywhere })
  closers.push(close)
  return post
}

const send = async (url: string, anywhere = true) => {
  const connector = sender({ post: posting(anywhere), secrets, clock: { now: Date.now }, witness })
  const [report] = await connector.act({ ...due(url) }, {} as Said, views)
  return report!
}

const answering = (status: number, headers: Record<string, string> = {}) =>
  receiver((_request, response) => void response.writeHead(status, headers).end())

describe('a delivery', () => {
  it('verifies under either living secret and under no other', async () => {
    let headers: IncomingHttpHeaders = {}
    let body = ''
    const url = await receiver((request, response) => {
      headers = request.headers
      request.setEncoding('utf8').on('data', (text: string) => (body += text))
      request.on('end', () => response.writeHead(204).end())
    })
    const report = await send(url)
    expect(report).toEqual({
      id: 'litware/books/financing.obligor-0.7.1/1',
      command: {
        type: 'ReportDelivery',
        webhookId: 'litware/books',
        eventId: 'financing.obligor-0.7.1',
        attempt: 1,
        result: 'delivered',
        status: 204,
        detail: 'No Content',
      },
    })
    expect(headers['webhook-id']).toBe('financing.obligor-0.7.1')
    const received = headers as Record<string, string>
    for (const version of [1, 2])
      expect(new Webhook(secrets('litware/books', version)).verify(body, received)).toEqual({
        type: 'ClaimFinanced',
        name: 'Müller',
      })
    for (const [webhookId, version] of [
      ['litware/books', 3],
      ['litware/orders', 2],
    ] as const)
      expect(() => new Webhook(secrets(webhookId, version)).verify(body, received)).toThrow(/signature/i)
    expect(() => new Webhook(secrets('litware/books', 2)).verify(`${body} `, received)).toThrow(/signature/i)
  })

  it.each([
    [200, 'delivered'],
    [410, 'gone'],
    [404, 'failed'],
    [500, 'failed'],
  ])('answered with %i is %s, and counted so', async (status, result) => {
    expect((await send(await answering(status))).command).toMatchObject({ result, status })
    expect(counted.at(-1)).toBe(`triflow_webhook_attempts_total {"result":"${result}"}`)
  })

  it.each([
    ['sent', 1, true],
    ['delivered', 0, true],
    ['delivered', 1, false],
    ['waiting', 1, false],
    ['abandoned', 1, false],
    ['sent', 2, false],
  ])('that is shown as %s after %i attempts is sent: %s', async (status, attempts, isSent) => {
    let posted = 0
    const url = await receiver((_request, response) => {
      posted++
      response.end()
    })
    const id = 'litware/books/financing.obligor-0.7.1'
    shown.set(id, { id, body: { status, attempts } } as unknown as ViewDocument)
    const connector = sender({ post: posting(), secrets, clock: { now: Date.now }, witness })
    const reports = await connector.act({ ...due(url) }, {} as Said, views)
    shown.clear()
    expect([reports.length, posted]).toEqual(isSent ? [1, 1] : [0, 0])
  })

  it('does not follow a redirect', async () => {
    let visited = false
    const elsewhere = await receiver((_request, response) => {
      visited = true
      response.end()
    })
    const report = await send(await answering(307, { location: elsewhere }))
    expect(report.command).toMatchObject({ result: 'failed', status: 307 })
    expect(visited).toBe(false)
  })

  it('is not waited for longer than five seconds', async () => {
    const from = performance.now()
    const report = await send(await receiver(() => undefined))
    expect(report.command).toMatchObject({ result: 'failed', status: 0, detail: 'no answer within 5 s' })
    expect(performance.now() - from).toBeLessThan(8_000)
  })

  it('cuts off a receiver that talks without end', async () => {
    const cut = Promise.withResolvers<void>()
    const url = await receiver((_request, response) => {
      response.writeHead(200)
      const talk = setInterval(() => response.write(Buffer.alloc(32 * 1024)), 1)
      response.on('close', () => {
        clearInterval(talk)
        cut.resolve()
      })
    })
    expect((await send(url)).command).toMatchObject({ result: 'delivered' })
    await cut.promise
  })
})

describe('on the public network', () => {
  it.each([
    ['http://litware.example/', 'only https to port 443 or 8443'],
    ['https://litware.example:9200/', 'only https to port 443 or 8443'],
    ['https://127.0.0.1/', 'the address is not on the public network'],
    ['https://169.254.169.254/latest/meta-data', 'the address is not on the public network'],
    ['https://10.0.0.1/', 'the address is not on the public network'],
    ['https://[::1]/', 'the address is not on the public network'],
    ['https://[::ffff:127.0.0.1]/', 'the address is not on the public network'],
    ['https://0/', 'the address is not on the public network'],
    ['https://2130706433/', 'the address is not on the public network'],
    ['https://localhost:8443/', 'the address is not on the public network'],
  ])('%s is not called', async (url, detail) =>
    expect((await send(url, false)).command).toMatchObject({ result: 'failed', status: 0, detail }),
  )

  it('an address without a listener looks like one that refuses', async () =>
    expect((await send('http://127.0.0.1:1/')).command).toMatchObject({ status: 0, detail: 'could not be reached' }))
})
