/** A broker that says nothing any more is left; one that is slow, or that nothing was asked of, is not. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { endWhenSilent, watchedSockets, type Peers } from './sockets.ts'

const SILENT_MS = 400
const LOOK_MS = 150

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

const talkTo = async (answer: (socket: Socket) => void) => {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => answer(socket))
    open.push(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => server.close())
  const socket = endWhenSilent(
    connect((server.address() as AddressInfo).port, '127.0.0.1'),
    new Set(),
    SILENT_MS,
    LOOK_MS,
  )
  let ended = ''
  socket.on('error', (error) => (ended = error.message))
  open.push(() => socket.destroy())
  await once(socket, 'connect')
  return { socket, ended: () => ended }
}

describe('a socket to a broker', () => {
  it('ends when something was asked and nothing is heard', async () => {
    const { socket, ended } = await talkTo(() => {})
    const began = performance.now()
    socket.write('fetch')
    await expect.poll(ended).toContain('no answer')
    expect(performance.now() - began).toBeGreaterThan(SILENT_MS)
    expect(socket.destroyed).toBe(true)
  })

  it('stays while answers come, however slowly, and while nothing is asked', async () => {
    const { socket, ended } = await talkTo((from) => void setTimeout(() => from.write('answer'), 80))
    for (let asked = 0; asked < 4; asked++) {
      socket.write('fetch')
      await once(socket, 'data')
    }
    await sleep(SILENT_MS * 2)
    expect([ended(), socket.destroyed]).toEqual(['', false])
  })

  it('stays when it was the process itself that stood still', async () => {
    const { socket, ended } = await talkTo((from) => from.write('answer'))
    socket.write('fetch')
    const until = performance.now() + SILENT_MS * 2
    while (performance.now() < until);
    await once(socket, 'data')
    await sleep(LOOK_MS * 3)
    expect([ended(), socket.destroyed]).toEqual(['', false])
  })
})

describe('sockets to one broker', () => {
  it('end with the one that was silent, unless they were heard lately: what it learnt is not learnt again for each', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (data) => data.toString() !== 'fetch' && socket.write(data))
      open.push(() => socket.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const peers: Peers = new Set()
    const connected = async () => {
      const socket = endWhenSilent(connect(port, '127.0.0.1'), peers, SILENT_MS, LOOK_MS)
      socket.on('error', () => {})
      open.push(() => socket.destroy())
      await once(socket, 'connect')
      return socket
    }
    const [silent, idle, heard] = [await connected(), await connected(), await connected()]
    silent.write('fetch')
    const beating = setInterval(() => heard.write('heartbeat'), SILENT_MS / 10)
    open.push(() => clearInterval(beating))
    await expect.poll(() => silent.destroyed).toBe(true)
    expect([silent, idle, heard].map(({ destroyed }) => destroyed)).toEqual([true, true, false])
    expect(peers.size).toBe(1)
  })
})

describe('a socket to a broker that speaks TLS', () => {
  /** A key that both sides have needs no certificate. */
  const shared = {
    ciphers: 'PSK-AES128-GCM-SHA256',
    maxVersion: 'TLSv1.2',
    checkServerIdentity: () => undefined,
  } as const
  const keyed = (key: string) => ({ ...shared, pskCallback: () => ({ identity: 'desk', psk: Buffer.alloc(16, key) }) })

  const listen = async () => {
    const heard: string[] = []
    const server = createTlsServer({ ...shared, pskCallback: () => Buffer.alloc(16, 'right') }, (socket) => {
      socket.on('error', () => {})
      socket.on('data', (data) => {
        heard.push(data.toString())
        socket.write('answer')
      })
      open.push(() => socket.destroy())
    })
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(() => server.close())
    return { heard, port: (server.address() as AddressInfo).port }
  }

  const connected = async (port: number, ssl: ReturnType<typeof keyed>) => {
    let isConnected = false
    const socket = watchedSockets({ host: '127.0.0.1', port, ssl, onConnect: () => (isConnected = true) })
    open.push(() => socket.destroy())
    let failed = ''
    socket.on('error', (error) => (failed = error.message))
    await expect.poll(() => isConnected || failed !== '').toBe(true)
    return { socket, isConnected, failed }
  }

  it('is encrypted when the client is told so, and tells when it can be written to', async () => {
    const { heard, port } = await listen()
    const { socket, isConnected } = await connected(port, keyed('right'))
    expect(isConnected).toBe(true)
    socket.write('fetch')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect([heard, answer.toString()]).toEqual([['fetch'], 'answer'])
  })

  it('is never made with somebody who is not the broker', async () => {
    const { heard, port } = await listen()
    const { isConnected, failed } = await connected(port, keyed('wrong'))
    expect([isConnected, failed === '', heard]).toEqual([false, false, []])
  })
})
