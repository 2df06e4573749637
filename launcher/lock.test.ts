// What keeps two commands from changing one world at once, whatever became of the one before them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withLock } from './session.js'

const WORLDS = 100
const COMMANDS = 4

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'triflow-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const worlds = (): string[] => Array.from({ length: WORLDS }, (_, number) => join(folder, String(number)))

/** A process that waits for a word, then takes every lock it can get, says which, and keeps them until it ends. */
const taker = () => {
  const program = `
    const { withLock } = await import(${JSON.stringify(join(import.meta.dirname, 'session.js'))})
    process.stdout.write('ready ')
    await new Promise((go) => process.stdin.once('data', go))
    for (const state of process.argv.slice(1)) {
      await new Promise((next) =>
        withLock({ state }, () => {
          process.stdout.write(state + ' ')
          next()
          return new Promise(() => {})
        }).catch(next),
      )
    }
    process.stdout.write('done ')
    setInterval(() => {}, 1_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, ...worlds()], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (text) => (said += String(text)))
  const says = async (word: string): Promise<string[]> => {
    while (!said.includes(word)) await once(child.stdout, 'data')
    return said.split(' ').filter((one) => one.startsWith(folder))
  }
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  return { says, kill, go: () => child.stdin.write('go') }
}

const takeAtOnce = async (): Promise<string[]> => {
  const takers = Array.from({ length: COMMANDS }, taker)
  await Promise.all(takers.map(({ says }) => says('ready')))
  for (const { go } of takers) go()
  const held = (await Promise.all(takers.map(({ says }) => says('done')))).flat()
  await Promise.all(takers.map(({ kill }) => kill()))
  return held
}

describe('the lock on a world', () => {
  it('is held by one command, however many come at the same moment', async () => {
    expect((await takeAtOnce()).sort()).toEqual(worlds().sort())
  })

  it('is held by one command, however many find it left behind by a killed one at the same moment', async () => {
    const killed = taker()
    await killed.says('ready')
    killed.go()
    expect(await killed.says('done')).toHaveLength(WORLDS)
    await killed.kill()
    expect((await takeAtOnce()).sort()).toEqual(worlds().sort())
  })

  it('is refused to a second command with the process that holds it, and free again when that has ended', async () => {
    const [state = ''] = worlds()
    const refusal = await withLock({ state }, () => withLock({ state }, async () => 'both').catch((error) => error))
    expect(refusal.message).toBe(`Another triflow command (process ${process.pid}) is changing this world.`)
    await expect(
      withLock({ state }, async () => {
        throw new Error('failed')
      }),
    ).rejects.toThrow('failed')
    expect(await withLock({ state }, async () => 'again')).toBe('again')
  })
})
