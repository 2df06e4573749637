// The types of index.js, which is plain JavaScript so that the launcher can use it before anything is installed.

/** A failure that a developer can act on. */
export class Explained extends Error {
  constructor(sentence: string, more?: { remedy?: string; log?: string; cause?: unknown })
  readonly remedy?: string
  readonly log?: string
}

/** A process that outlives its starter; `born` tells it from a later owner of the same pid. */
export interface ProcessRecord {
  readonly name: string
  readonly pid: number
  readonly born: string
}

interface EngineOptions {
  /** Where `prepareEngines` put archives and classes. */
  readonly home: string
  readonly dataDir: string
  readonly port: number
  readonly logFile: string
  readonly pidFile: string
  /** `quick` starts soonest (default); `steady` is for benchmarks. */
  readonly jvm?: 'quick' | 'steady'
  /** Hears sentences worth showing, such as a folder that had to be rebuilt. */
  readonly note?: (sentence: string) => void
}

export interface KafkaOptions extends EngineOptions {
  readonly controllerPort: number
  /** Internal: writes the class archive when it stops. */
  readonly archiveTo?: string
}

export interface MongoOptions extends EngineOptions {
  /** `commit` (default) survives kill -9, `fsync` also a power cut. */
  readonly sync?: 'commit' | 'fsync'
  /** Ends with this process; without an owner it runs until it is stopped. */
  readonly ownerPid?: number
}

export function enginesPrepared(home: string): boolean
export function prepareEngines(options: {
  home: string
  logFile: string
  note?: (sentence: string) => void
}): Promise<void>
/** Archives and classes of a Maven project, made once for each change of it; resolves with its class path. */
export function prepareProgram(options: { project: string; home: string; logFile: string }): Promise<string>
export function abortSetup(home: string): Promise<void>
export function startKafka(options: KafkaOptions): Promise<{ pid: number; port: number }>
export function startMongo(options: MongoOptions): Promise<{ pid: number; port: number }>

export function isPortFree(port: number): Promise<boolean>
export function arePortsFree(ports: readonly number[]): Promise<boolean>
export function nextFreePort(
  preferred: number,
  taken?: Set<number>,
  reserved?: Set<number>,
  end?: number,
): Promise<number>
export function claimPorts(name: string, ports: number[]): Promise<void>
export function accepts(port: number, host?: string, timeoutMs?: number): Promise<boolean>

export function spawnSupervised(what: {
  name: string
  command: string
  args: string[]
  env?: NodeJS.ProcessEnv
  cwd?: string
  logFile: string
  pidFile: string
}): ProcessRecord
export function livingProcess(pidFile: string): ProcessRecord | undefined
export function isAlive(record: Pick<ProcessRecord, 'pid' | 'born'>): boolean
export function bornAt(pid: number): string | undefined
export function stopSupervised(
  pidFile: string,
  how?: { signal?: NodeJS.Signals; graceMs?: number },
): Promise<'absent' | 'stopped' | 'killed'>
export function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  everyMs?: number,
): Promise<boolean>
export function writeWhole(file: string, content: string): void
