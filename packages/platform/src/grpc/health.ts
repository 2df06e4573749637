/** grpc.health.v1 `Check`, by hand: one string in, one enum out. */
import * as grpc from '@grpc/grpc-js'

const SERVING = 1
const NOT_SERVING = 2
/** Field 1, varint. */
const STATUS_TAG = 0x08

const definition: grpc.ServiceDefinition = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    // The name of a service is not looked at: all of them stand or fall together.
    requestSerialize: (): Buffer => Buffer.alloc(0),
    requestDeserialize: (): object => ({}),
    responseSerialize: ({ status }: { status: number }): Buffer => Buffer.from([STATUS_TAG, status]),
    responseDeserialize: (bytes: Buffer): object => ({ status: bytes[1] ?? 0 }),
  },
}

export const healthService = {
  definition,
  handlers: (ready: () => boolean): grpc.UntypedServiceImplementation => ({
    check: (_call: grpc.ServerUnaryCall<object, object>, callback: grpc.sendUnaryData<object>) =>
      callback(null, { status: ready() ? SERVING : NOT_SERVING }),
  }),
}

/** Asks another process whether it serves; false also when it does not answer. */
export const isServing = (address: string, deadlineMs: number): Promise<boolean> => {
  const Client = grpc.makeGenericClientConstructor(definition, 'grpc.health.v1.Health')
  const client = new Client(address, grpc.credentials.createInsecure())
  return new Promise((resolve) => {
    const check = client.check as (
      request: object,
      metadata: grpc.Metadata,
      options: object,
      done: (error: unknown, answer?: { status: number }) => void,
    ) => void
    check.call(client, {}, new grpc.Metadata(), { deadline: Date.now() + deadlineMs }, (error, answer) => {
      client.close()
      resolve(!error && answer?.status === SERVING)
    })
  })
}
