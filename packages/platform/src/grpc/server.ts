/** A gRPC server whose handlers are functions of a request: throwing answers, stopping lets what is under way finish. */
import * as grpc from '@grpc/grpc-js'
import type { Witness } from '@triflow/desk'
import { CallRefused, channelOptions } from './calls.ts'
import { withSpan } from '../telemetry.ts'
import { healthService } from './health.ts'

const DRAIN_MS = 10_000

export interface GrpcServer {
  add(service: grpc.ServiceDefinition, handlers: grpc.UntypedServiceImplementation): void
  /** Binds and serves; resolves with the port, which differs from the asked one when that was 0. */
  listen(host: string, port: number): Promise<number>
  stop(): Promise<void>
}

/** `ready` answers grpc.health.v1. */
export const grpcServer = (ready: () => boolean): GrpcServer => {
  const server = new grpc.Server(channelOptions)
  server.addService(healthService.definition, healthService.handlers(ready))
  return {
    add: (service, handlers) => server.addService(service, handlers),
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.bindAsync(`${host}:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
          error ? reject(error) : resolve(bound),
        )
      }),
    stop: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => {
          server.forceShutdown()
          resolve()
        }, DRAIN_MS)
        server.tryShutdown(() => {
          clearTimeout(force)
          resolve()
        })
      }),
  }
}

/** A unary handler from a function; it works within the caller's trace where there is one. */
export const answering =
  <Request, Answer>(
    name: string,
    witness: Witness,
    fn: (request: Request) => Promise<Answer>,
  ): grpc.handleUnaryCall<Request, Answer> =>
  (call, callback) => {
    const began = performance.now()
    const done = (code: grpc.status): void => {
      witness.observe('grpc_request_duration_seconds', (performance.now() - began) / 1_000, {
        method: name,
        code: grpc.status[code],
      })
    }
    const traceparent = String(call.metadata.get('traceparent')[0] ?? '')
    const answered = traceparent
      ? withSpan(name, { 'rpc.system': 'grpc' }, traceparent, () => fn(call.request))
      : fn(call.request)
    answered.then(
      (answer) => {
        done(grpc.status.OK)
        callback(null, answer)
      },
      (error: unknown) => {
        const refused = error instanceof CallRefused ? error : undefined
        if (!refused) witness.say('error', 'handler threw', { method: name, error })
        const code = refused?.code ?? grpc.status.INTERNAL
        done(code)
        callback({ code, details: refused?.message ?? 'the service could not answer' })
      },
    )
  }
