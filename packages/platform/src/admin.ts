/** The second port, for orchestrators and scrapers: /livez, /readyz, /startupz, /metrics. Never for the public. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

export interface AdminServer {
  readonly port: number
  stop(): Promise<void>
}

/** Parts by name; what they answer says whether they are ready. */
export type Parts = Readonly<Record<string, boolean>>

/**
 * /livez only says that the event loop turns: a lost dependency is no reason to be restarted. /readyz names every part
 * that is not ready; /startupz turns once and stays.
 */
export const adminServer = async (options: {
  readonly host: string
  readonly port: number
  readonly parts: () => Parts
  readonly started: () => boolean
  readonly registry: Registry
}): Promise<AdminServer> => {
  const { host, port, parts, started, registry } = options
  const server = createServer((request, response) => {
    const say = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, 'only GET\n')
    switch (request.url?.split('?')[0]) {
      case '/livez':
        return say(200, 'alive\n')
      case '/startupz':
        return started() ? say(200, 'started\n') : say(503, 'starting\n')
      case '/readyz': {
        const failing = Object.entries(parts())
          .filter(([, ready]) => !ready)
          .map(([name]) => name)
        return failing.length === 0 ? say(200, 'ready\n') : say(503, `not ready: ${failing.join(', ')}\n`)
      }
      case '/metrics':
        registry.metrics().then(
          (text) => say(200, text, registry.contentType),
          () => say(500, 'metrics could not be gathered\n'),
        )
        return
      default:
        return say(404, 'not here\n')
    }
  })
  server.maxHeadersCount = 50
  server.requestTimeout = 5_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
