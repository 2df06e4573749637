/** Asking another service's door. The link is made when first used and made again whenever it is lost. */
import * as grpc from '@grpc/grpc-js'
import { doorWire } from '@triflow/contracts'
import { ask, channelOptions, keptClient } from './calls.ts'

const READ_MS = 5_000
const SUBMIT_MS = 10_000
/** What a call may take beyond the deadline that the door keeps, so that its own answer arrives. */
const GRACE_MS = 1_000

export interface DoorClient {
  submit(request: doorWire.SubmitRequest): Promise<doorWire.SubmitAnswer>
  /** Answers come in the order of the requests. */
  submitMany(requests: readonly doorWire.SubmitRequest[]): Promise<doorWire.SubmitAnswer[]>
  read(request: doorWire.ReadRequest): Promise<doorWire.ReadAnswer>
  list(request: doorWire.ListRequest): Promise<doorWire.ListAnswer>
  close(): void
}

/** `address` is host:port. A call rejects with grpc's own error: UNAVAILABLE or DEADLINE_EXCEEDED mean the result is unknown. */
export const doorClient = (address: string): DoorClient => {
  const link = keptClient(
    (own) =>
      new doorWire.DoorClient(address, grpc.credentials.createInsecure(), {
        ...channelOptions,
        ...own,
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.min_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 2_000,
      }),
  )
  const within = (deadlineMs: number, otherwise: number): number => (deadlineMs > 0 ? deadlineMs : otherwise) + GRACE_MS
  return {
    submit: (request) => {
      const client = link.current()
      return ask(client, client.submit, request, within(request.deadlineMs, SUBMIT_MS))
    },
    submitMany: async (requests) => {
      if (requests.length === 0) return []
      const longest = Math.max(...requests.map(({ deadlineMs }) => within(deadlineMs, SUBMIT_MS)))
      const client = link.current()
      const { answers } = await ask(client, client.submitMany, { commands: [...requests] }, longest)
      return answers
    },
    read: (request) => {
      const client = link.current()
      return ask(client, client.read, request, within(request.deadlineMs, READ_MS))
    },
    list: (request) => {
      const client = link.current()
      return ask(client, client.list, request, within(request.deadlineMs, READ_MS))
    },
    close: () => link.close(),
  }
}
