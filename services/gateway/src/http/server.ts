/** The socket side: timeouts against those who send slowly, bounds against those who send much, and a clean end. */
import { randomBytes } from 'node:crypto'
import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Witness } from '@triflow/desk'
import { problemBody } from './problems.ts'

export interface ServerLimits {
  readonly headersTimeoutMs: number
  /** For a whole request; a bulk upload is read as fast as it is judged, so this is long. */
  readonly requestTimeoutMs: number
  readonly maxConnections: number
}

const refusals: Readonly<Record<string, { status: number; code: string; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'HeadersTooLarge', detail: 'The header fields are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'RequestTooSlow', detail: 'The request did not arrive in time.' },
}
const unreadable = { status: 400, code: 'RequestUnreadable', detail: 'This is not HTTP as we read it.' }

/** What never became a request is answered by hand, in the same shape as everything else. */
const answerBroken = (error: NodeJS.ErrnoException, socket: Duplex, witness: Witness): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const refusal = refusals[error.code ?? ''] ?? unreadable
  witness.count('triflow_rejected_total', 1, { kind: refusal.code })
  const body = JSON.stringify(problemBody(refusal, '', randomBytes(16).toString('hex')))
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

export const createDoor = (listener: RequestListener, limits: ServerLimits, witness: Witness): Server => {
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      insecureHTTPParser: false,
      requireHostHeader: true,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5_000),
    },
    listener,
  )
  server.headersTimeout = limits.headersTimeoutMs
  server.requestTimeout = limits.requestTimeoutMs
  server.keepAliveTimeout = 65_000
  server.maxHeadersCount = 100
  server.maxConnections = limits.maxConnections
  server.on('clientError', (error, socket) => answerBroken(error, socket, witness))
  return server
}

export const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })

const IDLE_EVERY_MS = 100

/**
 * Takes no new connections, lets what is under way finish, then closes what is left. A client that keeps asking on the
 * connection it has is answered once more and told to leave it; else the busiest would keep the door open to the last.
 */
export const closeDoor = (server: Server, withinMs: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), withinMs)
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_EVERY_MS)
    server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'))
    server.close(() => {
      clearTimeout(timer)
      clearInterval(idle)
      resolve()
    })
    server.closeIdleConnections()
  })
