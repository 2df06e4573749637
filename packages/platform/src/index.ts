/** The world, written once: everything a service needs to run for real. */
export { adminServer, type AdminServer, type Parts } from './admin.ts'
export { openAnchorFile } from './anchor-file.ts'
export { systemClock } from './clock.ts'
export {
  loadConfig,
  orElse,
  parseConfig,
  port,
  serviceConfig,
  serviceVariables,
  variable,
  variableNames,
  wholeNumber,
  type ConfigOf,
  type Environment,
  type ServiceConfig,
  type Variable,
  type Variables,
} from './config.ts'
export { ask, CallRefused, channelOptions, keptClient } from './grpc/calls.ts'
export { doorClient, type DoorClient } from './grpc/door-client.ts'
export { isServing } from './grpc/health.ts'
export { grpcReplies } from './grpc/replies.ts'
export { answering, grpcServer, type GrpcServer } from './grpc/server.ts'
export { keyFile } from './key-file.ts'
export { openKafkaLog, type KafkaLogOptions } from './kafka/log.ts'
export { PartitionsDiffer } from './kafka/topics.ts'
export { openLogUpkeep, type LogUpkeep } from './kafka/upkeep.ts'
export { serveMain, type Running } from './lifecycle.ts'
export { openAnchors } from './mongo/anchors.ts'
export { connectMongo, UnfitDatabase, type Mongo } from './mongo/connection.ts'
export { openKeys } from './mongo/keys.ts'
export { forgetDerived, openStore } from './mongo/store.ts'
export { forgetViews, openViews, type ServiceView, type StoredView } from './mongo/views.ts'
export { CannotGoOn, untilItWorks } from './retrying.ts'
export { runService, type Service } from './service.ts'
export { submitReports } from './service-connectors.ts'
export { jsonOf } from './service-doors.ts'
export {
  connectorReader,
  listedConnectors,
  openStores,
  viewsOf,
  viewsReader,
  type ConnectorDeps,
  type ServiceDefinition,
  type Stores,
} from './service-up.ts'
export { checkDeskCount, topicsFor } from './service-world.ts'
export {
  currentTraceparent,
  isSampled,
  parseTraceparent,
  startTelemetry,
  withSpan,
  type Telemetry,
} from './telemetry.ts'
export { openWebhookSecrets, webhookSecretsFrom, type WebhookSecrets } from './webhook-secrets.ts'
export { createWitness, type ServiceWitness } from './witness.ts'
