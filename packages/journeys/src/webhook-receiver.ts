/** A party's own server: takes webhooks in, keeps what it was told, and can be made to answer late. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface Told {
  readonly id: string
  readonly body: string
  readonly type: string
  readonly data: Readonly<Record<string, string>>
  /** Whether it was signed with the receiver's secret, just now. */
  readonly isSigned: boolean
}

export interface WebhookReceiver {
  readonly url: string
  readonly told: readonly Told[]
  /** What signs it; until it is known nothing is taken for signed. */
  trust(secret: string): void
  /** The next webhook is taken in and not answered; resolves with it, when it has come. */
  holdNext(): Promise<Told>
  close(): Promise<void>
}

export const openReceiver = async (): Promise<WebhookReceiver> => {
  const told: Told[] = []
  let verifier: Webhook | undefined
  let held: ((one: Told) => void) | undefined

  const isSigned = (body: string, headers: Record<string, string>): boolean => {
    try {
      verifier?.verify(body, headers)
      return verifier !== undefined
    } catch {
      return false
    }
  }

  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const headers = request.headers as Record<string, string>
      const { type, data } = JSON.parse(body) as Pick<Told, 'type' | 'data'>
      const one = { id: headers['webhook-id'] ?? '', body, type, data, isSigned: isSigned(body, headers) }
      told.push(one)
      if (!held) return void response.writeHead(204).end()
      held(one)
      held = undefined
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/triflow`,
    told,
    trust: (secret) => void (verifier = new Webhook(secret)),
    holdNext: () => new Promise((resolve) => (held = resolve)),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
