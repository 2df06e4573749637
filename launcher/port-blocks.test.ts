// What a private world relies on: its ports are nobody else's, whatever runs, until it is erased.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BLOCK_PORTS, releaseBlock, reserveBlock } from './port-blocks.js'

let folder: string
let registry: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'triflow-blocks-'))
  registry = join(folder, 'registry')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const world = (name: string): string => {
  const state = join(folder, name)
  mkdirSync(state, { recursive: true })
  return state
}

const reserve = (state: string, usable?: (firstPort: number) => Promise<boolean>): Promise<number> =>
  reserveBlock(state, { registry, usable })

/** A claim whose state folder is gone. */
const leaveStaleClaim = (block: number): void => {
  mkdirSync(join(registry, String(block)), { recursive: true })
  symlinkSync(join(folder, 'gone'), join(registry, String(block), 'old'))
}

/** Reserves from as many processes as there are states, all let go at the same moment. */
const reserveAtOnce = async (states: readonly string[]): Promise<number[]> => {
  const module = join(import.meta.dirname, 'port-blocks.js')
  const program = `
    const { reserveBlock } = await import(${JSON.stringify(module)})
    process.stdout.write('ready ')
    await new Promise((go) => process.stdin.once('data', go))
    for (const state of process.argv.slice(1)) {
      process.stdout.write(await reserveBlock(state, { registry: ${JSON.stringify(registry)} }) + ' ')
    }
    process.exit(0)`
  const planners = states.map((state) => {
    const more = Array.from({ length: 10 }, (_, i) => join(state, String(i)))
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, ...more], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let said = ''
    const ready = new Promise((resolve) => child.stdout.on('data', (text) => resolve((said += String(text)))))
    const ended = new Promise<number[]>((resolve) =>
      child.once('close', () => resolve(said.split(' ').filter(Number).map(Number))),
    )
    return { child, ready, ended }
  })
  await Promise.all(planners.map(({ ready }) => ready))
  for (const { child } of planners) child.stdin.write('go')
  return (await Promise.all(planners.map(({ ended }) => ended))).flat()
}

describe('a block of ports', () => {
  it('is never given to two worlds, however many plan at the same moment', async () => {
    const ports = await reserveAtOnce(['a', 'b', 'c', 'd'].map(world))
    expect(ports).toHaveLength(40)
    expect(new Set(ports).size).toBe(40)
  })

  it('is never given to two worlds that find the same stale claim at the same moment', async () => {
    for (let block = 0; block < 60; block++) leaveStaleClaim(block)
    const ports = await reserveAtOnce(['a', 'b', 'c', 'd'].map(world))
    expect(ports).toHaveLength(40)
    expect(new Set(ports).size).toBe(40)
  })

  it('stays with its world from one start to the next, though nothing runs in between', async () => {
    const first = await reserve(world('a'))
    expect(await reserve(world('b'))).toBeGreaterThanOrEqual(first + BLOCK_PORTS)
    expect(await reserve(world('a'))).toBe(first)
  })

  it('is free again when its world is reset', async () => {
    const first = await reserve(world('a'))
    releaseBlock(world('a'), { registry })
    expect(readdirSync(registry)).toEqual([])
    expect(existsSync(join(world('a'), 'run', 'ports'))).toBe(false)
    expect(await reserve(world('b'))).toBe(first)
  })

  it('is free again when the folder of its world is gone', async () => {
    const first = await reserve(world('a'))
    rmSync(world('a'), { recursive: true })
    expect(await reserve(world('b'))).toBe(first)
  })

  it('is not shared by a copy of its world, and not given back with the copy', async () => {
    const first = await reserve(world('a'))
    cpSync(world('a'), join(folder, 'copy'), { recursive: true })
    releaseBlock(join(folder, 'copy'), { registry })
    cpSync(world('a'), join(folder, 'copy'), { recursive: true })
    expect(await reserve(join(folder, 'copy'))).not.toBe(first)
    expect(await reserve(world('a'))).toBe(first)
  })

  it('is not kept for a folder from which its world was moved away', async () => {
    const first = await reserve(world('a'))
    renameSync(world('a'), join(folder, 'moved'))
    expect(await reserve(world('b'))).toBe(first)
    expect(await reserve(join(folder, 'moved'))).not.toBe(first)
  })

  it('is passed by and not kept when its ports are in use at the first start', async () => {
    const first = await reserve(world('a'), async () => true)
    releaseBlock(world('a'), { registry })
    const second = await reserve(world('a'), async (port) => port !== first)
    expect(second).toBe(first + BLOCK_PORTS)
    expect(readdirSync(registry)).toEqual(['1'])
  })

  it('is claimed again when the temp folder was emptied, also while its own parts hold its ports', async () => {
    await reserve(world('a'))
    const second = await reserve(world('b'))
    rmSync(registry, { recursive: true })
    expect(await reserve(world('b'), async () => false)).toBe(second)
  })

  it('is refused with a remedy when all are taken', async () => {
    const refusal = await reserve(world('a'), async () => false).catch((error) => error)
    expect(refusal.message).toMatch(/All .* blocks of ports are reserved/)
    expect(refusal.remedy).toContain('./triflow reset')
    expect(readdirSync(registry)).toEqual([])
  })
})
