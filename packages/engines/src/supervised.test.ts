// What the launcher relies on when it decides whether a process or a port is ours.
import { mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  Explained,
  bornAt,
  isAlive,
  isPortFree,
  livingProcess,
  nextFreePort,
  spawnSupervised,
  stopSupervised,
  waitUntil,
} from './index.js'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'triflow-supervised-'))))
afterEach(async () => {
  await stopSupervised(join(folder, 'it.pid'), { signal: 'SIGKILL' })
  rmSync(folder, { recursive: true, force: true })
})

const start = (program: string) =>
  spawnSupervised({
    name: 'it',
    command: process.execPath,
    args: ['-e', program],
    logFile: join(folder, 'it.log'),
    pidFile: join(folder, 'it.pid'),
  })

const idle = 'setInterval(() => {}, 1000)'
const deaf = `process.on('SIGTERM', () => {}); require('node:fs').writeFileSync(process.argv[1], ''); ${idle}`

it('finds a process again by its pid file and ends it', async () => {
  const record = start(idle)
  expect(livingProcess(join(folder, 'it.pid'))?.pid).toBe(record.pid)
  expect(await stopSupervised(join(folder, 'it.pid'))).toBe('stopped')
  expect(isAlive(record)).toBe(false)
  expect(existsSync(join(folder, 'it.pid'))).toBe(false)
})

it('does not take a stranger for ours when the pid was handed out again', () => {
  const file = join(folder, 'stale.pid')
  writeFileSync(file, JSON.stringify({ name: 'it', pid: process.pid, born: 'another time' }))
  expect(livingProcess(file)).toBeUndefined()
  expect(bornAt(process.pid)).toBeDefined()
  expect(existsSync(file)).toBe(false)
})

it('kills what does not listen to SIGTERM once the grace is over', async () => {
  const ready = join(folder, 'ready')
  start(deaf.replace('process.argv[1]', JSON.stringify(ready)))
  expect(await waitUntil(() => existsSync(ready), 10_000)).toBe(true)
  expect(await stopSupervised(join(folder, 'it.pid'), { graceMs: 100 })).toBe('killed')
})

it('passes by a port that a stranger holds, and those that others prefer', async () => {
  const stranger = createServer().listen(0, '0.0.0.0')
  await new Promise((listening) => stranger.once('listening', listening))
  const { port } = stranger.address() as { port: number }
  expect(await isPortFree(port)).toBe(false)
  expect(await nextFreePort(port, new Set(), new Set([port, port + 1]))).toBeGreaterThan(port + 1)
  await new Promise((closed) => stranger.close(closed))
})

it('never leaves the ports that are its own, and says what to do when strangers hold them all', async () => {
  const stranger = createServer().listen(0, '0.0.0.0')
  await new Promise((listening) => stranger.once('listening', listening))
  const { port } = stranger.address() as { port: number }
  const refusal = await nextFreePort(port, new Set(), new Set(), port + 1).catch((error) => error)
  expect(refusal).toBeInstanceOf(Explained)
  expect(refusal.remedy).toContain('./triflow reset')
  await new Promise((closed) => stranger.close(closed))
})
