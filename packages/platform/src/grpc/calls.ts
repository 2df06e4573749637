/** What both ends of a gRPC link agree on: sizes, keepalive, and how a refusal travels. */
import * as grpc from '@grpc/grpc-js'
import { traceparentUnderWay } from '../telemetry.ts'

const MESSAGE_BYTES = 8 * 1024 * 1024

/** A silent link is noticed within 15 s, also while nothing is asked. */
export const channelOptions = {
  'grpc.max_receive_message_length': MESSAGE_BYTES,
  'grpc.max_send_message_length': MESSAGE_BYTES,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
} as const satisfies grpc.ChannelOptions

/** A server that accepts a connection has to speak within this time. */
const CONNECT_MS = 5_000

export interface KeptClient<C> {
  /** To be asked for with every call. */
  current(): C
  close(): void
}

/**
 * A client that is made anew when its connection was accepted by somebody who never speaks, as behind a network that fell
 * silent at that moment: grpc-js waits for the first frame without end, and its keepalive begins only after that
 * (grpc-node issue 2785). `make` is given what keeps a stuck connection from being shared with the next client.
 */
export const keptClient = <C extends grpc.Client>(make: (own: grpc.ChannelOptions) => C): KeptClient<C> => {
  const own = { 'grpc.use_local_subchannel_pool': 1 }
  let client = make(own)
  let connectingSince: number | undefined
  return {
    current: () => {
      const connecting = client.getChannel().getConnectivityState(false) === grpc.connectivityState.CONNECTING
      if (!connecting) connectingSince = undefined
      else connectingSince ??= performance.now()
      if (connectingSince !== undefined && performance.now() - connectingSince > CONNECT_MS) {
        client.close()
        client = make(own)
        connectingSince = undefined
      }
      return client
    },
    close: () => client.close(),
  }
}

/** Thrown by a handler to answer with a status; anything else thrown is a bug and answers INTERNAL without its message. */
export class CallRefused extends Error {
  readonly code: grpc.status
  constructor(code: grpc.status, message: string) {
    super(message)
    this.name = 'CallRefused'
    this.code = code
  }
}

type UnaryMethod<Request, Answer> = (
  request: Request,
  metadata: grpc.Metadata,
  options: Partial<grpc.CallOptions>,
  callback: (error: grpc.ServiceError | null, answer: Answer) => void,
) => grpc.ClientUnaryCall

/** One unary call as a promise. Every call has a deadline; within it, a link that is being made is waited for. */
export const ask = <Request, Answer>(
  client: grpc.Client,
  method: UnaryMethod<Request, Answer>,
  request: Request,
  deadlineMs: number,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const metadata = new grpc.Metadata({ waitForReady: true })
    const traceparent = traceparentUnderWay()
    if (traceparent) metadata.set('traceparent', traceparent)
    method.call(client, request, metadata, { deadline: Date.now() + deadlineMs }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    )
  })
