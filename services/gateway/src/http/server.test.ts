/** The door closes in time although clients keep their connections busy: what is under way ends, and nothing new begins on it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { request, Agent } from 'node:http'
import { describe, expect, it } from 'vitest'
import { closeDoor, createDoor, listen } from './server.ts'

const unheard = { say: () => {}, count: () => {}, observe: () => {} }
const limits = { headersTimeoutMs: 5_000, requestTimeoutMs: 30_000, maxConnections: 100 }

const ask = (agent: Agent, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const asked = request({ agent, port, host: '127.0.0.1' }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    asked.on('error', reject)
    asked.end()
  })

describe('a door that closes', () => {
  it('does not wait for clients that ask again and again on the connections they have', async () => {
    const server = createDoor((_request, response) => void setTimeout(() => response.end('ok'), 20), limits, unheard)
    const port = await listen(server, 0, '127.0.0.1')
    const agent = new Agent({ keepAlive: true, maxSockets: 2 })
    const answers: number[] = []
    const busy = [1, 2].map(async () => {
      for (;;) answers.push(await ask(agent, port))
    })
    const refused = Promise.all(busy.map((one) => one.catch((error: NodeJS.ErrnoException) => error.code)))
    await sleep(100)
    const began = performance.now()
    await closeDoor(server, 3_000)
    expect(performance.now() - began).toBeLessThan(1_000)
    // The next request found nobody, or a connection that was closed while it was idle: either is safe to repeat.
    for (const code of await refused) expect(['ECONNREFUSED', 'ECONNRESET']).toContain(code)
    expect(answers.length).toBeGreaterThan(2)
    expect(new Set(answers)).toEqual(new Set([200]))
    agent.destroy()
  })
})
