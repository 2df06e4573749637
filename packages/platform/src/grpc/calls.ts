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
