/** A further process of a service beside the one that runs, with ports of its own, as a second machine would have it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServiceName } from '../../../../launcher/processes.js'
import { eventually, type PrivateWorld } from './world.ts'

const root = join(import.meta.dirname, '../../../..')

export interface LogLine {
  readonly atMs: number
  readonly event: string
  readonly level?: string
  readonly group?: string
  readonly partitions?: readonly number[]
}

export interface SecondInstance {
  /** As journals name it. */
  readonly owner: string
  readonly child: ChildProcess
  readonly pid: number
  lines(): LogLine[]
  /** When it joined a group after a moment; Infinity when it has not yet. */
  joinedAfter(group: string, sinceMs: number): number
  /** SIGCONT and SIGKILL; resolves when it is gone. */
  end(): Promise<void>
}

export interface SecondOptions {
  readonly world: PrivateWorld
  readonly service: ServiceName
  readonly name: string
  /** Of the checkout whose code it runs. */
  readonly code?: string
  readonly more?: Readonly<Record<string, string>>
}

export const startSecond = ({ world, service, name, code = root, more = {} }: SecondOptions): SecondInstance => {
  const logFile = join(world.state, 'logs', `${service}-${name}.log`)
  writeFileSync(logFile, '')
  const log = openSync(logFile, 'a')
  const child = spawn(world.world.node, [join(code, `services/${service}/src/main.ts`)], {
    cwd: code,
    env: { ...world.env, TRIFLOW_GRPC_PORT: '0', TRIFLOW_ADMIN_PORT: '0', TRIFLOW_INSTANCE: name, ...more },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.on('error', () => {}) // it has no pid then, and its lines never come
  const lines = (): LogLine[] =>
    readFileSync(logFile, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => {
        const parsed = JSON.parse(line) as { time: string } & Omit<LogLine, 'atMs'>
        return { ...parsed, atMs: Date.parse(parsed.time) }
      })
  return {
    owner: `${service}@${name}`,
    child,
    pid: child.pid!,
    lines,
    joinedAfter: (group, sinceMs) =>
      lines().find(({ event, group: of, atMs }) => event === 'joined group' && of === group && atMs >= sinceMs)?.atMs ??
      Infinity,
    end: async () => {
      child.kill('SIGCONT')
      child.kill('SIGKILL')
      await eventually(() => child.exitCode !== null || child.signalCode !== null, 5_000, 20)
    },
  }
}
