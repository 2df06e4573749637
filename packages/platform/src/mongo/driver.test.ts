/** What the patch of the driver is for: a command whose connection is closed before it was written ends; it hung for ever. */
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'

interface Connection {
  command(of: object, command: object): Promise<unknown>
  destroy(): void
}

// The driver is mongoose's own dependency.
const mongooses = createRequire(createRequire(import.meta.url).resolve('mongoose'))
const { Connection: connectionOf } = mongooses('mongodb/lib/cmap/connection.js') as {
  Connection: new (socket: Socket, options: object) => Connection
}
const { HostAddress: addressOf, ns } = mongooses('mongodb/lib/utils.js') as {
  HostAddress: { fromString(text: string): object }
  ns(name: string): object
}

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** A connection to a server that neither reads nor answers. */
const toSilentServer = async () => {
  const server = createServer((socket) => {
    socket.pause()
    socket.on('error', () => {})
    open.push(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  open.push(() => socket.destroy())
  const options = { id: 1, hostAddress: addressOf.fromString(`127.0.0.1:${port}`), socketTimeoutMS: 20_000 }
  return { socket, connection: new connectionOf(socket, options) }
}

const outcomeOf = (command: Promise<unknown>): Promise<string> =>
  Promise.race([
    command.then(
      () => 'answered',
      (error: Error) => error.message,
    ),
    sleep(2_000, 'nothing', { ref: false }),
  ])

describe('a command of the database driver', () => {
  it('fails when its connection is closed while it is made ready to be sent', async () => {
    const { connection } = await toSilentServer()
    const command = connection.command(ns('triflow.journal'), { insert: 'journal' })
    connection.destroy()
    expect(await outcomeOf(command)).toMatch(/^connection 1 to .* closed$/)
  })

  it('fails when the server has gone while it is made ready to be sent', async () => {
    const { socket, connection } = await toSilentServer()
    const command = connection.command(ns('triflow.journal'), { insert: 'journal' })
    socket.destroy()
    expect(await outcomeOf(command)).toMatch(/^connection 1 to .* closed$/)
  })

  it('fails when its connection is closed while the socket is too full to take all of it', async () => {
    const { socket, connection } = await toSilentServer()
    const command = connection.command(ns('triflow.journal'), { insert: 'journal', body: Buffer.alloc(12_000_000) })
    await expect.poll(() => socket.writableNeedDrain).toBe(true)
    connection.destroy()
    expect(await outcomeOf(command)).toMatch(/^connection 1 to .* closed$/)
  })
})
