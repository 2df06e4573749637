import { createServer, type AddressInfo, type Socket } from 'node:net'
import * as grpc from '@grpc/grpc-js'
import { doorWire } from '@triflow/contracts'
import type { Outcome } from '@triflow/desk'
import { afterEach, describe, expect, it } from 'vitest'
import { unheard } from '../testing.ts'
import { CallRefused } from './calls.ts'
import { doorClient, type DoorClient } from './door-client.ts'
import { isServing } from './health.ts'
import { grpcReplies, outcomesOf } from './replies.ts'
import { answering, grpcServer, type GrpcServer } from './server.ts'

const readRequest = (id: string, deadlineMs = 500): doorWire.ReadRequest => ({
  view: 'orders',
  id,
  atLeast: '',
  deadlineMs,
})

const answer: doorWire.ReadAnswer = { found: true, json: '{"orderId":"acme/PO-1"}', version: 3n }

const handlers = (read: (request: doorWire.ReadRequest) => Promise<doorWire.ReadAnswer>): doorWire.DoorServer => ({
  submit: answering('submit', unheard, async () => Promise.reject(new Error('a bug with a secret'))),
  submitMany: answering('submitMany', unheard, async ({ commands }: doorWire.SubmitManyRequest) => ({
    answers: commands.map(({ key }) => ({
      status: 'accepted',
      code: '',
      detail: key,
      commandId: '',
      position: '',
      replayed: false,
      facts: [],
    })),
  })),
  read: answering('read', unheard, read),
  list: answering('list', unheard, async () => Promise.reject(new CallRefused(grpc.status.NOT_FOUND, 'no such view'))),
})

const request = (key: string): doorWire.SubmitRequest => ({
  actor: 'acme',
  route: 'orders',
  idempotencyKey: key,
  bodyHash: Buffer.alloc(32),
  desk: 'order.order',
  key,
  type: 'triflow.order.v1.SubmitOrder',
  command: Buffer.alloc(0),
  traceparent: '',
  deadlineMs: 500,
})

