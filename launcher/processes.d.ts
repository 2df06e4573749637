// The types of processes.js, which is plain JavaScript so that it runs before anything is installed.

/** Where an engine comes from: an address in the environment, a container, or Java on this machine. */
export type EngineMode = { mode: 'given'; address: string } | { mode: 'docker' } | { mode: 'local' }

export interface World {
  readonly version: 1
  /** The folder with this world's data, logs and pid files. */
  readonly state: string
  /** The Node that runs the services. */
  readonly node: string
  readonly engines: Readonly<
    Record<EngineName, { mode: EngineMode['mode']; address: string; ports: Readonly<Record<string, number>> }>
  >
  readonly services: Readonly<Record<ServiceName, { ports: { grpc: number; admin: number; http?: number } }>>
}

export type ServiceName =
  'party' | 'order' | 'logistics' | 'financing' | 'payment' | 'webhook' | 'sandbox-bank' | 'gateway'
export type EngineName = 'kafka' | 'mongo'
export type PartState = 'ready' | 'starting' | 'stopped'
export type StopOutcome = 'absent' | 'stopped' | 'killed'

/** Every function takes the world last planned in TRIFLOW_STATE_DIR (default `.triflow`) unless told another. */
interface In {
  readonly world?: World
}

interface HowToStop extends In {
  readonly signal?: NodeJS.Signals
  /** After this long the whole process group gets SIGKILL. */
  readonly graceMs?: number
}

export const serviceNames: readonly ServiceName[]
export const engineNames: readonly EngineName[]
/** What Node is told when it runs a service. */
export const nodeOptions: readonly string[]
export function readWorld(state?: string): World | undefined
export function gatewayUrl(world: World): string
export function startService(
  name: ServiceName,
  options?: In & { wait?: boolean; timeoutMs?: number },
): Promise<{ pid: number; adminUrl: string }>
export function stopService(name: ServiceName, options?: HowToStop): Promise<StopOutcome>
export function waitUntilReady(name: ServiceName, options?: In & { timeoutMs?: number }): Promise<void>
export function startEngine(name: EngineName, options?: In & { note?: (sentence: string) => void }): Promise<void>
export function stopEngine(name: EngineName, options?: HowToStop): Promise<StopOutcome>
export function pidOf(name: ServiceName | EngineName, options?: In): number | undefined
export function stateOf(name: ServiceName | EngineName, options?: In): Promise<PartState>
export function checkServicesExist(): void
