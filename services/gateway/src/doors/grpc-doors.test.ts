/** The gRPC adapter against a real gRPC server that answers like a service's door. */
import * as grpc from '@grpc/grpc-js'
import { doorWire } from '@triflow/contracts'
import { answering, CallRefused, grpcServer } from '@triflow/platform'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { grpcDoors } from './grpc-doors.ts'
import { DoorUnavailable, type Doors } from './service-doors.ts'

const quiet = { say: () => {}, count: () => {}, observe: () => {} }
const server = grpcServer(() => true)
let doors: Doors

const request = (idempotencyKey: string): doorWire.SubmitRequest => ({
  actor: 'acme-motors',
  route: 'POST /v1/orders',
  idempotencyKey,
  bodyHash: Buffer.from([1, 2, 3]),
  desk: 'order.order',
  key: 'acme-motors/PO-1',
  type: 'triflow.order.v1.SubmitOrder',
  command: Buffer.from([4, 5]),
  traceparent: '',
  deadlineMs: 300,
})

const accepted = (commandId: string): doorWire.SubmitAnswer => ({
  status: 'accepted',
  code: '',
  detail: '',
  commandId,
  position: 'order.order-00#1',
  replayed: false,
  facts: [],
})

beforeAll(async () => {
  server.add(doorWire.DoorService, {
    submit: answering('Submit', quiet, async ({ idempotencyKey }: doorWire.SubmitRequest) => {
      if (idempotencyKey === 'starting') throw new CallRefused(grpc.status.UNAVAILABLE, 'starting')
      if (idempotencyKey === 'bug') throw new Error('a bug')
      if (idempotencyKey === 'silent') await new Promise(() => {})
      return accepted(idempotencyKey)
    }),
    submitMany: answering('SubmitMany', quiet, async ({ commands }: doorWire.SubmitManyRequest) => ({
      answers: commands.map((one) => accepted(one.idempotencyKey)),
    })),
    read: answering('Read', quiet, async ({ view, id, atLeast }: doorWire.ReadRequest) =>
      id === 'absent'
        ? { found: false, json: '', version: 0n }
        : { found: true, json: JSON.stringify({ view, id, atLeast }), version: 7n },
    ),
    list: answering('List', quiet, async ({ after }: doorWire.ListRequest) => ({
      json: ['{"n":1}', '{"n":2}'],
      next: after === '' ? 'b' : '',
    })),
  } satisfies doorWire.DoorServer)
  const address = `127.0.0.1:${await server.listen('127.0.0.1', 0)}`
  doors = grpcDoors({
    party: address,
    order: address,
    logistics: address,
    financing: address,
    payment: '127.0.0.1:1',
    webhook: address,
  })
})

afterAll(async () => {
  doors.close()
  await server.stop()
}, 15_000)

describe('doors by gRPC', () => {
  it('hand over one wish or many, and answer in their order', async () => {
    expect(await doors.submit('order', request('one'))).toMatchObject({ status: 'accepted', commandId: 'one' })
    const answers = await doors.submitMany('order', ['a', 'b', 'c'].map(request))
    expect(answers.map(({ commandId }) => commandId)).toEqual(['a', 'b', 'c'])
    expect(await doors.submitMany('order', [])).toEqual([])
  })

  it('read and list documents', async () => {
    expect(await doors.read('order', 'orders', 'x', 'order.order-00#1')).toEqual({
      json: { view: 'orders', id: 'x', atLeast: 'order.order-00#1' },
      version: 7n,
    })
    expect(await doors.read('order', 'orders', 'absent', '')).toBeUndefined()
    expect(
      await doors.list('financing', {
        view: 'claims',
        field: 'status',
        value: 'referred',
        limit: 2,
        after: '',
        atLeast: '',
      }),
    ).toEqual({ documents: [{ n: 1 }, { n: 2 }], next: 'b' })
  })

  it('say "nobody knows, ask again" for a service that is starting, silent or not there', async () => {
    await expect(doors.submit('order', request('starting'))).rejects.toBeInstanceOf(DoorUnavailable)
    await expect(doors.submit('order', request('silent'))).rejects.toBeInstanceOf(DoorUnavailable)
    await expect(doors.submit('payment', request('absent'))).rejects.toBeInstanceOf(DoorUnavailable)
  })

  it('do not take a bug for an outage', async () => {
    await expect(doors.submit('order', request('bug'))).rejects.not.toBeInstanceOf(DoorUnavailable)
  })
})
