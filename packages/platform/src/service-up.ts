/** What a service is made of, and how its parts are put together once the engines are there. */
import { keepSealed, type AnchorStore } from '@triflow/audit'
import { deskEntry, partitionsOf } from '@triflow/contracts'
import type { AnyDesk } from '@triflow/kernel'
import {
  deskIds,
  openConnector,
  openDoor,
  openOffice,
  openViewFollower,
  outcomesView,
  outcomesViewName,
  type Clock,
  type ConnectorDefinition,
  type Keys,
  type Outcome,
  type Store,
  type TopicSpec,
  type Views,
} from '@triflow/desk'
import type { Parts } from './admin.ts'
import { openAnchorFile } from './anchor-file.ts'
import type { ServiceConfig } from './config.ts'
import { grpcReplies } from './grpc/replies.ts'
import type { GrpcServer } from './grpc/server.ts'
import { openAnchors } from './mongo/anchors.ts'
import type { Mongo } from './mongo/connection.ts'
import { openKeys } from './mongo/keys.ts'
import { openStore } from './mongo/store.ts'
import { openViews, type ServiceView, type StoredView } from './mongo/views.ts'
import { submitReports } from './service-connectors.ts'
import type { Behind } from './service-doors.ts'
import { keepOffices } from './service-offices.ts'
import { leaveWorld, type World } from './service-world.ts'
import { withSpan } from './telemetry.ts'
import { watchTopics } from './topic-watch.ts'
import type { ServiceWitness } from './witness.ts'

export interface ConnectorDeps {
  readonly config: ServiceConfig
  readonly clock: Clock
  readonly witness: ServiceWitness
}

export interface ServiceDefinition {
  readonly name: string
  readonly desks: readonly AnyDesk[]
  readonly views: readonly ServiceView[]
  readonly connectors?: readonly ConnectorDefinition[] | ((deps: ConnectorDeps) => readonly ConnectorDefinition[])
  /** Further gRPC services beside door, replies and health. */
  readonly extraGrpc?: (server: GrpcServer) => void
}

export interface Up {
  readonly behind: Behind
  parts(): Parts
  stop(): Promise<void>
}

export interface Stores {
  readonly store: Store
  readonly views: Views
  readonly keys: Keys
  readonly anchors: AnchorStore
}

/** Makes models and indexes, which may have to be tried more than once. */
export const openStores = async (definition: ServiceDefinition, mongo: Mongo): Promise<Stores> => {
  const views = viewsOf(definition).map(({ definition: { name, listedBy }, fields }): StoredView => ({
    name,
    listedBy,
    fields,
  }))
  return {
    store: await openStore(mongo),
    views: await openViews(mongo, definition.name, views),
    keys: openKeys(mongo),
    anchors: openAnchors(mongo),
  }
}

/** Under these names readers are members of a group on the log and save their positions. */
export const viewsReader = (service: string): string => `views.${service}`
export const connectorReader = (service: string, connector: string): string => `connectors.${service}.${connector}`

export interface Opening {
  readonly definition: ServiceDefinition
  readonly config: ServiceConfig
  readonly world: World
  /** As the log must keep them. */
  readonly topics: readonly TopicSpec[]
  readonly stores: Stores
  readonly connectors: readonly ConnectorDefinition[]
  readonly clock: Clock
  readonly witness: ServiceWitness
  readonly address: string
}

