/** Runs a service: its desks, views, connectors and doors on the real world. Everything here is wiring; nothing decides. */
import { adminServer, type Parts } from './admin.ts'
import { systemClock } from './clock.ts'
import type { ServiceConfig } from './config.ts'
import { grpcServer } from './grpc/server.ts'
import type { Running } from './lifecycle.ts'
import { untilItWorks } from './retrying.ts'
import { serveDoors } from './service-doors.ts'
import { connectorsOf, heardBy, openParts, openStores, type ServiceDefinition, type Up } from './service-up.ts'
import { leaveWorld, reachWorld, topicsFor } from './service-world.ts'
import { startTelemetry } from './telemetry.ts'
import { createWitness, type ServiceWitness } from './witness.ts'

const READY_CHECK_MS = 50

export interface Service extends Running {
  readonly name: string
  readonly adminPort: number
  readonly grpcPort: number
  /** host:port of the door, as other services reach it. */
  readonly address: string
  readonly witness: ServiceWitness
  parts(): Parts
  ready(): boolean
  /** Resolves when every part is ready; rejects when the service cannot go on. */
  untilReady(): Promise<void>
  readonly done: Promise<void>
}

/** Alive at once, and ready when engines, desks and views are; an engine that is down at the start is waited for. */
export const runService = async (definition: ServiceDefinition, config: ServiceConfig): Promise<Service> => {
  const { name } = definition
  const clock = systemClock
  const witness = createWitness({ service: name, level: config.logLevel })
  const telemetry = await startTelemetry(name, process.env)
  const done = Promise.withResolvers<void>()
  const connectors = connectorsOf(definition, { config, clock, witness })
  let up: Up | undefined
  let stopping = false

  const parts = (): Parts => (up ? up.parts() : { engines: false })
  const ready = (): boolean => !stopping && Object.values(parts()).every(Boolean)
  const admin = await adminServer({
    host: config.host,
    port: config.adminPort,
    parts: () => ({ ...parts(), ...(stopping ? { stopping: false } : {}) }),
    started: () => up !== undefined,
    registry: witness.registry,
  })
  const server = grpcServer(ready)
  serveDoors(server, () => up?.behind, witness)
  definition.extraGrpc?.(server)
  const grpcPort = await server.listen(config.host, config.grpcPort)
  const address = config.address ?? `${config.host}:${grpcPort}`
  witness.say('info', 'listening', { address, adminPort: admin.port })

  const bringUp = async (): Promise<void> => {
    const topics = topicsFor(
      definition.desks.map((desk) => desk.name),
      heardBy(definition, connectors),
      config.desks,
    )
    const world = await reachWorld({
      config,
      clientId: `triflow-${name}`,
      clock,
      witness,
      topics,
      stopped: () => stopping,
    })
    if (!world) return
    const patience = { clock, witness, stopped: () => stopping, isHopeless: () => false }
    const stores = await untilItWorks('indexes', () => openStores(definition, world.mongo), patience)
    if (!stores) return void (await leaveWorld(world))
    up = await openParts({ definition, config, world, topics, stores, connectors, clock, witness, address })
    witness.say('info', 'up')
  }
  const bringingUp = bringUp().catch((error: unknown) => {
    witness.say('error', 'the service cannot go on', { error })
    done.reject(error)
  })
  // Whoever does not look at `done` looks at readiness.
  done.promise.catch(() => {})

  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    stopping = true
    witness.say('info', 'stopping')
    await bringingUp
    // Nothing new comes in; what is under way gets its answer.
    await up?.behind.door?.stop()
    await server.stop()
    await up?.stop()
    await telemetry.stop()
    await admin.stop()
    witness.say('info', 'stopped')
    done.resolve()
  }
  return {
    name,
    adminPort: admin.port,
    grpcPort,
    address,
    witness,
    parts,
    ready,
    untilReady: async () => {
      let over = false
      const failed = done.promise.finally(() => (over = true))
      const waiting = async (): Promise<void> => {
        while (!ready() && !over) await clock.sleep(READY_CHECK_MS)
      }
      await Promise.race([waiting(), failed])
    },
    stop: () => (stopped ??= stop()),
    done: done.promise,
  }
}