describe('doors over gRPC', () => {
  const open: { servers: GrpcServer[]; clients: DoorClient[] } = { servers: [], clients: [] }
  afterEach(async () => {
    for (const client of open.clients.splice(0)) client.close()
    for (const server of open.servers.splice(0)) await server.stop()
  })

  const serving = async (
    port = 0,
    read: Parameters<typeof handlers>[0] = async () => answer,
  ): Promise<{ server: GrpcServer; port: number }> => {
    const server = grpcServer(() => true)
    server.add(doorWire.DoorService, handlers(read))
    open.servers.push(server)
    return { server, port: await server.listen('127.0.0.1', port) }
  }

  const client = (port: number): DoorClient => {
    const made = doorClient(`127.0.0.1:${port}`)
    open.clients.push(made)
    return made
  }

  it('leaves a server that accepts a connection and never speaks', async () => {
    const mute = createServer()
    const sockets = new Set<Socket>()
    mute.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.resume()
    })
    const port = await new Promise<number>((resolve) =>
      mute.listen(0, '127.0.0.1', () => resolve((mute.address() as AddressInfo).port)),
    )
    const door = client(port)
    await expect(door.read(readRequest('acme/PO-1'))).rejects.toThrow('DEADLINE_EXCEEDED')
    // What was connected stays dead, as after a partition without RST; who connects now finds a door.
    mute.close()
    await serving(port)
    await expect
      .poll(() => door.read(readRequest('acme/PO-1')).catch(() => undefined), { timeout: 12_000 })
      .toEqual(answer)
    for (const socket of sockets) socket.destroy()
  })

  it('answers a read, and many submissions in their order', async () => {
    const { port } = await serving()
    const door = client(port)
    expect(await door.read(readRequest('acme/PO-1'))).toEqual(answer)
    expect((await door.submitMany([request('a'), request('b')])).map(({ detail }) => detail)).toEqual(['a', 'b'])
    expect(await door.submitMany([])).toEqual([])
  })

  it('gives up at the deadline of a call that hangs', async () => {
    const { port } = await serving(0, () => new Promise(() => {}))
    await expect(client(port).read(readRequest('x', 50))).rejects.toMatchObject({ code: grpc.status.DEADLINE_EXCEEDED })
    open.servers.splice(0)
  })

  it('says why it refuses, but not what a bug knows', async () => {
    const { port } = await serving()
    const door = client(port)
    await expect(
      door.list({ view: 'x', field: '', value: '', limit: 1, after: '', atLeast: '', deadlineMs: 500 }),
    ).rejects.toMatchObject({
      code: grpc.status.NOT_FOUND,
      details: 'no such view',
    })
    await expect(door.submit(request('a'))).rejects.toMatchObject({
      code: grpc.status.INTERNAL,
      details: 'the service could not answer',
    })
  })

  it('refuses a message above the cap', async () => {
    const { port } = await serving()
    await expect(
      client(port).submit({ ...request('a'), command: Buffer.alloc(9 * 1024 * 1024) }),
    ).rejects.toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED })
  })

  it('waits within its deadline for a service that is still starting, and finds one that has been restarted', async () => {
    const { server, port } = await serving()
    const door = client(port)
    expect(await door.read(readRequest('a'))).toEqual(answer)
    await server.stop()
    const waiting = door.read(readRequest('a', 5_000))
    await serving(port)
    expect(await waiting).toEqual(answer)
  })

  it('tells health checks whether it serves', async () => {
    const { port } = await serving()
    expect(await isServing(`127.0.0.1:${port}`, 500)).toBe(true)
    const server = grpcServer(() => false)
    open.servers.push(server)
    expect(await isServing(`127.0.0.1:${await server.listen('127.0.0.1', 0)}`, 500)).toBe(false)
    expect(await isServing('127.0.0.1:1', 200)).toBe(false)
  })
})

const outcome = (commandId: string): Outcome => ({
  commandId,
  status: 'accepted',
  code: '',
  detail: '',
  position: 'order.order-02#817',
  facts: ['OrderAccepted'],
})

describe('replies', () => {
  it('go to our own door without a wire', () => {
    const settled: Outcome[] = []
    const replies = grpcReplies({
      own: () => '127.0.0.1:5',
      settle: (outcomes) => settled.push(...outcomes),
      witness: unheard,
    })
    replies.deliver('127.0.0.1:5', [outcome('a')])
    expect(settled).toEqual([outcome('a')])
    replies.close()
  })

  it('go to another door in one batch per turn, and come out as they were', async () => {
    const batches: Outcome[][] = []
    const server = grpcServer(() => true)
    const arrived = Promise.withResolvers<void>()
    const replying: doorWire.RepliesServer = {
      deliver: answering('deliver', unheard, async (delivery: doorWire.DeliverRequest) => {
        batches.push(outcomesOf(delivery))
        arrived.resolve()
        return {}
      }),
    }
    server.add(doorWire.RepliesService, replying)
    const port = await server.listen('127.0.0.1', 0)
    const replies = grpcReplies({ own: () => '', settle: () => {}, witness: unheard })
    replies.deliver(`127.0.0.1:${port}`, [outcome('a')])
    replies.deliver(`127.0.0.1:${port}`, [outcome('b')])
    await arrived.promise
    expect(batches).toEqual([[outcome('a'), outcome('b')]])
    replies.close()
    await server.stop()
  })

  it('are given up when nobody is there, and never believe an address that is none', () => {
    const replies = grpcReplies({ own: () => '', settle: () => {}, witness: unheard })
    for (const address of ['127.0.0.1:1', 'unix:///tmp/x', '', 'dns:evil:80/x'])
      replies.deliver(address, [outcome('a')])
    replies.close()
  })
})