export const openParts = async ({
  definition,
  config,
  world,
  topics,
  stores,
  connectors: definitions,
  clock,
  witness,
  address,
}: Opening): Promise<Up> => {
  const { name, desks } = definition
  const { mongo, log } = world
  const { store, views: viewStore, keys, anchors } = stores
  const views = viewsOf(definition)
  const door =
    desks.length > 0
      ? openDoor({
          desks,
          log,
          keys,
          outcomes: viewStore,
          clock,
          witness,
          address,
          outcomesView: () => outcomesViewName(name),
          partitionsOf: (desk) => partitionsOf(deskEntry(desk), config.desks),
        })
      : undefined
  const replies = grpcReplies({
    own: () => address,
    settle: (decided: readonly Outcome[]) => door?.settle(decided),
    witness,
  })
  const shape = watchTopics({ log, topics, clock, witness })
  const offices = keepOffices({
    open: desks.map(
      (desk) => () =>
        openOffice({
          desk,
          desks: config.desks,
          log,
          store,
          clock,
          replies,
          witness,
          owner: `${name}@${config.instance}`,
          codeVersion: config.codeVersion,
        }),
    ),
    onClock: mongo.onClock,
    witness,
  })
  const follower =
    views.length > 0
      ? openViewFollower({
          reader: viewsReader(name),
          views: views.map((view) => view.definition),
          log,
          store: viewStore,
          clock,
          witness,
        })
      : undefined
  const connectors = definitions.map((connector) => {
    if (!door) throw new Error(`connector ${connector.name} has no door to report to`)
    const submit = submitReports(door, connector.name, witness)
    // What it does outside belongs to the trace of the fact that it answers.
    const act: ConnectorDefinition['act'] = (fact, said, views) =>
      withSpan(`connector.${connector.name}`, { 'triflow.fact': fact.type }, said.traceparent, () =>
        connector.act(fact, said, views),
      )
    return openConnector({
      reader: connectorReader(name, connector.name),
      connector: { ...connector, act },
      log,
      store: viewStore,
      clock,
      witness,
      submit,
    })
  })
  const sealing =
    desks.length > 0
      ? keepSealed(
          {
            service: name,
            desks: desks.flatMap((desk) => deskIds(desk.name, config.desks)),
            store,
            anchors,
            log,
            file: config.anchorsDir === undefined ? undefined : openAnchorFile(config.anchorsDir),
            clock,
          },
          witness,
        )
      : undefined
  return {
    behind: {
      door,
      views: viewStore,
      listedBy: new Map(views.map((view) => [view.definition.name, view.definition.listedBy])),
      waitFor: async (view, position, deadlineMs) =>
        follower ? await follower.waitFor(view, position, deadlineMs) : false,
    },
    parts: () => ({
      database: mongo.ready(),
      topics: shape.fits(),
      desks: offices.ready(),
      views: follower?.ready() ?? true,
      connectors: connectors.every((connector) => connector.ready()),
    }),
    stop: async () => {
      sealing?.stop()
      shape.stop()
      await Promise.all(connectors.map((connector) => connector.stop()))
      await offices.stop()
      await follower?.stop()
      replies.close()
      await leaveWorld(world)
    },
  }
}

/** Every service with desks keeps what became of its commands: the truth behind every answer of its door. */
export const viewsOf = ({ name, desks, views }: ServiceDefinition): readonly ServiceView[] => {
  if (desks.length === 0) return views
  const definition = outcomesView(
    name,
    desks.map((desk) => desk.name),
  )
  return [
    ...views,
    { definition, fields: { status: String, code: String, detail: String, position: String, facts: [String] } },
  ]
}

export const connectorsOf = (
  { connectors = [] }: ServiceDefinition,
  deps: ConnectorDeps,
): readonly ConnectorDefinition[] => (typeof connectors === 'function' ? connectors(deps) : connectors)

/**
 * Connectors of a service for those who put it together without its surroundings (simulation, recovery). Throws for one that
 * makes them of its surroundings: whoever passed over them would leave readers out.
 */
export const listedConnectors = ({ name, connectors = [] }: ServiceDefinition): readonly ConnectorDefinition[] => {
  if (typeof connectors === 'function') throw new Error(`${name} makes its connectors when it is run; list them here`)
  return connectors
}

export const heardBy = (definition: ServiceDefinition, connectors: readonly ConnectorDefinition[]): string[] =>
  [...definition.views.map((view) => view.definition), ...connectors].flatMap(({ hears }) => hears)
