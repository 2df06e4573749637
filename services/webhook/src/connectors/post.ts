/** One POST to a stranger's URL: to the outside only, no redirect followed, not waited for longer than a few seconds. */
import http from 'node:http'
import https from 'node:https'
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent'
import type { Answer, Post } from './sender.ts'

const ANSWER_WITHIN_MS = 5_000
/** What a receiver says is not read; beyond this it is cut off. */
const ANSWER_MOST_BYTES = 64 * 1024
const PORTS = new Set(['', '443', '8443'])
const SOCKETS_PER_HOST = 8

export interface Egress {
  /**
   * Plain HTTP, any port and private addresses as well: for development, where receivers are on the same machine. Never
   * where strangers register webhooks, for they would reach what only this network reaches.
   */
  readonly anywhere: boolean
}

/** Coarse on purpose: a refused connection and an address without a listener must not be told apart from outside. */
const noAnswer = (error: unknown): Answer => {
  const { name, message } = error as Error
  if (name === 'TimeoutError' || name === 'AbortError')
    return { status: 0, detail: `no answer within ${ANSWER_WITHIN_MS / 1_000} s` }
  if (message.includes('is not allowed')) return { status: 0, detail: 'the address is not on the public network' }
  return { status: 0, detail: 'could not be reached' }
}

export const openPost = ({ anywhere }: Egress): { readonly post: Post; close(): void } => {
  const options = { keepAlive: true, maxSockets: SOCKETS_PER_HOST, allowPrivateIPAddress: anywhere }
  const agents = { http: new RequestFilteringHttpAgent(options), https: new RequestFilteringHttpsAgent(options) }
  const post: Post = ({ url, headers, body }) =>
    new Promise<Answer>((resolve) => {
      const target = new URL(url)
      const isSecure = target.protocol === 'https:'
      if (!anywhere && !(isSecure && PORTS.has(target.port)))
        return resolve({ status: 0, detail: 'only https to port 443 or 8443' })
      const bytes = Buffer.from(body)
      const request = (isSecure ? https : http).request(target, {
        method: 'POST',
        agent: isSecure ? agents.https : agents.http,
        headers: { ...headers, 'content-length': bytes.length },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      request.once('response', (response) => {
        const status = response.statusCode ?? 0
        resolve({ status, detail: http.STATUS_CODES[status] ?? '' })
        let read = 0
        response.on('data', (chunk: Buffer) => {
          read += chunk.length
          if (read > ANSWER_MOST_BYTES) response.destroy()
        })
        response.on('error', () => undefined)
      })
      request.on('error', (error) => resolve(noAnswer(error)))
      request.end(bytes)
    }).catch(noAnswer)
  return {
    post,
    close: () => {
      agents.http.destroy()
      agents.https.destroy()
    },
  }
}
