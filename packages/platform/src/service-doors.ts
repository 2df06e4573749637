/** The service's gRPC face: wishes to its door, questions to its views, replies from desks. */
import * as grpc from '@grpc/grpc-js'
import { doorWire } from '@triflow/contracts'
import type { Door, ViewDocument, Views, Witness } from '@triflow/desk'
import { CallRefused } from './grpc/calls.ts'
import { outcomesOf } from './grpc/replies.ts'
import { answering, type GrpcServer } from './grpc/server.ts'
import { currentTraceparent, withSpan } from './telemetry.ts'

const READ_MS = 3_000
const LIST_MOST = 500
const LIST_DEFAULT = 50

/** What the face needs of a service that is up. */
export interface Behind {
  readonly door: Door | undefined
  readonly views: Views
  readonly listedBy: ReadonlyMap<string, readonly string[]>
  readonly waitFor: (view: string, position: string, deadlineMs: number) => Promise<boolean>
}

/** Serves from the start; until `behind` is there, everything is UNAVAILABLE, which callers may ask again. */
export const serveDoors = (server: GrpcServer, behind: () => Behind | undefined, witness: Witness): void => {
  const present = (): Behind => {
    const there = behind()
    if (!there) throw new CallRefused(grpc.status.UNAVAILABLE, 'the service is starting or stopping')
    return there
  }
  const door = (): Door => {
    const there = present().door
    if (!there) throw new CallRefused(grpc.status.UNIMPLEMENTED, 'this service judges no commands')
    return there
  }

  const submit = (requests: readonly doorWire.SubmitRequest[]): Promise<doorWire.SubmitAnswer[]> =>
    withSpan('door.submit', { 'triflow.commands': requests.length }, requests[0]?.traceparent ?? '', async () => {
      const own = currentTraceparent()
      return door().submit(
        requests.map((request) => ({
          ...request,
          traceparent: requests.length === 1 ? own : request.traceparent || own,
        })),
      )
    })

  const reached = async ({ waitFor }: Behind, view: string, position: string, deadlineMs: number): Promise<void> => {
    if (position === '' || (await waitFor(view, position, deadlineMs > 0 ? deadlineMs : READ_MS))) return
    throw new CallRefused(grpc.status.DEADLINE_EXCEEDED, `${view} has not come to ${position} yet`)
  }

  const known = (view: string): Behind & { readonly fields: readonly string[] } => {
    const there = present()
    const fields = there.listedBy.get(view)
    if (!fields) throw new CallRefused(grpc.status.NOT_FOUND, `this service keeps no view called ${view}`)
    return { ...there, fields }
  }

  /** A store that cannot be asked is no bug of ours. */
  const fromStore = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      return await read()
    } catch (error) {
      witness.say('warn', 'view could not be read', { error })
      throw new CallRefused(grpc.status.UNAVAILABLE, 'the database does not answer')
    }
  }

  const doorServer: doorWire.DoorServer = {
    submit: answering('Submit', witness, async (request: doorWire.SubmitRequest) => (await submit([request]))[0]!),
    submitMany: answering('SubmitMany', witness, async ({ commands }: doorWire.SubmitManyRequest) => ({
      answers: await submit(commands),
    })),
    read: answering('Read', witness, async ({ view, id, atLeast, deadlineMs }: doorWire.ReadRequest) => {
      const there = known(view)
      await reached(there, view, atLeast, deadlineMs)
      const document = (await fromStore(() => there.views.load(view, [id]))).get(id)
      return document
        ? { found: true, json: jsonOf(document), version: BigInt(document.version) }
        : { found: false, json: '', version: 0n }
    }),
    list: answering(
      'List',
      witness,
      async ({ view, field, value, limit, after, atLeast, deadlineMs }: doorWire.ListRequest) => {
        const there = known(view)
        if (field !== '' && !there.fields.includes(field))
          throw new CallRefused(grpc.status.INVALID_ARGUMENT, `${view} is not listed by ${field}`)
        await reached(there, view, atLeast, deadlineMs)
        const most = limit > 0 ? Math.min(limit, LIST_MOST) : LIST_DEFAULT
        // One more than asked for tells whether there is a further page.
        const by = field === '' ? {} : { field, value }
        const documents = await fromStore(() => there.views.list(view, { ...by, after, limit: most + 1 }))
        const page = documents.slice(0, most)
        return { json: page.map(jsonOf), next: documents.length > most ? page.at(-1)!.id : '' }
      },
    ),
  }
  const replies: doorWire.RepliesServer = {
    deliver: answering('Deliver', witness, async (delivery: doorWire.DeliverRequest) => {
      behind()?.door?.settle(outcomesOf(delivery))
      return {}
    }),
  }
  server.add(doorWire.DoorService, doorServer)
  server.add(doorWire.RepliesService, replies)
}

/** The body with the document's id; amounts as decimal strings of minor units, for JSON has no 64-bit integers. */
export const jsonOf = ({ id, body }: ViewDocument): string =>
  JSON.stringify({ id, ...body }, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
