// Which ports a private world is planned with, and what its processes are told.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BLOCK_PORTS, releaseBlock } from './port-blocks.js'
import { jobEnv, paths, planWorld, serviceEnv, writeWorld } from './world.js'

let folder: string
let strangers: Server[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'triflow-world-'))
  strangers = []
})
afterEach(async () => {
  await Promise.all(strangers.map((server) => new Promise((closed) => server.close(closed))))
  for (const name of ['a', 'b']) releaseBlock(join(folder, name))
  rmSync(folder, { recursive: true, force: true })
})

const plan = async (name: string) => {
  const modes = { kafka: { mode: 'local' }, mongo: { mode: 'local' } } as const
  const world = await planWorld({ node: process.execPath, modes, state: join(folder, name) })
  writeWorld(world)
  return world
}

type World = Awaited<ReturnType<typeof plan>>

const portsOf = ({ engines, services }: World): number[] =>
  Object.values({ ...engines, ...services }).flatMap(({ ports }) => Object.values(ports as Record<string, number>))

const strangerAt = (port: number): Promise<void> =>
  new Promise((listening) => strangers.push(createServer().listen(port, '127.0.0.1', listening)))

describe('a private world', () => {
  it('takes nothing with it, when it is reset, of what belongs to the checkout', () => {
    const { compiled } = paths()
    mkdirSync(compiled, { recursive: true })
    const kept = join(compiled, `kept-${process.pid}`)
    writeFileSync(kept, '')
    try {
      const env = { ...process.env, TRIFLOW_STATE_DIR: join(folder, 'a') }
      const main = join(import.meta.dirname, 'main.js')
      const { status, stderr } = spawnSync(process.execPath, [main, 'reset'], { env, encoding: 'utf8' })
      expect(status, stderr).toBe(0)
      expect(existsSync(kept)).toBe(true)
    } finally {
      rmSync(kept, { force: true })
    }
  })

  it('shares no port with another one planned at the same moment', async () => {
    const [a, b] = await Promise.all([plan('a'), plan('b')])
    const all = [...portsOf(a), ...portsOf(b)]
    expect(all).toHaveLength(40)
    expect(new Set(all).size).toBe(40)
  })

  it('leaves the ports of a killed store and broker alone, so that they can come back', async () => {
    const a = await plan('a')
    // Nothing of `a` runs: to a planner that only asks which ports are in use, all of them look free.
    const b = await plan('b')
    for (const port of portsOf(a)) expect(portsOf(b)).not.toContain(port)
    expect(portsOf(await plan('a'))).toEqual(portsOf(a))
  })

  it('passes by a stranger without leaving its block, and moves nothing else', async () => {
    const before = await plan('a')
    const first = Math.min(...portsOf(before))
    await strangerAt(before.engines.mongo.ports.store)
    const after = await plan('a')
    expect(after.engines.mongo.ports.store).toBeGreaterThan(Math.max(...portsOf(before)))
    expect(after.engines.mongo.ports.store).toBeLessThan(first + BLOCK_PORTS)
    expect(after.engines.kafka).toEqual(before.engines.kafka)
    expect(after.services).toEqual(before.services)
  })

  it('that knows fewer services than there are by now can still be spoken to', async () => {
    const world = await plan('a')
    const { webhook, ...older } = world.services
    expect(webhook).toBeDefined()
    const env = jobEnv({ ...world, services: older } as World)
    expect(env).toHaveProperty('TRIFLOW_PARTY_ADMIN')
    expect(env).not.toHaveProperty('TRIFLOW_WEBHOOK_GRPC')
  })

  it('lets its services share what they compile, and nobody with other options of Node', async () => {
    const world = await plan('a')
    expect(serviceEnv(world, 'party').NODE_COMPILE_CACHE).toBe(paths(world.state).compiled)
    expect(jobEnv(world)).not.toHaveProperty('NODE_COMPILE_CACHE')
  })
})
