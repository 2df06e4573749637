/** Wires the gateway: the HTTP door to all services. It starts and answers whether or not they are up. */
import type { RequestListener } from 'node:http'
import {
  adminServer,
  connectMongo,
  createWitness,
  currentTraceparent,
  openWebhookSecrets,
  serveMain,
  startTelemetry,
  systemClock,
  UnfitDatabase,
  untilItWorks,
  withSpan,
  type Mongo,
  type Running,
} from '@triflow/platform'
import { gatewayConfig, type GatewayConfig } from './config.ts'
import { grpcDoors } from './doors/grpc-doors.ts'
import { ownershipMemory } from './doors/ownership.ts'
import { services, type Service } from './doors/service-doors.ts'
import { accessTokens } from './http/access-tokens.ts'
import { admission } from './http/admission.ts'
import { createApp } from './http/app.ts'
import { signedCursors } from './http/cursor.ts'
import type { Gateway, Limits } from './http/exchange.ts'
import { issuerKey, operatorKey } from './http/keys.ts'
import { closeDoor, createDoor, listen } from './http/server.ts'
import { usedTokensIn, type UsedTokens } from './http/used-tokens.ts'

/** Whoever balances load sees "not ready" for this long before the door closes. */
const UNREADY_BEFORE_CLOSE_MS = 500
const FINISH_WITHIN_MS = 15_000

/** Quality brief, "Payload", and the bulk doors' own bounds. */
const limits: Omit<Limits, 'answerWithinMs'> = {
  bodyMaxBytes: 100 * 1024,
  bodyTimeoutMs: 10_000,
  bulkMaxBytes: 32 * 1024 * 1024,
  bulkMaxLines: 20_000,
  bulkChunkLines: 500,
}

export interface RunningGateway extends Running {
  readonly httpPort: number
  readonly adminPort: number
}

export const start = async (config: GatewayConfig): Promise<RunningGateway> => {
  const witness = createWitness({ service: 'gateway', level: config.logLevel })
  const telemetry = await startTelemetry('gateway', process.env)
  const doors = grpcDoors(
    Object.fromEntries(services.map((service) => [service, config[service]])) as Record<Service, string>,
  )
  const key = await issuerKey(config.keysDir)
  const door: { answers?: RequestListener } = {}
  const server = createDoor(
    (request, response) =>
      door.answers ? door.answers(request, response) : void response.writeHead(503, { 'retry-after': '1' }).end(),
    // A large upload beside single writes rests more than it works: it has a quarter of an hour.
    { headersTimeoutMs: 10_000, requestTimeoutMs: 900_000, maxConnections: 4_096 },
    witness,
  )
  // The issuer's name holds the port, which is only known now when any free one may be taken.
  const httpPort = await listen(server, config.httpPort, config.host)
  const issuer = config.issuer ?? `http://${config.host}:${httpPort}`
  const database = keepDatabase(config.mongoUrl, witness)

  const gateway: Gateway = {
    admission: admission(
      {
        places: {
          write: config.writePlaces,
          read: config.readPlaces,
          token: config.tokenPlaces,
          upload: config.uploadPlaces,
        },
        waitMs: config.placeWaitMs,
        uploadLines: config.uploadLines,
      },
      witness,
      witness.gauge,
    ),
    doors,
    tokens: accessTokens(key, issuer),
    memory: ownershipMemory(systemClock),
    cursors: signedCursors(key.secret),
    webhookSecrets: await openWebhookSecrets(config.keysDir),
    limits: { ...limits, answerWithinMs: config.answerWithinMs },
    witness,
    tracing: { span: withSpan, current: currentTraceparent },
  }
  door.answers = createApp({
    gateway,
    issuer,
    issuerKey: key,
    usedTokens: database.usedTokens,
    operatorKey: () => operatorKey(config.keysDir),
    rateLimits: { requestsPerMinute: config.requestsPerMinute, tokensPerMinute: config.tokensPerMinute },
  })
  let stopping = false
  const admin = await adminServer({
    host: config.host,
    port: config.adminPort,
    parts: () => ({ http: !stopping, database: database.ready() }),
    started: () => true,
    registry: witness.registry,
  })
  witness.say('info', 'listening', { httpPort, adminPort: admin.port, issuer })

  const stop = async () => {
    stopping = true
    await systemClock.sleep(UNREADY_BEFORE_CLOSE_MS)
    await closeDoor(server, FINISH_WITHIN_MS)
    doors.close()
    await database.close()
    await telemetry.stop()
    await admin.stop()
  }
  let stopped: Promise<void> | undefined
  return { httpPort, adminPort: admin.port, stop: () => (stopped ??= stop()), done: database.done }
}

/** Reached when it can be; until then no token is issued, because nobody could say which assertions were used. */
const keepDatabase = (url: string, witness: ReturnType<typeof createWitness>) => {
  let mongo: Mongo | undefined
  let used: ReturnType<typeof usedTokensIn> | undefined
  let closed = false
  const done = Promise.withResolvers<void>()
  done.promise.catch(() => {})
  const isHopeless = (error: unknown) => error instanceof UnfitDatabase
  const patience = { clock: systemClock, witness, stopped: () => closed, isHopeless }
  const reaching = untilItWorks('database', () => connectMongo({ url, clock: systemClock, witness }), patience).then(
    (reached) => {
      mongo = reached
      if (reached) used = usedTokensIn(reached.connection)
    },
    done.reject,
  )
  const usedTokens: UsedTokens = {
    claim: async (id, expiresAt) => {
      if (!used) throw new Error('the database is not reached yet')
      return await used.claim(id, expiresAt)
    },
  }
  return {
    usedTokens,
    done: done.promise,
    ready: () => mongo?.ready() ?? false,
    close: async () => {
      closed = true
      await reaching
      used?.stop()
      await mongo?.close()
      done.resolve()
    },
  }
}

if (import.meta.main) await serveMain(start, gatewayConfig)
